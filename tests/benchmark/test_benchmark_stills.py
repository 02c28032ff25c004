from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from still_look import as_seen, look_errors, reference_ycbcr, shown
from still_systems import (
    Analytic,
    GammaRGB,
    LosslessDNG,
    LosslessPlanes,
    LossyDNG,
    LossyPlanes,
    Outcome,
    Photo,
    VidispStill,
)
from still_table import StillRow, anchor_lines, gain_lines, gains, means, table
from stills import centre_of, in_low_light, main, open_photos, row

from tests.conftest import frames
from vidisp.errors import InputError
from vidisp.isp import BT601_LUMA, choose_look
from vidisp.metrics import mosaic_errors
from vidisp.metrics.fidelity import normalise
from vidisp.raw import write_dng


def photo(folder: Path, **options: Any) -> Photo:
    frame = frames(1, **options)[0]
    write_dng(folder / "scene.dng", frame)
    return Photo("scene", "test", False, folder / "scene.dng", frame)


def bayer(photo: Photo, outcome: Outcome) -> float:
    return mosaic_errors(photo.frame, outcome.mosaic).psnr_bayer


@pytest.mark.parametrize(
    "system",
    [
        VidispStill("lift", "420"),
        VidispStill("lift", "444"),
        Analytic("420"),
        Analytic("444"),
        LossyDNG(),
        LossyPlanes(),
    ],
    ids=lambda system: system.name,
)
def test_finer_settings_cost_more_and_bring_more_back(system: Any, tmp_path: Path) -> None:
    one = photo(tmp_path, cfa="GRBG")
    coarse, fine = (system.run(one, setting, tmp_path) for setting in (system.settings[0], system.settings[-1]))
    assert 0 < coarse.bytes < fine.bytes
    assert 25 < bayer(one, coarse) < bayer(one, fine)
    if fine.picture is not None:
        found = [look_errors(outcome.picture, outcome.reference) for outcome in (coarse, fine)]
        assert 20 < found[0].psnr < found[1].psnr
        assert 0.6 < found[0].ssim < found[1].ssim <= 1


@pytest.mark.parametrize("system", [LosslessDNG(), LosslessPlanes()], ids=lambda system: system.name)
def test_lossless_is_lossless(system: Any, tmp_path: Path) -> None:
    one = photo(tmp_path, width=81, height=47)
    outcome = system.run(one, 0.0, tmp_path)
    np.testing.assert_array_equal(outcome.mosaic, one.frame.mosaic)
    assert row(one, system.name, 0.0, outcome).psnr_bayer is None


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize(
    "system", [GammaRGB(), LossyDNG(), Analytic("444"), Analytic("420")], ids=lambda system: system.name
)
def test_rivals_put_every_colour_back_where_it_was(system: Any, cfa: Any, tmp_path: Path) -> None:
    one = photo(tmp_path, width=95, height=61, cfa=cfa)
    assert bayer(one, system.run(one, 98.0, tmp_path)) > 30


def test_the_reference_beside_itself(tmp_path: Path) -> None:
    one = photo(tmp_path)
    look = choose_look([one.frame], bits=8, full_range=True, luma=BT601_LUMA)
    picture = as_seen(reference_ycbcr(one.frame, look))
    assert look_errors(picture, picture) == (float("inf"), pytest.approx(1, abs=1e-6))
    brighter = np.clip(picture.astype(int), 10, 240).astype(np.uint8)
    assert look_errors(brighter + np.uint8(5), brighter).psnr == pytest.approx(-20 * np.log10(5 / 255), abs=1e-3)
    outcome = Analytic("444").run(one, 100.0, tmp_path)
    assert look_errors(outcome.picture, picture).psnr > 40


def test_low_light_is_a_sixteenth_and_noisy() -> None:
    frame = frames(1, 161, 95)[0]
    dark = in_low_light(frame)
    before, after = normalise(frame.mosaic, frame.sensor), normalise(dark.mosaic, dark.sensor)
    assert after.mean() == pytest.approx(before.mean() / 16, rel=0.02)
    noise = after - before / 16
    assert noise.std() == pytest.approx(np.sqrt(3.9e-4 * before.mean() / 16 + 1.2e-7), rel=0.05)
    np.testing.assert_array_equal(in_low_light(frame).mosaic, dark.mosaic)


def test_the_centre_keeps_the_pattern() -> None:
    frame = frames(1, 64, 48)[0]
    cut = centre_of(frame, 20, 100)
    np.testing.assert_array_equal(cut.mosaic, frame.mosaic[:, 22:42])
    assert (cut.sensor.width, cut.sensor.height) == (20, 48)


def rows(system: str, rise: float, name: str = "a") -> list[StillRow]:
    """A curve of 3 dB a doubling, lifted by `rise`."""
    points = [(bpp, 40 + 3 * np.log2(bpp) + rise) for bpp in (0.5, 1.0, 2.0, 4.0)]
    return [
        StillRow(name, system, i, bpp, 14 / bpp, db, db, db, None, None, 1.0, 2.0) for i, (bpp, db) in enumerate(points)
    ]


def test_means_and_gains() -> None:
    measured = [
        *rows("analytic 420", 0),
        *rows("lift 420", 2.5),
        *rows("analytic 420", 1, "b"),
        *rows("lift 420", 2, "b"),
    ]
    first = means(measured, "mean")[0]
    assert (first.system, first.psnr_bayer, first.bpp, first.look_psnr) == ("analytic 420", 37.5, 0.5, None)
    found = gains(measured, [])
    assert [(g["photo"], round(g["db"], 6)) for g in found] == [("a", 2.5), ("b", 1.0)]
    assert gain_lines(found)[0].endswith("lift 420 over analytic 420: mean +1.75 dB of 2 photos, worst +1.00 dB (b)")
    cells = table("t", [first])[-1].split()
    assert cells[2:] == ["0", "0.500", "28.00", "37.50", "37.50", "37.50", "-", "-", "1.00", "2.00"]


def test_the_anchor_stands_beside_the_others() -> None:
    average = [replace(r, setting=90.0) for r in (rows("lift 420", 2)[2], rows("gamma RGB 444", 0)[1])]
    title, line = anchor_lines("all", average)
    assert title == "all: against gamma RGB 444 at quality 90 (40.00 dB at 1.000 bpp):"
    assert line.split() == ["lift", "420", "+5.00", "dB,", "bits", "x2.00"]


def test_photos_know_whether_they_were_trained_on(tmp_path: Path) -> None:
    folder = tmp_path / "train_raw"
    folder.mkdir()
    for name in ("hero7_plants", "hero6_mural"):
        write_dng(folder / f"{name}.dng", frames(1)[0])
    found = {p.name: p.trained for p in open_photos([folder], None, None, tmp_path)}
    assert found == {"hero6_mural": False, "hero7_plants": True}
    with pytest.raises(InputError, match="holds no RAW photos"):
        list(open_photos([tmp_path], None, None, tmp_path))


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    photo(tmp_path)
    argv = ["stills.py", "--photos", str(tmp_path), "--out", str(tmp_path / "out"), "--models"]
    monkeypatch.setattr(sys, "argv", [*argv, "--low-light", "scene", "--centre", "64", "48"])
    assert main() == 0
    facts = json.loads((tmp_path / "out.json").read_text())
    assert len(facts["rows"]) == 2 * (4 * 6 + 3)
    assert {r["photo"] for r in facts["rows"]} == {"scene", "scene_low_light"}
    assert facts["photos"][0]["width"] == 64
    text = (tmp_path / "out.txt").read_text()
    assert "mean of all: 1 photos" in text
    assert "scene_low_light: simulated, 1/16 of the light" in text
    assert text.strip() == capsys.readouterr().out.strip()
    monkeypatch.setattr(sys, "argv", argv)
    assert main() == 1
    assert "there is no photo rose_rggb14 to darken" in capsys.readouterr().err


def test_shown_is_what_viewers_see(tmp_path: Path) -> None:
    one = photo(tmp_path)
    outcome = VidispStill("lift", "420").run(one, 95.0, tmp_path)
    np.testing.assert_array_equal(outcome.picture, shown((tmp_path / "still.jpg").read_bytes()))

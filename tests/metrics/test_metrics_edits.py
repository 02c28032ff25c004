from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import frames, scene, sensor
from vidisp.cli.main import main
from vidisp.errors import InputError
from vidisp.isp import mosaic_to_quads
from vidisp.metrics.edits import AS_SHOT, EDITS, Edit, compare_edits, develop, evaluate_edits, look_of
from vidisp.metrics.raw_pairs import RawPair
from vidisp.raw import RawFrame, write_dng

FRAME = frames(1, 48, 32)[0]
AS_TAKEN = Edit(0.0, AS_SHOT)


def photos(folder: Path, *names: str, gain: float = 1.0) -> Path:
    """The same photo under several names, its samples above black times `gain`."""
    folder.mkdir()
    mosaic = np.rint(512 + (FRAME.mosaic - 512.0) * gain).clip(0, 16383).astype(np.uint16)
    for name in names:
        write_dng(folder / f"{name}.dng", replace(FRAME, mosaic=mosaic))
    return folder


def flat(level: float, **options: object) -> RawFrame:
    """Grey as shot: every site at `level` of white after the white balance."""
    s = sensor(32, 24, **options)  # type: ignore[arg-type]
    mosaic = np.empty((24, 32), np.uint16)
    for site, letter in enumerate(s.cfa):
        linear = level * s.neutral["RGB".index(letter)]
        mosaic[site // 2 :: 2, site % 2 :: 2] = round(512 + linear * (16383 - 512))
    return RawFrame(mosaic, s)


def quads(frame: RawFrame) -> torch.Tensor:
    s = frame.sensor
    return mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], s.cfa, s.black, s.white)


def test_equal_photos_differ_in_no_edit(tmp_path: Path) -> None:
    before, after = photos(tmp_path / "a", "one"), photos(tmp_path / "b", "two")
    report = evaluate_edits(before / "one.dng", after / "two.dng")
    assert [error.edit for error in report.mean] == list(EDITS)
    assert all(error.mse == 0 and error.ssim == pytest.approx(1, abs=1e-5) for error in report.mean)
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert [edit["psnr"] for edit in values["edits"]] == [None] * 12
    assert report.to_text().count("inf") == 12


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_grey_is_grey_as_shot_and_not_in_other_light(cfa: str) -> None:
    frame = flat(0.2, cfa=cfa)
    for ev in (-2.0, 0.0, 2.0):
        picture = develop(quads(frame), frame.sensor, Edit(ev, AS_SHOT))
        assert picture.shape == (3, 24, 32)
        assert int(picture.max()) - int(picture.min()) <= 1
    red, _, blue = (float(c.float().mean()) for c in develop(quads(frame), frame.sensor, Edit(0.0, 2800)))
    assert blue > red + 30  # in the light of a lamp, what looked grey was bluish
    red, _, blue = (float(c.float().mean()) for c in develop(quads(frame), frame.sensor, Edit(0.0, 9000)))
    assert red > blue + 10


def test_two_stops_are_four_times_the_light_under_a_shoulder() -> None:
    """The shoulder that takes 4 to 1: x becomes 2x/(sqrt(1 + 12x) + 1), which makes 0.2 of 4 * 0.05 about 0.1406."""
    dark, bright = flat(0.05), flat(0.4 / (math.sqrt(1 + 12 * 0.2) + 1))
    lifted = develop(quads(dark), dark.sensor, Edit(2.0, AS_SHOT)).float().mean()
    exposed = develop(quads(bright), bright.sensor, AS_TAKEN).float().mean()
    assert float(lifted) == pytest.approx(float(exposed), abs=1)


def test_a_known_error_gives_the_psnr_of_its_pictures() -> None:
    before, after = flat(0.2), flat(0.25)
    codes = [develop(quads(f), f.sensor, AS_TAKEN).double() for f in (before, after)]
    step = float(codes[1].mean() - codes[0].mean())
    assert step > 10
    errors = {e.edit: e for e in compare_edits(RawPair(before, after.mosaic, "b.dng"))}
    assert -10 * math.log10(errors[AS_TAKEN].mse) == pytest.approx(-20 * math.log10(step / 255), abs=0.05)
    # Of flat pictures, SSIM is its term of the means alone.
    a, b = (float(c.mean()) / 255 for c in codes)
    assert errors[AS_TAKEN].ssim == pytest.approx((2 * a * b + 1e-4) / (a * a + b * b + 1e-4), abs=1e-3)


def test_an_error_in_the_shadows_shows_where_they_are_lifted() -> None:
    before = flat(0.004)
    errors = {e.edit: e.mse for e in compare_edits(RawPair(before, before.mosaic + np.uint16(8), "b.dng"))}
    by_exposure = [errors[Edit(ev, AS_SHOT)] for ev in (-2.0, 0.0, 2.0, 4.0)]
    assert by_exposure == sorted(by_exposure)
    assert by_exposure[-1] > 4 * by_exposure[1]


def test_as_shot_is_the_cameras_white_balance() -> None:
    gains = look_of(sensor(), Edit(1.0, AS_SHOT)).gains
    assert gains == pytest.approx((4.0, 2.0, 2 / 0.6))


def test_levels_of_the_recovered_file_do_not_matter(tmp_path: Path) -> None:
    before = photos(tmp_path / "a", "one") / "one.dng"
    doubled = replace(FRAME.sensor, black=(1024.0,) * 4, white=32766)
    write_dng(tmp_path / "b.dng", RawFrame(FRAME.mosaic * np.uint16(2), doubled))
    assert all(error.mse < 1e-6 for error in evaluate_edits(before, tmp_path / "b.dng").mean)


def test_folders_pair_by_name_and_the_rest_is_listed(tmp_path: Path) -> None:
    before, after = photos(tmp_path / "a", "cat", "dog", "owl"), photos(tmp_path / "b", "dog", "owl", "pig", gain=0.9)
    seen: list[tuple[int, int]] = []
    report = evaluate_edits(before, after, progress=lambda done, total: seen.append((done, total)))
    assert [photo.name for photo in report.photos] == ["dog", "owl"]
    assert (report.not_recovered, report.not_in_reference) == (("cat",), ("pig",))
    assert seen == [(1, 2), (2, 2)]
    assert report.mean == report.photos[0].errors == report.photos[1].errors
    text = report.to_text()
    assert "mean of 2" in text
    assert "1 photo in the reference only, not compared: cat" in text


def test_frames_of_a_clip_pair_by_number(tmp_path: Path) -> None:
    before, after = photos(tmp_path / "a", "A001_0004", "A001_0005"), photos(tmp_path / "b", "frame_000005")
    report = evaluate_edits(before, after)
    assert [photo.name for photo in report.photos] == ["frame_000005"]
    assert report.not_recovered == ("4",)


def test_what_cannot_be_compared_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo = photos(tmp_path / "a", "one") / "one.dng"
    small = sensor(8, 8)
    write_dng(tmp_path / "s.dng", RawFrame(scene(8, 8, "RGGB"), small))
    (tmp_path / "t.txt").write_text("no photo")
    for other, what in (("s.dng", "sizes differ"), ("t.txt", "is not RAW"), ("no.dng", "does not exist")):
        with pytest.raises(InputError, match=what):
            evaluate_edits(photo, tmp_path / other)
    with pytest.raises(InputError, match="too small"):
        evaluate_edits(tmp_path / "s.dng", tmp_path / "s.dng")
    np.save(tmp_path / "other.npy", np.zeros((4, 4), np.uint16))
    with pytest.raises(InputError, match=r"holds \(4, 4\) samples, the original \(32, 48\)"):
        evaluate_edits(photo, tmp_path / "other.npy")
    assert main(["evaluate", "--edits", str(photo)]) == 2
    assert capsys.readouterr().err.startswith("vidisp: --edits compares two RAW photos")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    before, after = photos(tmp_path / "a", "one"), photos(tmp_path / "b", "one", gain=0.97)
    assert main(["evaluate", "--edits", str(before / "one.dng"), str(after / "one.dng"), "--json", "-q"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert [(e["ev"], e["kelvin"]) for e in values["edits"][:4]] == [(-2, 2800), (-2, 5000), (-2, 9000), (0, 2800)]
    assert all(25 < e["psnr"] < 60 and 0.9 < e["ssim"] < 1 for e in values["edits"])
    assert main(["evaluate", "--edits", str(before), str(after)]) == 0
    out = capsys.readouterr().out
    assert "5000 K (as shot)" in out
    assert out.count("\n") == 7

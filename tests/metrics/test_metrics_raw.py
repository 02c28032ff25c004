"""RAW clips over time: known faults, and the sensor's own noise beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import sensor
from tests.metrics.metrics_kit import texture
from vidisp.metrics import evaluate_clips, measure
from vidisp.raw import RawFrame, write_dng

WHITE = 16383 - 512


def clip(folder: Path, levels: list[float], noise: float = 0, first: int = 0, **camera: object) -> Path:
    """A still scene of (16 + texture) / 1000 of white, with a level added to each frame, and white noise."""
    folder.mkdir()
    scene = np.kron(texture(), np.ones((2, 2))) / 1000
    for number, level in enumerate(levels, first):
        rng = np.random.default_rng(number)
        linear = scene + level + noise * rng.normal(size=scene.shape)
        mosaic = np.rint(512 + WHITE * linear).clip(0, 16383).astype(np.uint16)
        own = replace(sensor(scene.shape[1], scene.shape[0]), noise=(0.0, noise**2) if noise else None, **camera)
        write_dng(folder / f"f_{number:04d}.dng", RawFrame(mosaic, own, number))
    return folder


def test_a_level_that_alternates_is_its_own_size(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", [0] * 6), clip(tmp_path / "b", [0, 0.01] * 3)
    found = measure(after, before)
    assert found.kind == "raw"
    assert found.summary["raw_flicker"] == pytest.approx(1, rel=0.01)
    assert found.summary["raw_even_odd_beat"] == pytest.approx(1, rel=0.01)
    assert found.summary["raw_warping_error"] == pytest.approx(0.01**2, rel=0.02)
    assert found.summary["raw_tpsnr"] == pytest.approx(40, abs=0.1)
    assert found.summary["raw_psnr"] == pytest.approx(43, abs=0.1)
    assert found.reference_summary["raw_flicker"] == pytest.approx(0, abs=0.005)


def test_noise_alone_scores_what_two_shots_would(tmp_path: Path) -> None:
    found = measure(clip(tmp_path / "a", [0] * 5, 0.004))
    for key in ("raw_flicker", "raw_flicker_colour", "raw_warping_error"):
        assert found.summary[key] == pytest.approx(found.noise_summary[key], rel=0.2), key
    assert found.summary["raw_psnr"] is None
    assert found.reference is None


def test_two_noisy_clips_of_one_scene_score_what_two_shots_would(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", [0] * 3, 0.004), clip(tmp_path / "b", [0] * 3, 0.004, first=10)
    for number, file in enumerate(sorted(after.iterdir())):
        file.rename(after / f"f_{number:04d}.dng")
    found = measure(after, before)
    for key in ("raw_psnr", "raw_tpsnr"):
        assert found.summary[key] == pytest.approx(found.noise_summary[key], abs=0.1), key


def test_lost_frames_leave_gaps_in_time(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", [0] * 6), clip(tmp_path / "b", [0.01] * 6)
    (after / "f_0002.dng").unlink()
    report = evaluate_clips(before, after)
    assert report.not_recovered == (2,)
    assert report.measures.numbers == (0, 1, 3, 4, 5)
    assert [value is None for value in report.measures.curves["raw_flicker"]] == [True, False, True, False, False]


def test_the_report_holds_both_tables(tmp_path: Path) -> None:
    report = evaluate_clips(clip(tmp_path / "a", [0] * 3, 0.002), clip(tmp_path / "b", [0, 0.01, 0]))
    values = report.to_dict()
    assert list(values)[:5] == ["frames", "psnr_bayer", "psnr_sqrt", "psnr_invisp", "max_error_dn"]
    assert values["psnr_bayer"] == pytest.approx(values["raw_psnr"], abs=1e-3)
    assert values["of_two_noisy_shots"]["raw_psnr"] == pytest.approx(-10 * np.log10(2 * 0.002**2), abs=0.01)
    assert {"frame", "psnr_bayer", "raw_flicker"} <= set(values["per_frame"][1])
    assert "all 3" in report.to_text()
    table, *meaning = report.to_text().rsplit("\n", 3)
    assert "temporal PSNR" in table
    assert meaning[0].startswith("two shots: what two shots of the scene would score")
    assert meaning[1].startswith("The recovered RAW differs from the original by")
    assert meaning[2].startswith("It flickers more than the original")


def test_small_frames_are_compared_but_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for number in range(2):
        write_dng(folder / f"{number}.dng", RawFrame(np.full((12, 16), 600, np.uint16), sensor(16, 12), number))
    found = measure(folder, folder)
    assert found.summary["raw_flicker"] is None
    assert "the frames are too small" in found.notes[0]


def test_without_opencv_the_rest_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidisp.metrics.evaluate_raw.find_spec", lambda _: None)
    found = measure(clip(tmp_path / "b", [0.01] * 2), clip(tmp_path / "a", [0] * 2))
    assert found.summary["raw_psnr"] == pytest.approx(40, abs=0.1)
    assert found.summary["raw_flicker"] is None
    assert "OpenCV is not installed" in found.notes[0]

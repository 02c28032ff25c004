"""Folders of RAW photos: by name where they are no clip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import frames
from vidisp import evaluate
from vidisp.cli.main import main
from vidisp.errors import InputError
from vidisp.metrics import PhotoReport, Report
from vidisp.raw import RawFrame, write_dng

SIZES = {"cat": (48, 32), "dog": (64, 48), "owl": (32, 48)}
WHITE = 16383 - 512


def photos(folder: Path, sizes: dict[str, tuple[int, int]], error: int = 0) -> Path:
    """Photos of these sizes, all samples off by `error` DN."""
    folder.mkdir()
    for name, size in sizes.items():
        (frame,) = frames(1, *size)
        write_dng(folder / f"{name}.dng", RawFrame(np.minimum(frame.mosaic, 9000) + np.uint16(error), frame.sensor))
    return folder


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    return photos(tmp_path / "photos", SIZES)


def test_photos_of_several_sizes_pair_by_name(originals: Path, tmp_path: Path) -> None:
    back = photos(tmp_path / "back", SIZES, error=16)
    seen: list[tuple[int, int]] = []
    report = evaluate(originals, back, progress=lambda done, total: seen.append((done, total)))
    assert isinstance(report, PhotoReport)
    assert list(report.photos) == list(SIZES)
    assert [errors.frames[0].max_error_dn for errors in report.photos.values()] == [16] * 3
    assert report.mean[0] == pytest.approx(20 * np.log10(WHITE / 16))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_mean_is_of_decibels_each_photo_counting_alike(originals: Path, tmp_path: Path) -> None:
    back = photos(tmp_path / "back", {"cat": SIZES["cat"]}, error=1)
    photos(tmp_path / "more", {"dog": SIZES["dog"]}, error=1000)
    (tmp_path / "more" / "dog.dng").rename(back / "dog.dng")
    report = evaluate(originals, back)
    assert report.mean[0] == pytest.approx(20 * np.log10(WHITE) - 30)
    text = report.to_text()
    assert "mean of 2" in text
    assert "1 photo in the reference only, not compared: owl" in text
    assert text.splitlines()[-1].startswith("nearer to the original than the sensor's own noise")
    assert text.endswith("scene: 1 of 2 photos")


def test_a_bad_photo_is_named_and_the_others_are_done(
    originals: Path, tmp_path: Path, capsys: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    back = photos(tmp_path / "back", SIZES, error=16)
    (back / "dog.dng").write_bytes((back / "dog.dng").read_bytes()[:1500])
    assert main(["evaluate", str(originals), str(back), "--json", "--progress", "none"]) == 3
    out, err = capsys.readouterr()
    values = json.loads(out)
    assert [photo["name"] for photo in values["photos"]] == ["cat", "owl"]
    assert [photo["name"] for photo in values["failed"]] == ["dog"]
    assert values["kind"] == "photos"
    assert values["psnr_bayer"] == pytest.approx(20 * np.log10(WHITE / 16), abs=1e-3)
    assert values["photos"][0]["of_two_noisy_shots"]["raw_psnr"] > 30
    assert "dog.dng" in caplog.messages[0]
    assert err.endswith("back: 1 of 3 photos could not be compared\n")


def test_equal_photos_are_null_in_valid_json(originals: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["evaluate", str(originals), str(originals), "--json", "--progress", "none"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["psnr_bayer"] is None
    assert all(photo["identical"] for photo in values["photos"])


def test_photos_with_gaps_in_their_numbers(tmp_path: Path) -> None:
    sizes = {"IMG_0001": (48, 32), "IMG_0007": (48, 32)}
    report = evaluate(photos(tmp_path / "a", sizes), photos(tmp_path / "b", sizes, error=3))
    assert list(report.photos) == list(sizes)
    assert "frames 2 to 6 are missing" in report.to_text().splitlines()[0]


def test_a_clip_stays_a_clip(tmp_path: Path) -> None:
    sizes = {"IMG_0001": (48, 32), "IMG_0002": (48, 32)}
    assert isinstance(evaluate(photos(tmp_path / "a", sizes), photos(tmp_path / "b", sizes)), Report)


def test_nothing_in_common_is_the_clips_own_error(originals: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the clip's first frame is 48x32"):
        evaluate(originals, photos(tmp_path / "back", {"pig": (48, 32)}))


def test_not_one_photo_that_can_be_compared(originals: Path, tmp_path: Path) -> None:
    back = photos(tmp_path / "back", {name: (16, 16) for name in SIZES})
    with pytest.raises(InputError, match="back: none of 3 photos could be compared"):
        evaluate(originals, back)

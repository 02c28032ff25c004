from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from vidisp.errors import InputError
from vidisp.metrics import FrameErrors, Measures, Report, evaluate_clips
from vidisp.raw import RawFrame, Sensor, write_dng

SENSOR = Sensor(16, 12, "GRBG", (64.0,) * 4, 1023, (0.6, 1.0, 0.7), (1.0, 0, 0, 0, 1, 0, 0, 0, 1))


def mosaic(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(64, 1000, (12, 16)).astype(np.uint16)


def clip(folder: Path, numbers: range, error: int = 0, **frame: object) -> Path:
    folder.mkdir()
    for number in numbers:
        name = f"{folder.name}_{number:04d}.dng"
        write_dng(folder / name, RawFrame(mosaic(number) + np.uint16(error), SENSOR, number), compress=True)
    return folder


def arrays(folder: Path, numbers: range, error: float = 0) -> Path:
    folder.mkdir()
    for number in numbers:
        np.save(folder / f"frame_{number:06d}.npy", mosaic(number) + np.float32(error))
    return folder


def test_frames_pair_by_number_and_the_rest_is_reported(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", range(3, 8)), clip(tmp_path / "b", range(5, 9), error=2)
    (after / "b_0006.dng").unlink()
    report = evaluate_clips(before, after)
    assert [f.number for f in report.frames] == [5, 7]
    assert report.not_recovered == (3, 4, 6)
    assert report.not_in_reference == (8,)
    assert all(f.max_error_dn == 2 for f in report.frames)


def test_recovered_arrays_of_floats(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", range(2)), arrays(tmp_path / "b", range(2), error=0.25)
    assert evaluate_clips(before, after).frames[0].max_error_dn == 0.25


def test_single_files_pair_whatever_their_numbers(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", range(7, 8)), arrays(tmp_path / "b", range(7, 8), error=1)
    other = (after / "frame_000007.npy").rename(tmp_path / "still.npy")
    report = evaluate_clips(before / "a_0007.dng", other)
    assert [(f.number, f.max_error_dn) for f in report.frames] == [(7, 1)]
    assert report.not_recovered == report.not_in_reference == ()


def test_json_has_the_promised_keys(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", range(2)), clip(tmp_path / "b", range(2), error=3)
    values = evaluate_clips(before, after).to_dict()
    assert list(values)[:5] == ["frames", "psnr_bayer", "psnr_sqrt", "psnr_invisp", "max_error_dn"]
    assert (values["frames"], values["max_error_dn"], values["identical"]) == (2, 3, False)
    assert values["psnr_bayer"] == pytest.approx(20 * math.log10((1023 - 64) / 3), abs=1e-3)
    assert [frame["frame"] for frame in values["per_frame"]] == [0, 1]


def test_identical_clips_are_null_in_valid_json(tmp_path: Path) -> None:
    report = evaluate_clips(clip(tmp_path / "a", range(2)), clip(tmp_path / "b", range(2)))
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert values["psnr_bayer"] is None
    assert values["identical"] is True
    assert "inf" in report.to_text()


def test_text_names_the_frames_that_found_no_partner() -> None:
    frame = FrameErrors(4, 1e-4, 1e-4, 1e-4, 5.0, number=3)
    measures = Measures("b", "a", "raw", 1, (3,), {}, {})
    text = Report((frame,), measures, not_recovered=tuple(range(20, 40))).to_text()
    assert "20 frames in the reference only, not compared: 20, 21, 22, 23, 24, 25, 26, 27, ..." in text
    assert "40.00" in text


def test_progress_counts_pairs(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    before, after = clip(tmp_path / "a", range(3)), arrays(tmp_path / "b", range(3))
    evaluate_clips(before, after, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_nothing_that_pairs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no frame number is in both clips \(0\.\.1 against 5\.\.6\)"):
        evaluate_clips(clip(tmp_path / "a", range(2)), clip(tmp_path / "b", range(5, 7)))


def test_an_empty_folder_and_a_missing_one(tmp_path: Path) -> None:
    before = clip(tmp_path / "a", range(1))
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="holds no recovered frames"):
        evaluate_clips(before, tmp_path / "b")
    with pytest.raises(InputError, match="does not exist"):
        evaluate_clips(before, tmp_path / "c")


def test_sizes_that_differ_name_the_file(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", range(1)), arrays(tmp_path / "b", range(1))
    np.save(after / "frame_000000.npy", np.zeros((4, 4), np.uint16))
    with pytest.raises(InputError, match=r"frame_000000\.npy, frame 0: sizes differ: 4x4 against 16x12"):
        evaluate_clips(before, after)


@pytest.mark.parametrize("content", [b"", b"not numpy at all", b"\x93NUMPY\x01\x00"])
def test_a_damaged_array_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    before, after = clip(tmp_path / "a", range(1)), arrays(tmp_path / "b", range(1))
    (after / "frame_000000.npy").write_bytes(content)
    with pytest.raises(InputError, match=r"frame_000000\.npy, frame 0: is not a NumPy array"):
        evaluate_clips(before, after)


def test_two_recovered_frames_with_one_number(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "a", range(1)), clip(tmp_path / "b", range(1))
    (after / "copy_0.dng").write_bytes((after / "b_0000.dng").read_bytes())
    with pytest.raises(InputError, match="no number of its own"):
        evaluate_clips(before, after)

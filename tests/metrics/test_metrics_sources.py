"""Videos and folders of pictures, of every depth and range, and what is wrong with broken ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.metrics.metrics_kit import moving, texture
from vidisp.errors import InputError
from vidisp.metrics import measure
from vidisp.metrics.sources import open_source

RANGES = {"limited": 1, "full": 2}


def write(path: Path, frames: list[np.ndarray], pix_fmt: str = "yuv420p", codec: str = "ffv1", **options: str) -> Path:
    """Luma code values as they are, neutral chroma."""
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream(codec, rate=24, options=options)
        stream.height, stream.width = frames[0].shape
        stream.pix_fmt = pix_fmt
        for number, luma in enumerate(frames):
            sink.mux(stream.encode(frame_of(luma, pix_fmt, number)))
        sink.mux(stream.encode(None))
    return path


def frame_of(luma: np.ndarray, pix_fmt: str, number: int) -> av.VideoFrame:
    frame = av.VideoFrame(luma.shape[1], luma.shape[0], pix_fmt)
    deep = "10" in pix_fmt
    grey = 512 if deep else 128
    for plane, values in zip(frame.planes, (luma, grey, grey)[: len(frame.planes)], strict=True):
        whole = np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1)
        whole[:, : plane.width] = np.rint(values)
    frame.pts, frame.time_base = number, Fraction(1, 24)
    return frame


def pictures(folder: Path, frames: list[np.ndarray], suffix: str = ".png") -> Path:
    """Grey pictures in full range, numbered without zeros."""
    folder.mkdir()
    for number, luma in enumerate(frames):
        grey = np.rint((luma - 16) * 255 / 219).clip(0, 255).astype(np.uint8)
        Image.fromarray(np.stack([grey] * 3, -1)).save(folder / f"frame_{8 + number}{suffix}", quality=98)
    return folder


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le", "gray"])
def test_every_layout_gives_its_luma(pix_fmt: str, tmp_path: Path) -> None:
    scale = 4 if "10" in pix_fmt else 1
    path = write(tmp_path / "a.mkv", [scale * np.rint(texture())] * 2, pix_fmt)
    picture = next(open_source(path).frames()).picture()
    assert np.abs(255 * picture.y.numpy() - np.rint(texture())).max() < 1e-3
    assert picture.cb.shape == picture.cr.shape == (48, 64)
    assert 255 * picture.cb.mean() == pytest.approx(128, abs=1e-3)


def test_ten_bits_compare_with_eight(tmp_path: Path) -> None:
    frames = [np.rint(frame) for frame in moving(3)]
    eight = write(tmp_path / "8.mkv", frames)
    ten = write(tmp_path / "10.mkv", [4 * frame + 1 for frame in frames], "yuv420p10le")
    assert measure(ten, eight, vmaf=False).summary["psnr"] == pytest.approx(20 * np.log10(255 * 4), abs=1e-3)


def test_full_range_compares_with_limited(tmp_path: Path) -> None:
    limited = write(tmp_path / "a.mkv", [np.rint(frame) for frame in moving(3)])
    full = write(tmp_path / "b.avi", [(frame - 16) * 255 / 219 for frame in moving(3)], "yuvj420p", "mjpeg", qscale="1")
    found = measure(full, limited, vmaf=False)
    assert found.summary["psnr"] > 35
    assert abs(found.summary["even_odd_beat"]) < 0.5


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_folder_of_pictures_in_the_order_of_its_numbers(suffix: str, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "folder", moving(4), suffix)
    assert [file.stem for file in open_source(folder).files] == ["frame_8", "frame_9", "frame_10", "frame_11"]
    found = measure(folder, write(tmp_path / "a.mkv", [np.rint(frame) for frame in moving(4)]), vmaf=False)
    assert found.summary["psnr"] > 50 if suffix == ".png" else 38


def test_two_pictures_compare_though_nothing_moves(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "folder", moving(2))
    found = measure(folder / "frame_8.png", folder / "frame_9.png", vmaf=False)
    assert found.frames == 1
    assert found.summary["psnr"] is not None
    assert found.summary["flicker"] is found.summary["tpsnr"] is None


def test_an_odd_size_loses_its_last_row_and_column(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", [np.rint(texture(height=51, width=77))] * 2, "yuv444p")
    picture = next(open_source(path).frames()).picture()
    assert picture.size == "76x50"
    assert measure(path).summary["flicker"] == pytest.approx(0, abs=1e-4)


def test_colours_are_bt709(tmp_path: Path) -> None:
    Image.fromarray(np.full((32, 32, 3), (255, 0, 0), np.uint8)).save(tmp_path / "red.png")
    picture = next(open_source(tmp_path / "red.png").frames()).picture()
    values = [float(plane.mean()) for plane in (picture.y, picture.cb, picture.cr)]
    assert values == pytest.approx([0.2126, 128 / 255 - 0.2126 / 1.8556, 1.0], abs=2e-3)


def test_broken_files_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty").mkdir()
    for name, message in {
        "text.mp4": "text.mp4: is no video that can be read",
        "text.png": "text.png",
        "gone.mp4": "gone.mp4: there is no such file",
        "empty": "empty: is an empty folder",
    }.items():
        with pytest.raises(InputError, match=message) as error:
            measure(tmp_path / name, tmp_path / name)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(("offset", "broken"), [(1500, bytes(400)), (1500, b"\xa5" * 80)])
def test_a_damaged_frame_is_named(offset: int, broken: bytes, tmp_path: Path) -> None:
    """The decoder fails, or it patches up and says so."""
    path = write(tmp_path / "a.mp4", [np.rint(frame) for frame in moving(30)], codec="libx264")
    data = path.read_bytes()
    start = data.index(b"mdat") + offset
    path.write_bytes(data[:start] + broken + data[start + len(broken) :])
    with pytest.raises(InputError, match=r"a\.mp4, frame \d+: .*damaged"):
        measure(path)


def test_sizes_and_lengths_have_to_agree(tmp_path: Path) -> None:
    frames = [np.rint(frame) for frame in moving(4)]
    long, short = write(tmp_path / "long.mkv", frames), write(tmp_path / "short.mkv", frames[:3])
    small = write(tmp_path / "small.mkv", [frame[:64, :96] for frame in frames])
    with pytest.raises(
        InputError, match=r"short\.mkv: holds 3 pictures, .*long\.mkv holds 4 .*-i .*long\.mkv -frames:v 3"
    ):
        measure(short, long)
    with pytest.raises(InputError, match=r"small\.mkv, frame 0: sizes differ: 96x64 against 128x96 of the reference"):
        measure(small, long)


def test_one_frame_alone_and_tiny_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a single picture has no steadiness"):
        measure(write(tmp_path / "one.mkv", [np.rint(texture())]))
    with pytest.raises(InputError, match=r"tiny\.mkv: pictures of 12x12 are too small"):
        measure(write(tmp_path / "tiny.mkv", [np.rint(texture(height=12, width=12))] * 2))

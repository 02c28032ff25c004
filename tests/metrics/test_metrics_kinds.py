"""What is said of two things that cannot be compared: the truth, and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import MakeClip
from tests.metrics.metrics_kit import texture
from tests.metrics.test_metrics_sources import pictures, write
from vidisp import evaluate, report
from vidisp.errors import InputError


@pytest.fixture
def folder(tmp_path: Path, make_clip: MakeClip) -> Path:
    """A RAW clip, and what is none."""
    make_clip(1)
    (tmp_path / "empty").mkdir()
    pictures(tmp_path / "png", [texture()])
    jpegs = pictures(tmp_path / "jpegs", [texture()], ".jpg")
    shutil.copy(jpegs / "frame_8.jpg", tmp_path / "photo.jpg")
    write(tmp_path / "out.mkv", [texture()] * 2)
    (tmp_path / "text.txt").write_text("no video")
    (tmp_path / "texts").mkdir()
    shutil.copy(tmp_path / "text.txt", tmp_path / "texts")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", "gone: there is no such file or folder"),
        ("gone.dng", "gone.dng: does not exist"),
        ("empty", "empty: is an empty folder"),
        ("texts", "texts: holds neither pictures nor RAW files"),
        ("text.txt", "text.txt: is no video that can be read"),
        ("png", r"png: is a folder of pictures and \S*clip is RAW.*\(compare RAW with RAW, or pictures with pictures"),
        ("jpegs", r"jpegs: is a folder of pictures.*vidisp recover \S*jpegs RAW; then compare \S*clip with RAW\)"),
        ("photo.jpg", r"photo.jpg: is a picture and .*vidisp recover \S*photo.jpg RAW.dng; then"),
        (
            "out.mkv",
            r"out.mkv: is a video and \S*clip is RAW.*vidisp recover \S*out.mkv RAW; then compare \S*clip with",
        ),
    ],
)
def test_raw_and_what_is_not(folder: Path, name: str, message: str) -> None:
    for pair in ((folder / "clip", folder / name), (folder / name, folder / "clip")):
        with pytest.raises(InputError, match=message):
            evaluate(*pair)
        with pytest.raises(InputError, match=message):
            report(*pair, folder / "report.html")
    assert not (folder / "report.html").exists()


def test_pictures_of_other_numbers_are_counted(tmp_path: Path) -> None:
    two, one = pictures(tmp_path / "two", [texture()] * 2), pictures(tmp_path / "one", [texture()])
    with pytest.raises(InputError, match=r"one: holds 1 picture, \S*two holds 2 \(.*make both of the same frames\)"):
        evaluate(two, one)

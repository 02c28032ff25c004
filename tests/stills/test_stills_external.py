"""What photographers do to JPEG files: metadata edited with exiftool, pictures turned and recoded with jpegtran.

Needs exiftool and jpegtran (Debian: libimage-exiftool-perl libjpeg-turbo-progs).
"""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

import vidisp
from tests.stills.conftest import photo
from vidisp.errors import NotRecoverableError
from vidisp.raw import read_frame, write_dng

pytestmark = pytest.mark.external


def run(name, *arguments):
    if shutil.which(name) is None:
        pytest.fail(f"{name} is not installed")
    done = subprocess.run([name, *map(str, arguments)], check=True, capture_output=True, timeout=60)
    return done.stdout


@pytest.fixture(params=["420", "444"])
def rendered(request, tmp_path):
    """A JPEG whose sides are no multiples of a unit of coding, beside what comes back of it; the upper half is darker,
    so that up and down can be told apart."""
    frame = photo(width=326, height=234)
    frame.mosaic[:120] = 512 + (frame.mosaic[:120].astype(int) - 512) // 3
    write_dng(tmp_path / "photo.dng", frame)
    vidisp.render(tmp_path / "photo.dng", tmp_path / "a.jpg", subsampling=request.param)
    vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.dng")
    return tmp_path / "a.jpg"


def comes_back(path) -> bool:
    """The same RAW as from the file that was not touched."""
    back = vidisp.recover(path, path.with_suffix(".again.dng"), overwrite=True)
    assert not back.photos[0].approximate
    before = read_frame(path.with_name("a.dng"))
    return bool((read_frame(path.with_suffix(".again.dng")).mosaic == before.mosaic).all())


@pytest.mark.parametrize(
    "edit",
    [["-Artist=me", "-XMP:Rating=5", "-IPTC:Caption-Abstract=hello"], ["-Orientation=8", "-n"], ["-ThumbnailImage="],
     ["-Comment=mine"], ["-EXIF:all="], ["-JFIF:all=", "-XMP:Title=x"]],
)  # fmt: skip
def test_metadata_edits_leave_the_way_back(rendered, edit):
    run("exiftool", "-overwrite_original", *edit, rendered)
    assert comes_back(rendered)


def test_removing_everything_removes_the_way_back(rendered, tmp_path):
    run("exiftool", "-overwrite_original", "-all=", rendered)
    with pytest.raises(NotRecoverableError, match="all that it carried was removed"):
        vidisp.recover(rendered, tmp_path / "b.dng")


@pytest.mark.parametrize("how", [[], ["-optimize"], ["-progressive"], ["-copy", "all"], ["-restart", "1"]])
def test_recoding_without_loss_leaves_the_way_back(rendered, tmp_path, how):
    run("jpegtran", *how, "-outfile", tmp_path / "b.jpg", rendered)
    assert comes_back(tmp_path / "b.jpg")


@pytest.mark.parametrize(
    ("how", "message"),
    [(["-rotate", "90"], "rotated by 90 degrees"), (["-rotate", "180"], "rotated by 180 degrees"),
     (["-rotate", "270", "-trim"], "rotated by 270 degrees"), (["-flip", "horizontal"], "mirrored left to right"),
     (["-flip", "vertical"], "mirrored top to bottom"), (["-transpose"], "mirrored about its diagonal"),
     (["-transverse"], "mirrored about its other diagonal"),
     (["-crop", "128x128+64+32"], "cropped from 326x234 to 128x128")],
)  # fmt: skip
def test_turned_and_cropped_pictures_are_named(rendered, tmp_path, how, message):
    run("jpegtran", *how, "-outfile", tmp_path / "b.jpg", rendered)
    with pytest.raises(NotRecoverableError, match=f"was {message}"):
        vidisp.recover(tmp_path / "b.jpg", tmp_path / "b.dng", force=True)


def test_what_was_turned_without_loss_can_be_turned_back(rendered, tmp_path):
    run("jpegtran", "-rotate", "90", "-outfile", tmp_path / "b.jpg", rendered)
    run("jpegtran", "-rotate", "270", "-outfile", tmp_path / "c.jpg", tmp_path / "b.jpg")
    assert comes_back(tmp_path / "c.jpg")


def test_exiftool_finds_nothing_wrong(rendered):
    found = json.loads(run("exiftool", "-j", "-n", "-a", "-validate", "-warning", "-EXIF:all", rendered))[0]
    warnings = str(found.get("Warning", ""))
    assert warnings in ("", "[minor] Unknown APP11 segment")
    assert (found["Make"], found["Model"], found["LensModel"]) == ("Nikon", "D700", "24-70 f/2.8")
    assert (found["FNumber"], found["ISO"], found["ColorSpace"]) == (2.8, 400, 1)
    assert "SerialNumber" not in found
    assert len(run("exiftool", "-b", "-ThumbnailImage", rendered)) > 500

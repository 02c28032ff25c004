"""EXIF as Pillow, which shares no code with us, reads it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from codec_clips import a_sensor
from PIL import ExifTags, Image

from vidisp.codec.jpeg import build_exif
from vidisp.raw import Tag

SENSOR = replace(a_sensor(), make="Nikon", model="D700", iso=400, orientation=6)
TAGS = (
    Tag(306, 2, 20, "2024:05:06 07:08:09"),
    Tag(33434, 5, 1, (1, 250)),
    Tag(50736, 5, 4, (24, 1, 70, 1, 28, 10, 28, 10)),
    Tag(50938, 11, 3, (0.1, 0.2, 0.3)),
    Tag(33437, 5, 1, (28, 10), "exif"),
    Tag(33434, 5, 1, (1, 500), "exif"),
    Tag(36867, 2, 20, "2024:05:06 07:08:08", "exif"),
    Tag(42036, 2, 12, "24-70 f/2.8", "exif"),
    Tag(40961, 3, 1, 65535, "exif"),
    Tag(1, 2, 2, "N", "gps"),
    Tag(2, 5, 3, (50, 1, 6, 1, 0, 1), "gps"),
)
THUMBNAIL = b"\xff\xd8thumbnail\xff\xd9"


def read(tags: tuple[Tag, ...] = TAGS, sensor=SENSOR) -> Image.Exif:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + build_exif(tags, sensor, (640, 480), THUMBNAIL))
    return exif


def test_what_a_photographer_looks_for() -> None:
    main, exif = read(), read().get_ifd(ExifTags.IFD.Exif)
    assert (main[271], main[272], main[274], main[306]) == ("Nikon", "D700", 6, "2024:05:06 07:08:09")
    assert (exif[34855], exif[33437], exif[42036]) == (400, 2.8, "24-70 f/2.8")
    assert exif[36867] == "2024:05:06 07:08:08"
    assert (exif[40962], exif[40963]) == (640, 480)
    assert read().get_ifd(ExifTags.IFD.GPSInfo)[2] == (50, 6, 0)


def test_the_picture_is_srgb_whatever_the_camera_said() -> None:
    assert read().get_ifd(ExifTags.IFD.Exif)[40961] == 1


def test_exposure_in_the_main_directory_is_found_but_second_to_exifs_own() -> None:
    assert read().get_ifd(ExifTags.IFD.Exif)[33434] == pytest.approx(1 / 500)
    only_main = tuple(tag for tag in TAGS if tag.ifd == "main")
    exif = read(only_main).get_ifd(ExifTags.IFD.Exif)
    assert exif[33434] == pytest.approx(1 / 250)
    assert exif[42034] == (24, 70, 2.8, 2.8)
    assert 33434 not in read(only_main)


def test_what_only_raw_editors_need_stays_out() -> None:
    assert 50938 not in read()
    assert 50736 not in read()


def test_no_gps_no_directory() -> None:
    assert ExifTags.IFD.GPSInfo not in read(tuple(tag for tag in TAGS if tag.ifd != "gps"))


def test_a_camera_of_which_nothing_is_known() -> None:
    main = read((), a_sensor())
    assert 271 not in main
    assert main[274] == 1
    assert 34855 not in main.get_ifd(ExifTags.IFD.Exif)


def test_the_thumbnail_is_where_it_is_said_to_be() -> None:
    data = build_exif(TAGS, SENSOR, (640, 480), THUMBNAIL)
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + data)
    small = exif.get_ifd(ExifTags.IFD.IFD1)
    assert small[259] == 6
    assert small[274] == 6
    assert data[small[513] : small[513] + small[514]] == THUMBNAIL


def test_a_segment_is_never_too_small() -> None:
    """The largest tags give way."""
    huge = Tag(37500, 7, 60_000, bytes(60_000), "exif")
    data = build_exif((*TAGS, huge), SENSOR, (640, 480), bytes(20_000))
    assert len(data) < 65_527
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + data)
    found = exif.get_ifd(ExifTags.IFD.Exif)
    assert 37500 not in found
    assert found[33437] == 2.8


def test_a_viewer_finds_it_all_in_the_file() -> None:
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "JPEG", exif=b"Exif\0\0" + build_exif(TAGS, SENSOR, (16, 16), THUMBNAIL))
    assert Image.open(file).getexif()[272] == "D700"

"""Writing CinemaDNG: everything comes back, LibRaw and tifffile read the same, and a failed write leaves nothing."""

import errno
import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import raw_maker as maker
import rawpy
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import OutputError
from vidisp.raw import CFA_PATTERNS, RawFrame, Sensor, Tag, read_frame, write_dng

SENSOR = Sensor(
    **{"width": 24, "height": 16, "cfa": "GRBG", "black": (64.0, 64.25, 63.5, 65.0), "white": 4095},
    **{"neutral": (0.48, 1.0, 0.63), "color_matrix": maker.MATRIX, "illuminant": 21, "noise": (1.5e-4, 3e-7)},
    **{"iso": 400, "orientation": 6, "make": "Böse & Söhne", "model": "K-1"},
)
TAGS = (
    Tag(270, 2, 5, "rain"),
    Tag(305, 2, 8, b"v1\0\0\0\0\0\0"),
    Tag(33432, 2, 4, "(c)"),
    Tag(50730, 10, 1, (-1, 3)),
    Tag(50738, 5, 1, (1, 2)),
    Tag(51009, 7, 8, b"\0\0\0\x01opco"),
    Tag(51058, 10, 2, (28, 10, 56, 10)),
    Tag(60001, 12, 3, (1.5, float("inf"), -2.0)),
    Tag(33434, 5, 1, (1, 50), "exif"),
    Tag(36867, 2, 20, "2024:05:06 07:08:09", "exif"),
    Tag(42034, 5, 4, (24, 1, 70, 1, 28, 10, 28, 10), "exif"),
    Tag(1, 2, 2, "N", "gps"),
    Tag(2, 5, 3, (52, 1, 31, 1, 0, 1), "gps"),
)


def frame(sensor=SENSOR, **fields):
    mosaic = maker.noise(sensor.height, sensor.width)
    timecode = bytes(range(8))
    return RawFrame(mosaic, sensor, **{"fps": Fraction(24000, 1001), "timecode": timecode, "tags": TAGS, **fields})


def assert_same(got, want):
    np.testing.assert_array_equal(got.mosaic, want.mosaic)
    assert (got.sensor, got.fps, got.timecode) == (want.sensor, want.fps, want.timecode)
    assert got.tags == want.tags


@pytest.mark.parametrize("compress", [True, False])
def test_everything_comes_back(tmp_path, compress):
    path = tmp_path / "a_0007.dng"
    size = write_dng(path, frame(), compress=compress)
    assert size == path.stat().st_size
    got = read_frame(path)
    assert got.number == 7
    assert_same(got, frame())


@settings(deadline=None, max_examples=40)
@given(
    cfa=st.sampled_from(CFA_PATTERNS),
    height=st.integers(2, 19),
    width=st.integers(2, 19),
    compress=st.booleans(),
    bits=st.sampled_from([8, 12, 16]),
    black=st.lists(st.integers(0, 3 * 4096).map(lambda n: n / 4096), min_size=4, max_size=4),
    neutral=st.tuples(*[st.integers(200, 4000).map(lambda n: round(n / 1024, 9))] * 2),
    fps=st.one_of(st.none(), st.fractions(Fraction(1, 100), 1000, max_denominator=2000)),
)
def test_any_bayer_frame_comes_back(tmp_path_factory, cfa, height, width, compress, bits, black, neutral, fps):
    red, blue = neutral if min(neutral) < 1.1 else (0.5, 0.5)
    sensor = replace(SENSOR, cfa=cfa, height=height, width=width, black=tuple(black), neutral=(red, 1.0, blue))
    want = RawFrame(maker.noise(height, width, bits), sensor, fps=fps)
    path = tmp_path_factory.mktemp("out") / "a.dng"
    write_dng(path, want, compress=compress)
    assert_same(read_frame(path), want)
    np.testing.assert_array_equal(tifffile.imread(path), want.mosaic)


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("size", [(64, 96), (63, 96), (64, 95), (63, 95)])
def test_libraw_reads_the_same(tmp_path, cfa, compress, size):
    want = frame(replace(SENSOR, height=size[0], width=size[1], cfa=cfa, orientation=1))
    path = tmp_path / "a.dng"
    write_dng(path, want, compress=compress)
    with rawpy.imread(str(path)) as raw:
        np.testing.assert_array_equal(raw.raw_image_visible, want.mosaic)
        colours = raw.raw_colors_visible[:2, :2].ravel()
        assert "".join("RGBG"[i] for i in colours) == cfa
        black = [raw.black_level_per_channel[i] for i in colours]
        np.testing.assert_allclose(black, want.sensor.black, atol=1)
        assert raw.white_level == want.sensor.white
        np.testing.assert_allclose(np.array(raw.camera_whitebalance[:3]) * want.sensor.neutral, [1, 1, 1], rtol=1e-4)
        assert raw.postprocess(use_camera_wb=True).shape == (*size, 3)


def test_what_a_source_says_beyond_one_matrix_survives(tmp_path):
    other = [n for v in maker.MATRIX for n in (round(v * 9000), 10000)]
    extra = {
        "t50722": (10, other),
        "t50778": (3, 17),
        "t50779": (3, 21),
        "t50727": (5, (9, 10, 1, 1, 1, 1)),
        "t51041": (12, (1e-4, 1e-6, 2e-4, 2e-6, 3e-4, 3e-6)),
        "t50719": (4, (2, 2)),
        "t50720": (5, (40, 1, 20, 1)),
    }
    source = read_frame(maker.make_dng(tmp_path / "a.dng", maker.noise(30, 50), **extra))
    write_dng(tmp_path / "b.dng", source)
    assert_same(read_frame(tmp_path / "b.dng"), source)
    with tifffile.TiffFile(tmp_path / "b.dng") as tiff:
        tags = tiff.pages[0].tags
        assert tags[50722].value == tuple(other)
        assert (tags[50778].value, tags[50779].value, len(tags[51041].value)) == (17, 21, 6)
        assert (tags[50719].value, tags[50720].value) == ((2, 2), (40, 1, 20, 1))


def test_the_sensor_wins_over_carried_tags_that_no_longer_fit(tmp_path):
    other = (10, [n for v in maker.MATRIX for n in (round(v * 9000), 10000)])
    extra = {"t50722": other, "t50719": (4, (2, 2)), "t50720": (4, (40, 20)), "t51041": (12, (1e-4, 0.0) * 3)}
    source = read_frame(maker.make_dng(tmp_path / "a.dng", maker.noise(30, 50), **extra))
    sensor = replace(source.sensor, width=30, height=20, color_matrix=SENSOR.color_matrix, noise=(1e-3, 1e-5))
    cropped = replace(source, mosaic=source.mosaic[:20, :30], sensor=replace(sensor, illuminant=23))
    write_dng(tmp_path / "b.dng", cropped)
    got = read_frame(tmp_path / "b.dng")
    assert got.sensor == cropped.sensor
    assert got.tags == ()


def test_layout_and_identity_tags_smuggled_in_are_not_written(tmp_path):
    smuggled = (Tag(256, 4, 1, 9999), Tag(50714, 3, 1, 1), Tag(50829, 4, 4, (0, 0, 1, 1)), Tag(330, 4, 1, 8))
    write_dng(tmp_path / "a.dng", frame(tags=(*smuggled, *TAGS)))
    assert_same(read_frame(tmp_path / "a.dng"), frame())


def test_other_readers_see_exif_and_camera(tmp_path):
    write_dng(tmp_path / "a.dng", frame())
    with tifffile.TiffFile(tmp_path / "a.dng") as tiff:
        tags = tiff.pages[0].tags
        assert len(tiff.pages) == 1
        assert tags[34665].value["ExposureTime"] == (1, 50)
        assert tags[34665].value["ISOSpeedRatings"] == 400
        assert tags[34853].value["GPSLatitudeRef"] == "N"
        assert tags[50708].value == "Böse & Söhne K-1"
        assert (tags[51044].value, tags[51043].value) == ((24000, 1001), bytes(range(8)))


def test_compression_earns_its_time(tmp_path):
    y, x = np.mgrid[0:128, 0:256]
    smooth = (2000 + 8 * x + 5 * y + 900 * ((x % 2) ^ (y % 2)) + maker.noise(128, 256, 5)).astype(np.uint16)
    shot = RawFrame(smooth, replace(SENSOR, width=256, height=128, white=16383))
    packed, plain = (write_dng(tmp_path / "a.dng", shot, compress=c) for c in (True, False))
    assert packed < 0.45 * plain


@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch, where):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    if where == "write":
        monkeypatch.setattr("builtins.open", lambda *args: full())
    else:
        monkeypatch.setattr(os, where, full)
    with pytest.raises(OutputError, match=r"a\.dng.*the disk is full.*free some space"):
        write_dng(tmp_path / "a.dng", frame())
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.dng"
    write_dng(path, frame())
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_dng(path, replace(frame(), mosaic=frame().mosaic * 0))
    assert_same(read_frame(path), frame())
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(OutputError, match=r"does not exist.*create it first"):
        write_dng(tmp_path / "nowhere" / "a.dng", frame())

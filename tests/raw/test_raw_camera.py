"""Camera RAW through LibRaw, tried on DNG files that LibRaw reads as well."""

import numpy as np
import pytest
import raw_maker as maker

from vidisp.errors import InputError
from vidisp.raw import CFA_PATTERNS
from vidisp.raw.camera import Described, describe, read_camera
from vidisp.raw.colour import SRGB_MATRIX
from vidisp.raw.tiff import TiffFile

BYTE, ASCII, SHORT, LONG, RATIONAL = 1, 2, 3, 4, 5


def camera_frame(path):
    return read_camera(path, 3, Described("Make", "Model"))


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_a_frame_through_libraw(tmp_path, cfa):
    mosaic = maker.noise(40, 64)
    levels = {"t50713": (SHORT, (2, 2)), "t50714": (SHORT, (60, 61, 61, 63)), "t50717": (LONG, 4000)}
    frame = camera_frame(maker.make_dng(tmp_path / "a.dng", mosaic, cfa=cfa, t274=(SHORT, 8), **levels))
    np.testing.assert_array_equal(frame.mosaic, mosaic)
    sensor = frame.sensor
    assert (sensor.cfa, sensor.white, sensor.black, sensor.orientation) == (cfa, 4000, (60, 61, 61, 63), 8)
    assert (sensor.make, sensor.model, frame.number, frame.name) == ("Make", "Model", 3, "a.dng")
    np.testing.assert_allclose(sensor.neutral, (0.5, 1, 0.6), rtol=1e-5)
    assert sensor.color_matrix == SRGB_MATRIX, "LibRaw has matrices for the cameras in its own table only"


def test_without_a_white_balance_daylight_is_taken(tmp_path, caplog):
    frame = camera_frame(maker.make_dng(tmp_path / "a.dng", maker.noise(40, 64), t50728=None))
    white = np.array(maker.MATRIX).reshape(3, 3) @ (0.9505, 1, 1.089)
    np.testing.assert_allclose(frame.sensor.neutral, white / white[1], rtol=0.02)
    assert "daylight taken" in caplog.text


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("GBGGRGRGRBGBGBGGRGGRGGBGBGBRGRGRGGBG", "X-Trans|no mosaic"), ("CYMG", "CMY|no mosaic")],
)
def test_other_sensors_are_refused(tmp_path, pattern, says):
    side = 6 if len(pattern) == 36 else 2
    planes = sorted({maker.COLORS[c] for c in pattern})
    extra = {
        "t33421": (SHORT, (side, side)),
        "t33422": (BYTE, bytes(maker.COLORS[c] for c in pattern)),
        "t50710": (BYTE, bytes(planes)),
    }
    path = maker.make_dng(tmp_path / "a.dng", maker.noise(48, 48), **extra)
    with pytest.raises(InputError, match=says):
        camera_frame(path)


def test_linear_data_is_refused(tmp_path):
    path = maker.make_dng(tmp_path / "a.dng", maker.noise(48, 48 * 3), t262=(SHORT, 34892), t277=(SHORT, 3))
    with pytest.raises(InputError):
        camera_frame(path)


def test_what_tiff_at_heart_tells(tmp_path):
    builder = maker.Builder(">")
    exif = builder.ifd({33434: (RATIONAL, (1, 60)), 37500: (7, b"secret stuff"), 34855: (SHORT, 200)})
    main = {256: (LONG, 10), 271: (ASCII, "NIKON"), 272: (ASCII, "D70"), 305: (ASCII, "v1"), 37000: (7, b"\0")}
    main |= {50706: (BYTE, bytes(4)), 50752: (SHORT, (1, 2, 3)), 34665: (LONG, exif)}
    with TiffFile(builder.save(tmp_path / "a.nef", builder.ifd(main))) as file:
        found = describe(file)
    assert (found.make, found.model) == ("NIKON", "D70")
    assert [(tag.ifd, tag.code) for tag in found.tags] == [("main", 305), ("exif", 33434), ("exif", 37500)]


def test_files_that_are_no_tiff_tell_nothing(tmp_path):
    (tmp_path / "a.crw").write_bytes(b"II\x1a\0" + bytes(100))
    with TiffFile(tmp_path / "a.crw") as file:
        assert describe(file) == Described()

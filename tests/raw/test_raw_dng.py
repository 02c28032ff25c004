"""Reading DNG: every way samples are stored, every Bayer pattern, odd sizes, both byte orders."""

from fractions import Fraction

import imagecodecs
import numpy as np
import pytest
import raw_maker as maker
import rawpy
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.raw import CFA_PATTERNS, read_frame

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 10, 12


def jpeg(components, rows=1, bits=16):
    return {"compression": 7, "encode": lambda block: maker.lossless_jpeg(block, bits, components, rows)}


STORAGE = {
    "one plain strip": {},
    "plain strips": {"strip_rows": 7},
    "plain tiles": {"tile": (16, 32)},
    "big-endian strips": {"order": ">", "strip_rows": 7},
    "jpeg, 1 component": jpeg(1),
    "jpeg, 2 components": jpeg(2),
    "jpeg, 2 rows in one": jpeg(1, rows=2),
    "jpeg, 2 components and 2 rows in one": jpeg(2, rows=2),
    "jpeg tiles, 1 component": {**jpeg(1), "tile": (16, 32)},
    "jpeg tiles, 2 components": {**jpeg(2), "tile": (16, 32)},
    "jpeg strips": {**jpeg(2), "strip_rows": 8},
    "deflate": {"compression": 8, "encode": maker.deflate},
    "old deflate, tiles": {"compression": 32946, "encode": maker.deflate, "tile": (16, 16)},
    "deflate, predictor": {"compression": 8, "encode": lambda b: maker.deflate(b, 1), "t317": (SHORT, 2)},
    "deflate, predictor X2": {"compression": 8, "encode": lambda b: maker.deflate(b, 2), "t317": (SHORT, 34892)},
    "deflate, predictor X4": {"compression": 8, "encode": lambda b: maker.deflate(b, 4), "t317": (SHORT, 34893)},
}


@pytest.mark.parametrize("storage", STORAGE.values(), ids=STORAGE.keys())
def test_samples_come_back_exactly(tmp_path, storage):
    mosaic = maker.noise(34, 52, bits=16)
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", mosaic, **storage))
    np.testing.assert_array_equal(frame.mosaic, mosaic)
    assert frame.mosaic.dtype == np.uint16
    assert frame.mosaic.flags.c_contiguous


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("order", ["<", ">"])
def test_packed_samples(tmp_path, bits, order):
    mosaic = maker.noise(9, 13, bits=bits)
    path = maker.make_dng(tmp_path / "a.dng", mosaic, bits=bits, order=order, strip_rows=4)
    frame = read_frame(path)
    np.testing.assert_array_equal(frame.mosaic, mosaic)
    np.testing.assert_array_equal(tifffile.imread(path), mosaic)
    assert frame.sensor.white == (1 << bits) - 1


@settings(deadline=None, max_examples=40)
@given(
    cfa=st.sampled_from(CFA_PATTERNS),
    height=st.integers(2, 21),
    width=st.integers(2, 21),
    bits=st.sampled_from([10, 12, 14, 16]),
    order=st.sampled_from("<>"),
    data=st.data(),
)
def test_area_pattern_and_depth_in_any_combination(tmp_path_factory, cfa, height, width, bits, order, data):
    mosaic = maker.noise(height, width, bits)
    top, left = data.draw(st.integers(0, height - 2)), data.draw(st.integers(0, width - 2))
    bottom, right = data.draw(st.integers(top + 2, height)), data.draw(st.integers(left + 2, width))
    path = tmp_path_factory.mktemp("dng") / "a.dng"
    area = (LONG, (top, left, bottom, right))
    frame = read_frame(maker.make_dng(path, mosaic, bits=bits, order=order, cfa=cfa, t50829=area))
    np.testing.assert_array_equal(frame.mosaic, mosaic[top:bottom, left:right])
    assert frame.sensor.cfa == cfa, "the pattern counts from the active area's corner"
    assert (frame.sensor.height, frame.sensor.width) == frame.mosaic.shape


@pytest.mark.parametrize(("top", "left"), [(0, 0), (1, 0), (0, 1), (3, 5)])
def test_libraw_agrees_where_the_pattern_starts(tmp_path, top, left):
    mosaic = maker.noise(40, 60)
    path = maker.make_dng(tmp_path / "a.dng", mosaic, cfa="GRBG", t50829=(LONG, (top, left, 40, 60)))
    frame = read_frame(path)
    with rawpy.imread(str(path)) as raw:
        # LibRaw rounds the area's corner to whole quads of its own.
        y, x = raw.sizes.top_margin - top, raw.sizes.left_margin - left
        colours = raw.raw_colors_visible[:2, :2]
        names = [["RGBG"[i] for i in row] for row in colours]
        np.testing.assert_array_equal(raw.raw_image_visible[:20, :20], frame.mosaic[y : y + 20, x : x + 20])
    ours = np.array(list(frame.sensor.cfa)).reshape(2, 2)
    assert [[ours[(y + r) % 2, (x + c) % 2] for c in (0, 1)] for r in (0, 1)] == names


def test_an_area_outside_the_picture_is_taken_as_far_as_it_fits(tmp_path, caplog):
    mosaic = maker.noise(10, 12)
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", mosaic, t50829=(LONG, (2, 2, 999, 999))))
    np.testing.assert_array_equal(frame.mosaic, mosaic[2:, 2:])
    frame = read_frame(maker.make_dng(tmp_path / "b.dng", mosaic, t50829=(LONG, (99, 99, 999, 999))))
    assert frame.mosaic.shape == (10, 12)
    assert "active area" in caplog.text


def test_a_jpeg_larger_than_its_strip_is_cut(tmp_path):
    mosaic = maker.noise(10, 12)
    wide = lambda block: maker.lossless_jpeg(np.pad(block, ((0, 2), (0, 4))), 16)  # noqa: E731
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", mosaic, compression=7, encode=wide))
    np.testing.assert_array_equal(frame.mosaic, mosaic)


def test_interleaved_fields_are_put_in_order(tmp_path):
    mosaic = maker.noise(11, 13)
    rows = np.concatenate([mosaic[0::2], mosaic[1::2]])
    stored = np.concatenate([rows[:, 0::2], rows[:, 1::2]], axis=1)
    path = maker.make_dng(tmp_path / "a.dng", stored, t50975=(SHORT, 2), t52547=(SHORT, 2))
    np.testing.assert_array_equal(read_frame(path).mosaic, mosaic)


def test_jpeg_xl_is_read_where_it_is_lossless_gray(tmp_path):
    mosaic = maker.noise(32, 48)
    encode = lambda block: bytes(imagecodecs.jpegxl_encode(block, lossless=True))  # noqa: E731
    path = maker.make_dng(tmp_path / "a.dng", mosaic, compression=52546, encode=encode)
    np.testing.assert_array_equal(read_frame(path).mosaic, mosaic)


def test_linearisation_comes_before_levels(tmp_path):
    table = np.arange(256) ** 2 // 4
    mosaic = maker.noise(8, 8, bits=8)
    extra = {"t50712": (SHORT, table.tolist()), "t50717": None}
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", mosaic, bits=8, **extra))
    np.testing.assert_array_equal(frame.mosaic, table[mosaic])
    assert frame.sensor.white == table[-1], "without WhiteLevel the table's end saturates"


def test_values_beyond_a_linearisation_table_take_its_end(tmp_path):
    mosaic = maker.noise(8, 8, bits=10)
    path = maker.make_dng(tmp_path / "a.dng", mosaic, bits=10, t50712=(SHORT, list(range(0, 1000, 2))))
    np.testing.assert_array_equal(read_frame(path).mosaic, np.minimum(mosaic, 499) * 2)


def test_the_raw_image_is_found_below_a_preview(tmp_path):
    mosaic, builder = maker.noise(10, 12), maker.Builder()
    raw, small = maker.raw_tags(mosaic), maker.raw_tags(mosaic[:4, :4])
    for tags, picture in ((raw, mosaic), (small, mosaic[:4, :4])):
        maker.store(builder, tags, picture, None, None, lambda block: maker.plain(block, 16))
    preview = {
        **{254: (LONG, 1), 256: (LONG, 4), 257: (LONG, 4), 262: (SHORT, 2), 50706: (BYTE, bytes((1, 4, 0, 0)))},
        **{271: (ASCII, "Maker"), 272: (ASCII, "Model"), 274: (SHORT, 6), 50728: raw.pop(50728)},
        330: (LONG, (builder.ifd(small), builder.ifd(raw))),
    }
    frame = read_frame(builder.save(tmp_path / "a.dng", builder.ifd(preview)))
    np.testing.assert_array_equal(frame.mosaic, mosaic)
    assert (frame.sensor.make, frame.sensor.model, frame.sensor.orientation) == ("Maker", "Model", 6)
    assert frame.sensor.neutral == (0.5, 1.0, 0.6)


def test_what_a_clip_needs_to_know(tmp_path):
    builder, mosaic = maker.Builder(">"), maker.noise(8, 10)
    tags = maker.raw_tags(mosaic, t51043=(BYTE, bytes(range(8))), t51044=(SRATIONAL, (24000, 1001)))
    tags |= {51041: (DOUBLE, (1e-4, 1e-6, 2e-4, 2e-6, 3e-4, 3e-6))}
    maker.store(builder, tags, mosaic, None, None, lambda block: maker.plain(block, 16, ">"))
    tags[34665] = (LONG, builder.ifd({34855: (SHORT, 800)}))
    frame = read_frame(builder.save(tmp_path / "shot_0042.dng", builder.ifd(tags)))
    assert (frame.number, frame.name, frame.fps) == (42, "shot_0042.dng", Fraction(24000, 1001))
    assert (frame.timecode, frame.sensor.iso, frame.sensor.noise) == (bytes(range(8)), 800, (2e-4, 2e-6))


@pytest.mark.parametrize("pair", [(0, 1), (24, 0), (-24, 1)])
def test_a_frame_rate_that_is_none_is_left_out(tmp_path, pair):
    path = maker.make_dng(tmp_path / "a.dng", maker.noise(4, 4), t51044=(SRATIONAL, pair))
    assert read_frame(path).fps is None


def test_a_tiff_named_otherwise_is_a_dng_by_its_version(tmp_path):
    mosaic = maker.noise(8, 10)
    np.testing.assert_array_equal(read_frame(maker.make_dng(tmp_path / "a.tif", mosaic)).mosaic, mosaic)


def test_a_lone_mosaic_counts_whatever_it_is_marked_as(tmp_path):
    mosaic = maker.noise(8, 10)
    path = maker.make_dng(tmp_path / "a.dng", mosaic, t254=(LONG, 1))
    np.testing.assert_array_equal(read_frame(path).mosaic, mosaic)

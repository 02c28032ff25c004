from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from vidisp.isp import Look
from vidisp.metrics.raw_pairs import RawPairs
from vidisp.raw import RawFrame, Sensor, write_dng
from vidisp.reporting.developed import developed, spread, upright
from vidisp.reporting.histogram import BINS, HIGH, LOW, counts, histograms

MATRIX = (0.7, -0.15, -0.07, -0.45, 1.25, 0.2, -0.09, 0.22, 0.55)
NEUTRAL = (0.5, 1.0, 0.6)
LOOK = Look((2.0, 1.0, 1 / 0.6), (1.0, 0, 0, 0, 1, 0, 0, 0, 1))


def frame(cfa="RGGB", width=64, height=48, light=0.18, **sensor):
    """Grey of this light, its right half twice as bright."""
    camera = Sensor(width, height, cfa, (512.0,) * 4, 16383, NEUTRAL, MATRIX, **sensor)
    y, x = np.mgrid[:height, :width]
    response = np.array([NEUTRAL["RGB".index(c)] for c in cfa])[2 * (y % 2) + x % 2]
    linear = light * np.where(x < width // 2, 1, 2) * response
    return RawFrame(np.rint(512 + linear * (16383 - 512)).astype(np.uint16), camera)


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_grey_is_grey_and_nothing_is_mirrored(cfa, width, height):
    grey = frame(cfa, width, height)
    shown = developed(grey.mosaic, grey.sensor, LOOK)
    assert shown.shape == (height, width, 3)
    assert shown.dtype == np.uint8
    dark, bright = shown[:, 2:28], shown[:, 36:60]
    assert np.ptp(dark[4:-4].astype(int), axis=-1).max() <= 1
    assert 85 < dark.mean() < 110  # 18 % grey goes to 0.37 on the tone curve
    assert bright.mean() > dark.mean() + 30


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_as_pillow_reads_it(orientation):
    image = np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    tagged = Image.fromarray(image)
    tagged.info["exif"] = exif.tobytes()
    np.testing.assert_array_equal(upright(image, orientation), np.asarray(ImageOps.exif_transpose(tagged)))


def test_developed_frames_are_upright_and_may_be_floats():
    turned, straight = frame(orientation=6), frame()
    shown = developed(turned.mosaic, turned.sensor, LOOK)
    assert shown.shape == (64, 48, 3)
    np.testing.assert_array_equal(shown, upright(developed(straight.mosaic, straight.sensor, LOOK), 6))
    np.testing.assert_array_equal(shown, developed(turned.mosaic.astype(np.float64), turned.sensor, LOOK))


def test_spread_takes_both_ends():
    assert spread(100, 3) == [0, 50, 99] or spread(100, 3) == [0, 49, 99]
    assert spread(2, 8) == [0, 1]
    assert spread(1, 8) == [0]


@pytest.mark.parametrize("cfa", ["RGGB", "BGGR", "GRBG"])
def test_every_sample_counts_once_in_the_bin_of_its_root(cfa):
    grey = frame(cfa, light=0.16)
    found = counts(grey.mosaic, grey.sensor)
    assert found.sum(1).tolist() == [768, 1536, 768]
    for share, response in zip(found, NEUTRAL, strict=True):
        bins = [int((np.sqrt(light * response) - LOW) / (HIGH - LOW) * BINS) for light in (0.16, 0.32)]
        assert np.flatnonzero(share).tolist() == pytest.approx(bins, abs=1)


def test_histograms_of_equal_clips_have_all_in_common(make_clip):
    red, green, blue = histograms(RawPairs.open(make_clip(2), make_clip(2, name="other")))
    assert (red.colour, green.colour, blue.colour) == ("red", "green", "blue")
    assert red.overlap == pytest.approx(1)
    assert red.original.startswith(red.recovered)
    assert [tick.text for tick in red.ticks] == ["0", "1", "5", "10", "25", "50", "100"]


def test_histograms_of_shifted_levels_part(tmp_path):
    for name, level in (("a", 0.16), ("b", 0.25)):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "f_0001.npy", frame(light=level).mosaic)
    write_dng(tmp_path / "f_0001.dng", frame(light=0.16))
    (near,) = {h.overlap for h in histograms(RawPairs.open(tmp_path / "f_0001.dng", tmp_path / "a" / "f_0001.npy"))}
    far = histograms(RawPairs.open(tmp_path / "f_0001.dng", tmp_path / "b" / "f_0001.npy"))
    assert near == 1
    assert max(h.overlap for h in far) == 0

"""Which colour matrix, which white."""

from pathlib import Path

import numpy as np
import pytest
import raw_maker as maker

from vidisp.raw import read_frame
from vidisp.raw.colour import plausible_neutral

SHORT, RATIONAL, SRATIONAL = 3, 5, 10
OTHER = tuple(v + 0.1 * (i % 4 == 0) for i, v in enumerate(maker.MATRIX))


def rationals(values, dtype=SRATIONAL):
    return dtype, [n for v in values for n in (round(v * 10000), 10000)]


def sensor(tmp_path, **extra):
    return read_frame(maker.make_dng(tmp_path / "a.dng", maker.noise(4, 4), **extra)).sensor


@pytest.mark.parametrize(("first", "second", "taken"), [(17, 21, 1), (21, 17, 0), (17, 23, 1), (20, 22, 1), (0, 0, 1)])
def test_the_matrix_nearest_d65_is_taken(tmp_path, first, second, taken):
    extra = {"t50722": rationals(OTHER), "t50778": (SHORT, first), "t50779": (SHORT, second)}
    got = sensor(tmp_path, **extra)
    np.testing.assert_allclose(got.color_matrix, (maker.MATRIX, OTHER)[taken], atol=1e-9)
    assert got.illuminant == ((first, second)[taken] or 21)


def test_a_single_matrix_without_illuminant_counts_as_d65(tmp_path):
    assert sensor(tmp_path, t50778=None).illuminant == 21


def test_analog_balance_and_calibration_are_multiplied_in(tmp_path):
    calibration = (1.1, 0, 0, 0, 1, 0, 0, 0, 0.9)
    extra = {"t50727": rationals((0.5, 1, 2), RATIONAL), "t50723": rationals(calibration)}
    want = np.array(maker.MATRIX).reshape(3, 3) * np.array([[0.5 * 1.1], [1], [2 * 0.9]])
    np.testing.assert_allclose(sensor(tmp_path, **extra).color_matrix, want.ravel(), atol=1e-9)
    foreign = {**extra, "t50931": (2, "somebody")}
    want = np.array(maker.MATRIX).reshape(3, 3) * np.array([[0.5], [1], [2]])
    np.testing.assert_allclose(sensor(tmp_path, **foreign).color_matrix, want.ravel(), atol=1e-9)


def test_without_a_matrix_the_camera_sees_srgb(tmp_path, caplog):
    got = sensor(tmp_path, t50721=None)
    np.testing.assert_allclose(np.array(got.color_matrix).reshape(3, 3) @ (0.9505, 1, 1.089), (1, 1, 1), atol=2e-3)
    assert "no usable colour matrix" in caplog.text


def test_white_from_xy_and_from_nothing(tmp_path):
    xy = {"t50728": None, "t50729": (RATIONAL, (3127, 10000, 3290, 10000))}
    white = np.array(maker.MATRIX).reshape(3, 3) @ (0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290)
    np.testing.assert_allclose(sensor(tmp_path, **xy).neutral, white / white[1], atol=1e-6)
    np.testing.assert_allclose(sensor(tmp_path, t50728=None).neutral, white / white[1], atol=1e-6)


@pytest.mark.parametrize("neutral", [(0.5, 1, 0.6), (1, 2.477, 1.462), (0.68, 1, 0.39), (1, 1, 1), (1.05, 1, 1.3)])
def test_a_plausible_neutral_stays(tmp_path, neutral, caplog):
    got = sensor(tmp_path, t50728=rationals(neutral, RATIONAL)).neutral
    np.testing.assert_allclose(got, np.array(neutral) / neutral[1], atol=1e-9)
    assert not caplog.records


def test_gains_written_as_neutral_are_turned_over(tmp_path, caplog):
    got = sensor(tmp_path, t50728=rationals((2.1, 1, 1.6), RATIONAL)).neutral
    np.testing.assert_allclose(got, (1 / 2.1, 1, 1 / 1.6), atol=1e-6)
    assert "reciprocal" in caplog.text
    assert "a.dng" in caplog.text


def test_a_camera_that_does_see_more_red_and_blue_keeps_its_neutral():
    matrix = tuple((np.diag((4, 1, 3)) @ np.array(maker.MATRIX).reshape(3, 3)).ravel())
    neutral = (2.2, 1.0, 2.4)
    assert plausible_neutral(neutral, matrix, Path("a.dng")) == neutral


@pytest.mark.parametrize("bad", [(0, 1, 1), (1, 0, 1)])
def test_a_neutral_with_zeros_falls_back_to_d65(tmp_path, bad):
    assert sensor(tmp_path, t50728=rationals(bad, RATIONAL)) == sensor(tmp_path, t50728=None)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motion import Motion, bin_quads, crops, expose, moved_mosaics, remosaic, sample, warps

from vidisp.errors import UsageError
from vidisp.raw.frame import CFA_PATTERNS, RawFrame, Sensor

SMALL = Motion("crop", (1e-4, 3e-8), frames=5, width=64, height=48, seed=3)


def scene(height: int = 400, width: int = 420) -> RawFrame:
    sensor = Sensor(width, height, "RGGB", (60.0, 61.0, 62.0, 63.0), 4000, (0.5, 1, 0.6), (1.0,) * 9)
    yy, xx = np.mgrid[:height, :width]
    signal = 900 + 700 * np.sin(yy / 9) * np.cos(xx / 7) + 400 * ((yy + xx) % 2)
    return RawFrame(signal.astype(np.uint16), sensor)


@pytest.mark.parametrize("kind", ["crop", "warp"])
def test_a_clip_is_as_asked_and_repeats_with_its_seed(kind: Any) -> None:
    motion = replace(SMALL, kind=kind)
    first, again = (list(moved_mosaics(scene(), motion)) for _ in range(2))
    other = list(moved_mosaics(scene(), replace(motion, seed=4)))
    assert len(first) == 5
    assert all(m.shape == (48, 64) and m.dtype == np.uint16 for m in first)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[0], first[1])


def test_crops_start_on_the_same_colour_and_move() -> None:
    rows, columns = np.mgrid[:400, :420]
    windows = list(crops(rows * 1000 + columns, replace(SMALL, frames=48), np.random.default_rng(0)))
    corners = np.array([divmod(int(w[0, 0]), 1000) for w in windows])
    assert (corners % 2 == 0).all()
    assert (np.abs(np.diff(corners, axis=0)) <= 8).all()
    assert np.ptp(corners, axis=0).min() > 40


@settings(deadline=None, max_examples=12)
@given(st.sampled_from(CFA_PATTERNS), st.tuples(*[st.floats(0.05, 0.9)] * 3))
def test_a_flat_colour_stays_that_colour_when_warped(cfa: Any, colour: tuple[float, float, float]) -> None:
    def flat(height: int, width: int) -> np.ndarray:
        return remosaic(np.broadcast_to(np.array(colour)[:, None, None], (3, height, width)), cfa)

    motion = replace(SMALL, kind="warp", frames=3)
    for mosaic in warps(flat(300, 320), cfa, motion, np.random.default_rng(1)):
        np.testing.assert_allclose(mosaic, flat(48, 64), atol=1e-9)


def test_binning_averages_greens_and_drops_an_odd_edge() -> None:
    mosaic = np.arange(15.0).reshape(3, 5)  # rows 0..4, 5..9, 10..14
    red, green, blue = bin_quads(mosaic, "GRBG")
    assert red.tolist() == [[1, 3]]
    assert green.tolist() == [[(0 + 6) / 2, (2 + 8) / 2]]
    assert blue.tolist() == [[5, 7]]


def test_sampling_on_the_grid_returns_the_samples() -> None:
    picture = np.random.default_rng(0).random((3, 8, 9))
    at = np.stack(np.mgrid[:8, :9], axis=-1) + 0.5
    np.testing.assert_allclose(sample(picture, at), picture, atol=1e-12)


def test_fresh_noise_has_the_variance_of_its_profile() -> None:
    sensor = replace(scene().sensor, width=500, height=500, black=(0.0,) * 4, white=65535)
    mosaic = expose(np.full((500, 500), 0.25), sensor, (4e-4, 1e-5), np.random.default_rng(0))
    assert np.var(mosaic / 65535) == pytest.approx(4e-4 * 0.25 + 1e-5, rel=0.03)
    assert np.mean(mosaic / 65535) == pytest.approx(0.25, abs=1e-4)


def test_gain_saturates_at_white_and_black_levels_are_kept() -> None:
    bright = next(moved_mosaics(scene(), replace(SMALL, gain=4.0)))
    assert (bright == 4000).mean() > 0.01
    sensor = replace(scene().sensor, width=4, height=4)
    dark = expose(np.zeros((4, 4)), sensor, (0, 0), np.random.default_rng(0))
    assert dark[:2, :2].tolist() == [[60, 61], [62, 63]]


@pytest.mark.parametrize("kind", ["crop", "warp"])
def test_a_source_that_is_too_small_is_refused(kind: Any) -> None:
    with pytest.raises(UsageError, match="window"):
        next(moved_mosaics(scene(120, 130), replace(SMALL, kind=kind, width=200, height=160)))

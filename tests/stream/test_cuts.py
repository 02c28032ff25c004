"""A cut is told from noise, motion and a change of exposure."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.conftest import frames, sensor
from vidisp.isp import choose_look
from vidisp.raw import RawFrame
from vidisp.stream.cuts import is_cut, thumbnail

RNG = np.random.default_rng(3)
WIDTH, HEIGHT = 320, 180


def textured(seed: int) -> np.ndarray:
    """Large patches of light, as scenes have, (2 * HEIGHT, 2 * WIDTH)."""
    rng = np.random.default_rng(seed)
    small = rng.random((9, 16)) ** 2
    return np.kron(small, np.ones((2 * HEIGHT // 9, 2 * WIDTH // 16)))


def frame(light: np.ndarray, shift: tuple[int, int] = (0, 0), noise: float = 0.0, gain: float = 1.0) -> RawFrame:
    dy, dx = shift
    part = light[dy : dy + HEIGHT, dx : dx + WIDTH] * gain * 0.6
    part = part + RNG.normal(size=part.shape) * noise
    mosaic = np.clip(np.rint(512 + part * 15871), 0, 16383).astype(np.uint16)
    known = dataclasses.replace(sensor(WIDTH, HEIGHT), noise=(1e-5, noise**2))
    return dataclasses.replace(frames(1)[0], mosaic=mosaic, sensor=known)


def cut(before: RawFrame, after: RawFrame) -> bool:
    look = choose_look([before])
    return is_cut(thumbnail(before, look), thumbnail(after, look))


@pytest.mark.parametrize("seed", range(8))
def test_another_scene_is_a_cut(seed):
    assert cut(frame(textured(seed), noise=0.01), frame(textured(seed + 100), noise=0.01))


@pytest.mark.parametrize("shift", [(0, 0), (2, 0), (0, 12), (10, 20), (0, 30)])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_motion_and_noise_are_none(shift, noise):
    light = textured(1)
    assert not cut(frame(light, noise=noise), frame(light, shift, noise))


@pytest.mark.parametrize("gain", [0.8, 1.25])
def test_a_little_more_light_is_none(gain):
    assert not cut(frame(textured(2)), frame(textured(2), gain=gain))


@pytest.mark.parametrize("level", [0.0, 0.02, 0.5])
def test_noise_on_a_flat_picture_is_none(level):
    flat = np.full((2 * HEIGHT, 2 * WIDTH), level)
    assert not cut(frame(flat, noise=0.05), frame(flat, noise=0.05))


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_only_green_counts(cfa):
    before = frames(1, width=66, height=34, cfa=cfa)[0]
    look = choose_look([before])
    mosaic = before.mosaic.copy()
    for i, letter in enumerate(cfa):
        if letter != "G":
            mosaic[i // 2 :: 2, i % 2 :: 2] = 0
    assert np.array_equal(thumbnail(before, look), thumbnail(dataclasses.replace(before, mosaic=mosaic), look))


def test_tiny_pictures_have_thumbnails():
    small = frames(1, width=64, height=48)[0]
    small = dataclasses.replace(small, mosaic=small.mosaic[:6, :4], sensor=sensor(4, 6))
    assert not cut(small, small)

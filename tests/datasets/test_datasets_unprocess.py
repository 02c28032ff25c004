from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from unprocess import MATRICES, halve, linear_light, random_camera, rggb_quads, unprocess

from vidisp.isp import LiftISP
from vidisp.isp.choose import choose_look
from vidisp.isp.colour import camera_to_bt709
from vidisp.isp.look import Look
from vidisp.isp.mosaic import quads_to_mosaic
from vidisp.raw.frame import RawFrame, Sensor


@dataclass(frozen=True)
class Rendered:
    """What vidisp makes of unprocessed quads: R'G'B' per quad, (3, h, w) in 0..255."""

    look: Look
    picture: np.ndarray


def rendered(quads: np.ndarray, seed: int, exposure: Any = 0.0) -> Rendered:
    """Through a 16-bit mosaic, `choose_look` and the lifting ISP, as a clip of that camera would be."""
    camera, planes = random_camera(seed), torch.from_numpy(quads).float()[None]
    height, width = 2 * quads.shape[-2], 2 * quads.shape[-1]
    mosaic = quads_to_mosaic(planes, "RGGB", (4000,) * 4, 64000, height, width)[0].numpy()
    sensor = Sensor(width, height, "RGGB", (4000,) * 4, 64000, camera.neutral, camera.color_matrix, camera.illuminant)
    look = choose_look([RawFrame(mosaic, sensor)], exposure=exposure)
    codes = LiftISP(look).forward(planes)[0].numpy()
    y, u, v = (codes[:4].mean(0) - 16) / 219, (codes[4] - 128) / 224, (codes[5] - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    return Rendered(look, 255 * np.stack([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue]))


def smooth_picture() -> np.ndarray:
    """(120, 160, 3) uint8: hues and shades that change slowly, dark to bright, none of them near saturation."""
    yy, xx = np.mgrid[:120, :160]
    waves = [130 + 60 * np.sin(yy / 23 + phase) + 40 * np.cos(xx / 31 + 2 * phase) for phase in (0.0, 1.0, 2.5)]
    return np.clip(np.stack(waves, axis=-1), 20, 215).astype(np.uint8)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_rendering_gives_the_picture_back(seed: int) -> None:
    picture = smooth_picture()
    source = picture.reshape(60, 2, 80, 2, 3).mean((1, 3)).transpose(2, 0, 1)
    error = np.abs(rendered(unprocess(linear_light(picture), random_camera(seed)), seed).picture - source)
    assert error.mean() < 0.5  # of 255
    assert np.quantile(error, 0.99) < 3


def test_colours_come_back_only_with_the_camera_they_were_made_for() -> None:
    picture = smooth_picture()
    source = picture.reshape(60, 2, 80, 2, 3).mean((1, 3)).transpose(2, 0, 1)
    other = rendered(unprocess(linear_light(picture), random_camera(1)), 2).picture
    assert np.abs(other - source).mean() > 10


def test_the_automatic_exposure_finds_a_picture_well_exposed() -> None:
    quads = unprocess(linear_light(smooth_picture()), random_camera(1))
    fixed, auto = (rendered(quads, 1, exposure).look for exposure in (0.0, "auto"))
    assert auto.matrix == fixed.matrix
    assert 1 <= auto.exposure < 1.6


def test_white_saturates_every_channel_and_grey_is_the_neutral() -> None:
    camera = random_camera(5)
    white = unprocess(np.ones((3, 4, 4)), camera)
    np.testing.assert_allclose(white, 1, atol=1e-6)
    red, _, blue = camera.neutral
    grey = unprocess(np.full((3, 4, 4), 0.5), camera)
    np.testing.assert_allclose(grey[:, 0, 0], [0.5 * red, 0.5, 0.5, 0.5 * blue], rtol=1e-6)


def test_brighter_grey_never_gets_darker() -> None:
    ramp = np.broadcast_to(np.repeat(np.linspace(0, 1, 200), 2), (3, 2, 400))
    quads = unprocess(ramp, random_camera(6))
    assert (np.diff(quads, axis=-1) >= 0).all()
    assert quads.min() >= 0
    assert quads.max() <= 1


def test_cameras_repeat_with_their_seed_and_are_all_usable() -> None:
    cameras = [random_camera(seed) for seed in range(100)]
    assert cameras[3] == random_camera(3) != cameras[4]
    for camera in cameras:
        gains = 1 / np.array(camera.neutral)
        Look(tuple(gains.tolist()), camera_to_bt709(camera.color_matrix, camera.illuminant))  # its own checks
        assert gains[1] == 1 < gains.max() < 3
    assert np.std([camera.neutral[0] for camera in cameras]) > 0.05
    assert np.std([camera.color_matrix for camera in cameras], axis=0).min() > 0.005


def test_every_matrix_belongs_to_a_camera() -> None:
    """A slip in a row would make white coloured beyond what any filter does, or turn a primary negative."""
    for matrix in MATRICES.values():
        response = np.linalg.inv(np.reshape(camera_to_bt709(matrix), (3, 3)))
        assert (response.argmax(axis=1) == [0, 1, 2]).all()
        white = np.reshape(matrix, (3, 3)) @ (0.9505, 1.0, 1.089)
        assert 1.1 < white[1] / white[0] < 3.2
        assert 1.0 < white[1] / white[2] < 2.5


def test_linear_light_is_monotone_from_black_to_white() -> None:
    ramp = linear_light(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2))
    assert ramp.shape == (3, 1, 256)
    assert ramp[0, 0, 0] == 0
    assert ramp[0, 0, 255] == pytest.approx(1, abs=1e-6)
    assert (np.diff(ramp[0, 0]) > 0).all()


def test_halving_is_the_mean_and_drops_odd_edges() -> None:
    assert halve(np.arange(15.0).reshape(1, 3, 5)).tolist() == [[[3, 5]]]


def test_the_filter_lets_each_site_see_its_colour() -> None:
    picture = np.arange(3 * 3 * 5).reshape(3, 3, 5)
    quads = rggb_quads(picture)
    assert quads[:, 0].tolist() == [[0, 2], [16, 18], [20, 22], [36, 38]]

"""The sensor's noise: stated, or measured; and the scores of two shots foretold and simulated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import sensor
from vidisp.metrics import mosaic_errors
from vidisp.metrics.noise import NoiseFloor, measured_profile, site_variances
from vidisp.raw import RawFrame, Sensor

PROFILE = (4e-4, 2e-6)


def clean(height: int = 480, width: int = 640) -> np.ndarray:
    """Linear, with flat steps, slopes, waves and hard edges; the top is saturated."""
    y, x = np.mgrid[:height, :width]
    light = 0.02 + 0.5 * (x // 80) / 8 + 0.03 * np.sin(x / 3) * (y > 240) + 0.1 * y / height
    light[:64] = 1.2
    return light


def shot(seed: int, profile: tuple[float, float] = PROFILE, stated: bool = True) -> RawFrame:
    light = clean()
    noise = np.random.default_rng(seed).normal(size=light.shape) * np.sqrt(profile[0] * light + profile[1])
    camera = replace(sensor(light.shape[1], light.shape[0]), noise=profile if stated else None)
    return RawFrame(codes(light + noise, camera), camera, seed)


def codes(linear: np.ndarray, camera: Sensor) -> np.ndarray:
    return np.rint(512 + linear * (camera.white - 512)).clip(0, camera.white).astype(np.uint16)


@pytest.mark.parametrize("profile", [(4e-4, 2e-6), (1e-3, 0.0), (1e-5, 3e-5)])
def test_the_measured_profile_is_the_true_one(profile: tuple[float, float]) -> None:
    frame = shot(0, profile)
    linear = (frame.mosaic - 512) / (frame.sensor.white - 512)
    found, true = (site_variances(linear, p).mean() for p in (measured_profile(linear), profile))
    assert found == pytest.approx(true, rel=0.15)


def test_saturated_samples_have_no_noise() -> None:
    assert site_variances(np.full((4, 4), 1.0), PROFILE).tolist() == [0] * 4
    assert site_variances(np.full((4, 4), 0.5), PROFILE) == pytest.approx([0.5 * 4e-4 + 2e-6] * 4)


@pytest.mark.parametrize("stated", [True, False])
def test_two_shots_score_what_was_foretold(stated: bool) -> None:
    floor = NoiseFloor("RGGB")
    floor.add(shot(1, stated=stated))
    frames = [shot(seed) for seed in (1, 2, 3, 4)]
    found = mosaic_errors(frames[0], frames[1].mosaic).psnr_bayer
    assert floor.summary()["raw_psnr"] == pytest.approx(found, abs=0.1 if stated else 0.6)
    a, b, c, d = (frame.mosaic.astype(float) for frame in frames)
    changes = np.square(((b - a) - (d - c)) / (16383 - 512)).mean()
    assert floor.summary()["raw_tpsnr"] == pytest.approx(-10 * np.log10(changes), abs=0.1 if stated else 0.6)
    assert bool(floor.note) != stated

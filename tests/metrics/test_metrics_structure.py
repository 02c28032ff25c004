from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import torch

from tests.metrics.metrics_kit import texture
from vidisp.metrics.structure import ms_ssim, similarity, ssim


def scales(a: np.ndarray, b: np.ndarray) -> list:
    return similarity(*(torch.from_numpy(image / 255).float() for image in (a, b)))


def noisy(image: np.ndarray, by: float) -> np.ndarray:
    return (image + np.random.default_rng(3).normal(0, by, image.shape)).round().clip(0, 255)


def test_ssim_of_flat_pictures_is_that_of_their_levels() -> None:
    a, b = np.full((20, 30), 51.0), np.full((20, 30), 102.0)
    assert ssim(scales(a, b)) == pytest.approx((2 * 0.2 * 0.4 + 1e-4) / (0.04 + 0.16 + 1e-4), rel=1e-3)
    assert ssim(scales(a, a)) == pytest.approx(1)


def test_ssim_of_a_negative_is_negative() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 40)).astype(float)
    assert ssim(scales(picture, 255 - picture)) < -0.5


def test_ms_ssim_of_equal_pictures_is_one_and_falls_with_noise() -> None:
    image = texture(height=192, width=200)
    values = [ms_ssim(scales(image, noisy(image, by))) for by in (0, 10, 30)]
    assert values[0] == pytest.approx(1, abs=1e-4)
    assert values[0] > values[1] > values[2] > 0


def test_ms_ssim_needs_176_samples_a_side() -> None:
    assert ms_ssim(scales(*[texture(height=175, width=300)] * 2)) is None
    assert ms_ssim(scales(*[texture(height=176, width=300)] * 2)) is not None


def test_ssim_is_scikit_videos(skvideo_measure: ModuleType) -> None:
    image = texture(height=120, width=90).round()
    other = noisy(image, 12)
    theirs = skvideo_measure.ssim(image[None], other[None], scaleFix=False)[0]
    assert ssim(scales(image, other)) == pytest.approx(theirs, abs=2e-5)


def test_ms_ssim_is_scikit_videos_but_for_the_last_exponent(skvideo_measure: ModuleType) -> None:
    """scikit-video leaves out the exponent of the smallest size, which the paper's equation 7 has."""
    image = texture(height=192, width=256).round()
    other = noisy(image, 25)
    found = scales(image, other)
    last = found[-1][0]
    theirs = skvideo_measure.msssim(image[None], other[None])[0]
    assert ms_ssim(found) * last ** (1 - 0.1333) == pytest.approx(theirs, abs=2e-4)

from __future__ import annotations

import numpy as np
import pytest

from tests.metrics.metrics_kit import texture
from vidisp.metrics.cuts import CutFinder


def cuts(frames: list[np.ndarray]) -> list[int]:
    finder = CutFinder()
    return [i for i, frame in enumerate(frames) if finder.begins(frame.clip(0, 255).astype(np.uint8))]


def test_another_scene_is_a_cut() -> None:
    assert cuts([texture()] * 3 + [255 - texture(50, 80)[:, ::-1]] * 3) == [3]


def test_motion_is_none() -> None:
    assert cuts([texture(5 * i, 2 * i) for i in range(12)]) == []


@pytest.mark.parametrize("by", [5, 60, 100])
def test_flicker_is_none(by: float) -> None:
    assert cuts([0.5 * texture() + by * (i % 2) for i in range(6)]) == []
    assert cuts([np.full((96, 128), 60.0) + by * (i % 2) for i in range(6)]) == []


def test_a_fade_is_none() -> None:
    assert cuts([texture() * i / 20 for i in range(21)]) == []


def test_noise_in_the_dark_is_none() -> None:
    rng = np.random.default_rng(0)
    assert cuts([10 + rng.normal(0, 5, (360, 640)) for _ in range(6)]) == []


def test_a_title_that_ends_is_a_cut() -> None:
    assert cuts([np.zeros((96, 128))] * 2 + [texture()] * 2) == [2]

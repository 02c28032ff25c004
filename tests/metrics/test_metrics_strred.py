from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import torch

from tests.metrics.metrics_kit import measured, moving, texture
from vidisp.metrics.strred import band


def rough(count: int, seed: int = 0) -> list[np.ndarray]:
    """Detail of all sizes that moves, as in pictures: noise whose amplitude falls with frequency."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.fft2(rng.normal(size=(192, 256)))
    radius = np.hypot(np.fft.fftfreq(192)[:, None], np.fft.fftfreq(256))
    image = np.fft.ifft2(spectrum / (radius + 0.01)).real
    image = 125 + 40 * image / image.std()
    return [np.roll(image, (i, 3 * i), (0, 1)).clip(0, 255).round() for i in range(count)]


def worse(frames: list[np.ndarray], by: float) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [(frame + rng.normal(0, by, frame.shape)).clip(0, 255).round() for frame in frames]


def test_the_band_holds_horizontal_edges_of_its_size_and_no_others() -> None:
    y, x = np.mgrid[:256, :256]
    wave = 2 * np.pi / 32
    across, down = (band(torch.from_numpy(50 * np.sin(wave * axis)).float()) for axis in (x, y))
    fine = band(torch.from_numpy(50 * np.sin(8 * wave * y)).float())
    assert down.shape == (32, 32)
    assert down.std() > 100
    assert across[4:-4, 4:-4].abs().max() < 1
    assert fine[4:-4, 4:-4].abs().max() < 1


def test_equal_videos_lose_nothing() -> None:
    assert measured(rough(4), rough(4)).summary["st_rred"] == 0


def test_a_static_scene_has_no_information_in_time() -> None:
    """Both factors count, so a loss in space alone is none."""
    still = [texture()] * 4
    assert measured([frame + 1 for frame in still], still).summary["st_rred"] == pytest.approx(0, abs=1e-6)


def test_small_pictures_have_none() -> None:
    small = [frame[:90] for frame in moving(4)]
    assert measured(small, small).summary["st_rred"] is None


def test_the_curve_has_a_value_for_each_pair() -> None:
    curve = measured(worse(rough(5), 5), rough(5)).curves["st_rred"]
    assert [value is not None for value in curve] == [False, True, False, True, False]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_scores_are_on_scikit_videos_scale(skvideo_measure: ModuleType) -> None:
    frames = rough(4)
    ours, theirs = [], []
    for by in (4, 12, 36):
        bad = worse(frames, by)
        ours.append(measured(bad, frames).summary["st_rred"])
        theirs.append(skvideo_measure.strred(np.stack(frames), np.stack(bad))[1])
    assert ours == sorted(ours)
    assert ours == pytest.approx(theirs, rel=0.2)

from __future__ import annotations

import numpy as np
import pytest

from tests.metrics.metrics_kit import alternating, measured, moving, still, texture


def levels(values: list[float]) -> list[np.ndarray]:
    return [np.full((16, 16), 100 + value) for value in values]


def beat(values: list[float]) -> float | None:
    return measured(levels(values)).summary["even_odd_beat"]


def test_pure_beat_in_level_is_its_size() -> None:
    found = measured(alternating(still(9), 3))
    assert found.summary["even_odd_beat"] == pytest.approx(3, abs=1e-3)
    assert found.summary["even_odd_sharpness"] == pytest.approx(0, abs=1e-3)
    assert found.curves["even_odd_beat"] == [None, *[pytest.approx(3, abs=1e-3)] * 7, None]


def test_pure_beat_in_sharpness() -> None:
    soft = texture().mean() + 0.5 * (texture() - texture().mean())
    found = measured([soft if i % 2 else texture() for i in range(9)])
    sharp = np.abs(
        texture()[1:-1, 1:-1] - sum(np.roll(texture(), s, a)[1:-1, 1:-1] for s in (1, -1) for a in (0, 1)) / 4
    )
    assert found.summary["even_odd_sharpness"] == pytest.approx(sharp.mean() / 2, rel=1e-3)
    assert found.summary["even_odd_beat"] == pytest.approx(0, abs=1e-2)


def test_a_scene_that_changes_by_itself_is_taken_away_with_the_reference() -> None:
    rng = np.random.default_rng(2)
    scene = [frame + rng.normal(0, 4) for frame in moving(8)]
    found = measured(alternating(scene, 2), scene)
    assert found.summary["even_odd_beat"] == pytest.approx(2, abs=1e-2)
    assert found.reference_summary["even_odd_beat"] == 0


def test_a_drift_is_no_beat() -> None:
    assert beat([0, 1, 2, 3, 4, 5]) == pytest.approx(0, abs=1e-3)


def test_random_frames_hardly_beat() -> None:
    values = np.random.default_rng(5).normal(0, 2, 100)
    assert beat(list(values)) < 3 * 2 * 2 / np.sqrt(100)


def test_phases_of_different_shots_do_not_cancel() -> None:
    """The second shot begins with a bright frame where the first has dark ones."""
    other = [255 - texture(60, 90)[::-1]] * 6
    found = measured([*alternating(still(6), 4), *alternating(other, -4)])
    assert found.cuts == (6,)
    assert found.summary["even_odd_beat"] == pytest.approx(4, abs=0.01)


@pytest.mark.parametrize(("count", "known"), [(2, False), (3, True)])
def test_a_beat_needs_three_frames(count: int, known: bool) -> None:
    found = measured(alternating(still(count), 3))
    assert (found.summary["even_odd_beat"] is not None) == known
    assert len(found.curves["even_odd_beat"]) == count

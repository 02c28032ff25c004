"""A photo that was published is recovered by every later version as it was on the day of its release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vidisp

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", ["still-lift-1", "still-lift-444-1"])
def test_a_released_model_recovers_its_golden_photo(tmp_path, name):
    result = vidisp.recover(GOLDEN / f"{name}.jpg", tmp_path / "back.npy", format="npy")
    assert not result.photos[0].approximate
    found, expected = np.load(tmp_path / "back.npy"), np.load(GOLDEN / f"{name}.npz")["arr_0"]
    # Floats differ between machines in their last digits; a whole DN is where that may end.
    assert np.abs(found.astype(int) - expected).max() <= 1

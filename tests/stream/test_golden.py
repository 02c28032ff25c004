"""A video that was published is recovered by every later version as it was on the day of its release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vidisp
from vidisp.stream.models import model_ids

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("model_id", sorted(model_ids()))
def test_a_released_model_recovers_its_golden_file(tmp_path, model_id):
    vidisp.recover(GOLDEN / f"{model_id}.mp4", tmp_path / "back", format="npy")
    found = np.stack([np.load(path) for path in sorted((tmp_path / "back").iterdir())]).astype(int)
    expected = np.load(GOLDEN / f"{model_id}.npz")["arr_0"].astype(int)
    # Floats differ between machines in their last digits; a whole DN is where that may end.
    assert np.abs(found - expected).max() <= 1


def test_every_golden_file_has_its_model():
    assert {path.stem for path in GOLDEN.glob("*.mp4")} == set(model_ids())

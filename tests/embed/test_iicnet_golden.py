"""Every released network gives back what it always has."""

from __future__ import annotations

import numpy as np
import pytest
from embed_kit import load

from tests.embed.golden.make_golden import HERE, back
from vidisp.embed.conversion import TASKS
from vidisp.embed.iicnet import weights

_ROUNDING = 2
"""Codes by which machines may differ."""


@pytest.mark.parametrize("model_id", weights.released())
def test_the_golden_still_comes_back(model_id):
    (still,) = (path for path in HERE.glob(f"{model_id}.*") if not path.name.endswith(".back.png"))
    found, known = back(still).astype(int), load(HERE / f"{model_id}.back.png")
    assert np.abs(found - known).max() <= _ROUNDING


def test_every_network_that_is_promised_is_there():
    for task in TASKS:
        for carrier in ("png", "jpeg"):
            assert weights.newest(task, carrier) in weights.released()

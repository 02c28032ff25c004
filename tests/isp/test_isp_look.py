"""The look: serialised exactly, and refused when anything in it is off."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isp_scenes import MATRICES, make_look

from vidisp.errors import InputError
from vidisp.isp import BT601_LUMA, Look


@settings(max_examples=30, deadline=None)
@given(r=st.floats(1, 4), b=st.floats(1, 4), ev=st.floats(-4, 8), matrix=st.sampled_from(MATRICES), full=st.booleans())
def test_json_round_trip(r: float, b: float, ev: float, matrix: tuple[float, ...], full: bool) -> None:
    look = make_look((r, 1.0, b), ev, matrix=matrix, luma=BT601_LUMA, bits=10, full_range=full)
    assert Look.from_dict(json.loads(json.dumps(look.to_dict()))) == look


def test_exposure_and_white_balance() -> None:
    look = make_look((2.0, 1.0, 1.5), ev=1)
    assert look.exposure == 2.0
    assert look.white_balance == (2.0, 1.0, 1.5)


BROKEN: dict[str, Callable[[dict], object]] = {
    "no mapping": lambda d: [1, 2],
    "missing": lambda d: {k: v for k, v in d.items() if k != "foot"},
    "unknown": lambda d: d | {"more": 1},
    "short gains": lambda d: d | {"gains": [1.0, 2.0]},
    "text": lambda d: d | {"gains": "123"},
    "nested": lambda d: d | {"gains": [[1], 1, 1]},
    "nan": lambda d: d | {"foot": math.nan},
    "huge": lambda d: d | {"gains": [1e300, 1.0, 1.0]},
    "zero gain": lambda d: d | {"gains": [0.0, 1.0, 1.0]},
    "true as number": lambda d: d | {"foot": True},
    "bits": lambda d: d | {"bits": 12},
    "bits as float": lambda d: d | {"bits": 8.0},
    "range as number": lambda d: d | {"full_range": 1},
    "rows": lambda d: d | {"matrix": [2.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0]},
    "singular": lambda d: d | {"matrix": [1 / 3] * 9},
    "no camera": lambda d: d | {"matrix": [0.8, 0.2, 0.0, 0.3, 0.7, 0.0, 0.0, 0.0, 1.0]},
    "luma": lambda d: d | {"luma": [0.6, 0.5]},
}


@pytest.mark.parametrize("name", BROKEN)
def test_untrusted_looks_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="look"):
        Look.from_dict(BROKEN[name](make_look().to_dict()))

"""Bits as digits of any base and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidisp.embed.payload.digits import block, from_digits, room, to_digits


@given(base=st.integers(1, 32), count=st.integers(0, 200), seed=st.integers(0, 2**32 - 1))
def test_bits_come_back(base, count, seed):
    bits = np.random.default_rng(seed).integers(0, 2, room(base, count)).astype(np.uint8)
    digits = to_digits(bits, base, count)
    assert digits.shape == (count,)
    assert ((digits >= 0) & (digits < base)).all()
    assert np.array_equal(from_digits(digits, base), bits)


@pytest.mark.parametrize("base", range(2, 33))
def test_next_to_nothing_is_lost(base):
    digits, bits = block(base)
    assert bits / digits > 0.99 * math.log2(base)


def test_known_blocks():
    assert block(2) == (1, 1)
    assert block(3) == (12, 19)


def test_damaged_digits_are_no_error():
    assert from_digits(np.full(12, 2), 3).shape == (19,)

"""Syndrome-trellis codes: every message is read back, and no sequence that reads so is cheaper."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.embed.payload.codes import Code, Step
from vidisp.embed.payload.modes import MODES

SMALL = Code(2, (Step(0, 1, 2), Step(1, 0o5, 0o2)))
DENSE = Code(2, (Step(1, 0o5, 0o2), Step(2, 9, 6)))
CODES = [SMALL, DENSE, *dict.fromkeys(mode.code for mode in MODES)]


def costs_of(rng, length, sequences):
    return rng.uniform(0, 4, (length, 4, sequences)).astype(np.float32)


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code.bits} in {code.period}, {code.memory} bits")
@settings(max_examples=10, deadline=None)
@given(periods=st.integers(1, 40), sequences=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(code, periods, sequences, seed):
    rng = np.random.default_rng(seed)
    message = rng.integers(0, 2, (periods * code.bits, sequences)).astype(np.uint8)
    labels = code.nearest(costs_of(rng, periods * code.period, sequences), message)
    assert np.array_equal(code.read(labels), message)


@pytest.mark.parametrize("code", [SMALL, DENSE], ids=["a half", "one and a half"])
def test_no_sequence_is_cheaper(code):
    """All 4^6 sequences of six numbers, against Viterbi's choice."""
    rng = np.random.default_rng(7)
    every = np.array(list(itertools.product(range(4), repeat=6))).T
    read = code.read(every)
    for _ in range(12):
        costs = costs_of(rng, 6, 1)
        message = rng.integers(0, 2, (len(read), 1)).astype(np.uint8)
        total = np.take_along_axis(costs[..., 0], every, axis=1).sum(0)
        best = total[(read == message).all(0)].min()
        labels = code.nearest(costs, message)
        assert np.take_along_axis(costs[..., 0], labels.astype(int), axis=1).sum() == pytest.approx(best, rel=1e-5)


def test_columns_that_cannot_carry_are_refused():
    for steps in ((Step(1, 4, 2),), (Step(1, 1, 2),), (Step(2, 9, 9),)):
        with pytest.raises(ValueError, match="tell"):
            Code(2, steps)


def discrete_normal(variance: float) -> float:
    """Bits of the whole numbers with the most entropy at a variance."""
    numbers = np.arange(-80, 81)
    lowest, highest = 1e-3, 1e4
    for _ in range(60):
        width = math.sqrt(lowest * highest)
        p = np.exp(-(numbers**2) / (2 * width))
        p /= p.sum()
        lowest, highest = (width, highest) if (p * numbers**2).sum() < variance else (lowest, width)
    return float(-(p * np.log2(np.maximum(p, 1e-300))).sum())


@pytest.mark.parametrize(
    ("number", "loss"), [(0, 0.16), (1, 0.16), (2, 0.09), (3, 0.08), (4, 0.06), (7, 0.06), (20, 0.06)]
)
def test_a_mode_costs_what_it_says_and_near_what_theory_allows(number, loss):
    """`loss` is in bits a slot against the discrete normal distribution of the same variance."""
    mode = MODES[number]
    rng = np.random.default_rng(number)
    length, sequences = 240, 24
    cover = rng.integers(0, 4096, (length, sequences))
    digits = rng.integers(0, mode.radix, cover.shape)
    period = 4 * mode.radix
    wanted = digits[:, None] + mode.radix * np.arange(4)[None, :, None]
    change = (wanted - cover[:, None] + period // 2) % period - period // 2
    message = rng.integers(0, 2, (length // mode.code.period * mode.code.bits, sequences)).astype(np.uint8)
    labels = mode.code.nearest(np.square(change).astype(np.float32), message)
    made = np.square(np.take_along_axis(change, labels[:, None].astype(int), axis=1)).mean()
    assert made == pytest.approx(mode.distortion, rel=0.06)
    assert 0 <= discrete_normal(mode.distortion) - mode.rate < loss

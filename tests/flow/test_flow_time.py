"""The temporal coupling: which frames move, and by what."""

from __future__ import annotations

import pytest
import torch
from flow_kit import FACTS, planes, randomised
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.flow import Passage
from vidisp.flow.temporal import PULL, TemporalCoupling

passages = st.builds(
    lambda first, joined: Passage(first, (False, *joined)), st.integers(0, 5), st.lists(st.booleans(), max_size=8)
)


def coupling(leads: int, seed: int = 0) -> TemporalCoupling:
    module = TemporalCoupling(6, leads)
    randomised(module, seed)
    return module.requires_grad_(False)


@given(passage=passages, parity=st.integers(0, 1))
def test_frames_between_two_neighbours(passage: Passage, parity: int) -> None:
    """Written out once more: the frame's own parity, a frame before it, a frame after it, a cut at neither side."""
    frames = len(passage.joined)
    expected = []
    for i in range(frames):
        inner = 0 < i < frames - 1
        if (passage.first + i) % 2 == parity and inner and passage.joined[i] and passage.joined[i + 1]:
            expected.append(i)
    assert passage.between(parity) == expected


def test_whole_segments() -> None:
    assert Passage.whole(5, [3]) == Passage(0, (False, True, True, False, True))
    assert Passage.whole(5).between(0) == [2]
    assert Passage.whole(5).between(1) == [1, 3]
    assert Passage(1, Passage.whole(5).joined).between(1) == [2]
    assert Passage.whole(1).between(0) == Passage.whole(1).between(1) == []
    assert Passage.whole(2).between(0) == Passage.whole(2).between(1) == []


@settings(max_examples=30, deadline=None)
@given(passage=passages, leads=st.integers(0, 1), back=st.booleans())
def test_only_frames_between_neighbours_move(passage: Passage, leads: int, back: bool) -> None:
    module = coupling(leads)
    frames = len(passage.joined)
    luma, chroma = planes(1, frames, (4, 5))
    moved = (module.inverse if back else module)(luma, chroma, FACTS, passage)
    inner = {*passage.between(0), *passage.between(1)}
    changed = {i for i in range(frames) if not torch.equal(moved[i], luma[i])}
    assert changed == inner


@pytest.mark.parametrize("leads", [0, 1])
def test_a_frame_moves_affinely_in_itself(leads: int) -> None:
    """k never looks at the frame itself: the slope is 1 - k, the same for every change, and stays at its place.

    Forwards that holds for the parity that is changed first, backwards for the other one.
    """
    module, passage = coupling(leads), Passage.whole(7)
    luma, chroma = planes(2, 7, (5, 6))
    for way, parity, low, high in (
        (module, leads, 1 - PULL, 1 + PULL),
        (module.inverse, 1 - leads, 1 / (1 + PULL), 1 / (1 - PULL)),
    ):
        start = way(luma, chroma, FACTS, passage)
        for frame in passage.between(parity):
            slopes = []
            for change in (0.5, -2.0, 10.0):
                other = luma.clone()
                other[frame] += change
                slopes.append((way(other, chroma, FACTS, passage)[frame] - start[frame]) / change)
            assert (slopes[0] - slopes[1]).abs().max() < 1e-5
            assert (slopes[0] - slopes[2]).abs().max() < 1e-5
            assert slopes[0].min() > low - 1e-5
            assert slopes[0].max() < high + 1e-5
            assert slopes[0].std() > 0.01
            one = luma.clone()
            one[frame, 2, 1, 3] += 1
            assert ((way(one, chroma, FACTS, passage)[frame] - start[frame]) != 0).nonzero().tolist() == [[2, 1, 3]]


def test_leading_parity_is_given_the_frames_as_they_were() -> None:
    """Formula, with the gate's own k: y + k*(m - y), first one parity, then the other one from what it became."""
    module, passage = coupling(1), Passage.whole(4)
    luma, chroma = planes(3, 4, (5, 6))
    moved = module(luma, chroma, FACTS, passage)
    for frame, around in ((1, luma), (2, moved)):
        mean = (around[frame - 1] + luma[frame + 1]) / 2
        pull = (moved[frame] - luma[frame]) / (mean - luma[frame])
        sure = (mean - luma[frame]).abs() > 0.1
        assert pull[sure].abs().max() < PULL


def test_no_frame_feels_what_lies_beyond_a_cut() -> None:
    module, passage = coupling(0), Passage.whole(8, [4])
    luma, chroma = planes(4, 8)
    other, other_chroma = luma.clone(), chroma.clone()
    other[4:] = 1 - other[4:]
    other_chroma[4:] = -other_chroma[4:]
    assert torch.equal(module(luma, chroma, FACTS, passage)[:4], module(other, other_chroma, FACTS, passage)[:4])


def test_still_frames_lose_noise_where_the_gate_is_open() -> None:
    """A gate of constant pull p takes k = PULL*tanh(p) everywhere: the mean of two noisy neighbours is quieter."""
    module = coupling(1)
    for weight in module.parameters():
        weight.zero_()
    module.gate.last.bias.fill_(1.0)
    luma = 0.5 + 0.01 * torch.randn(3, 4, 32, 32, generator=torch.Generator().manual_seed(5))
    moved = module(luma, torch.zeros(3, 2, 32, 32), FACTS, Passage.whole(3))
    k = PULL * torch.tanh(torch.tensor(1.0))
    expected = 0.01 * ((1 - k).square() + k.square() / 2).sqrt()
    assert abs(moved[1].std() / expected - 1) < 0.05
    assert torch.equal(moved[::2], luma[::2])

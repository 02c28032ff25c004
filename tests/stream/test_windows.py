"""Chunks with their neighbours: every frame wanted once, in order, with all that it may look at."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from vidisp.flow import Passage
from vidisp.stream.windows import windows


@dataclass(frozen=True)
class Item:
    run: int
    position: int
    follows: bool = True


RUNS = st.lists(st.integers(1, 30), max_size=4)


def items(lengths: list[int]) -> list[Item]:
    return [Item(run, i, i > 0) for run, length in enumerate(lengths) for i in range(length)]


@given(RUNS, st.integers(1, 12), st.integers(0, 9))
def test_every_frame_is_wanted_once_and_sees_its_neighbours(lengths, chunk, halo):
    found = list(windows(items(lengths), lambda item: item.run, chunk=chunk, halo=halo))
    assert [item for window in found for item in window.wanted] == items(lengths)
    for window in found:
        assert 1 <= len(window.wanted) <= chunk
        first, last = window.wanted[0], window.wanted[-1]
        length = lengths[first.run]
        expected = range(max(0, first.position - halo), min(length, last.position + 1 + halo))
        assert [(item.run, item.position) for item in window.items] == [(first.run, i) for i in expected]


@given(st.integers(2, 30), st.integers(0, 6), st.data())
def test_halves_are_windows_of_their_own(length, halo, data):
    window = data.draw(st.sampled_from(list(windows(items([length]), lambda item: item.run, chunk=7, halo=halo))))
    if len(window.inner) > 1:
        halves = window.halves()
        assert [item for half in halves for item in half.wanted] == list(window.wanted)
        for half in halves:
            low, high = half.wanted[0].position - halo, half.wanted[-1].position + halo
            assert [item for item in window.items if low <= item.position <= high] == list(half.items)


def test_frames_are_read_no_further_ahead_than_the_neighbours():
    taken = []
    source = (taken.append(item) or item for item in items([40]))
    next(windows(source, lambda item: item.run, chunk=4, halo=3))
    assert len(taken) == 7


def test_a_passage_tells_parity_and_cuts():
    shots = [Item(0, i, i not in (0, 5)) for i in range(9)]
    second = list(windows(shots, lambda item: item.run, chunk=3, halo=1))[1]
    assert [item.position for item in second.items] == [2, 3, 4, 5, 6]
    assert second.passage == Passage(2, (False, True, True, False, True))

"""The layout holds what it must at the least cost, and depends on nothing else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.embed.canvas import Group
from vidisp.embed.payload.layout import plan
from vidisp.embed.payload.modes import MODES

groups = st.lists(st.builds(Group, st.integers(500, 200_000), st.floats(0.5, 5000)), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(groups=groups, share=st.floats(0.001, 0.9))
def test_there_is_room_and_hardly_more(groups, share):
    bits = int(share * 5.5 * sum(group.count for group in groups))
    layout = plan(groups, bits)
    assert layout is not None
    assert layout.room >= bits
    # A part that is divided anew holds a few bits more or less: sequences are of whole periods, digits in whole blocks.
    assert layout.room - bits < 0.01 * bits + 4096
    assert plan(tuple(groups), bits) == layout


@settings(max_examples=40, deadline=None)
@given(groups=groups, share=st.floats(0.01, 0.9))
def test_no_slot_is_in_two_spans(groups, share):
    layout = plan(groups, int(share * 5.5 * sum(group.count for group in groups)))
    for number, group in enumerate(groups):
        spans = sorted((span.start, span.count) for span in layout.spans if span.group == number)
        ends = [start + count for start, count in spans]
        starts = [start for start, _ in spans] + [group.count]
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=True))


def test_the_cheap_slots_are_filled_first():
    cheap, dear = Group(10_000, 1.0), Group(10_000, 50.0)
    layout = plan([dear, cheap], 9_000)
    assert {span.group for span in layout.spans} == {1}
    layout = plan([dear, cheap], 40_000)
    rates = {span.group: span.mode.rate for span in layout.spans}
    assert rates[1] > rates[0]


def test_more_than_all_does_not_fit():
    assert plan([Group(10_000, 1.0)], 70_000) is None
    assert plan([Group(10_000, 1.0)], 59_000) is not None


@pytest.mark.parametrize("bits", [1, 100, 20_000, 45_000])
def test_the_squared_error_is_between_those_of_the_modes(bits):
    layout = plan([Group(10_000, 2.0)], bits)
    rates = [span.mode for span in layout.spans]
    assert layout.squared_error <= 2.0 * 10_000 * max(mode.distortion for mode in rates) + 1e-6


def test_modes_rise_and_are_convex():
    points = [(0.0, 0.0), *((mode.rate, mode.distortion) for mode in MODES)]
    slopes = [(d1 - d0) / (r1 - r0) for (r0, d0), (r1, d1) in itertools.pairwise(points)]
    assert slopes == sorted(slopes)
    assert all(slope > 0 for slope in slopes)

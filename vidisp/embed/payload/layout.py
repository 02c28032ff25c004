"""Where in a still how much is embedded: the modes of a slot, and their allocation to groups of slots.

Writer and reader compute the same layout from the length of the message and the groups alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidisp.embed.canvas import Group
from vidisp.embed.payload.digits import room
from vidisp.embed.payload.modes import MODES, Mode

_BATCH = 1 << 17
_SEQUENCES, _SHORTEST = 256, 512
"""Trellises that run side by side at most, and how long each should be at least."""


@dataclass(frozen=True)
class Batch:
    """Slots `start` to `start + length * sequences` of a group, which hold `bits` bits in `mode`: `coded` of them in
    the trellis, the rest in digits."""

    group: int
    mode: Mode
    start: int
    length: int
    sequences: int

    @property
    def coded(self) -> int:
        code = self.mode.code
        return self.length // code.period * code.bits * self.sequences

    @property
    def bits(self) -> int:
        return self.coded + room(self.mode.radix, self.length * self.sequences)


@dataclass(frozen=True)
class Span:
    """`count` slots of a group from `start` on, all in one mode."""

    group: int
    mode: Mode
    start: int
    count: int

    def batches(self) -> Iterator[Batch]:
        """Its parts, as large as are worked on at once."""
        parts = -(-self.count // _BATCH)
        ends = [self.count * i // parts for i in range(parts + 1)]
        for start, end in itertools.pairwise(ends):
            period = self.mode.code.period
            sequences = min(_SEQUENCES, max(1, (end - start) // _SHORTEST))
            length = (end - start) // sequences // period * period
            yield Batch(self.group, self.mode, self.start + start, length, sequences)

    @property
    def room(self) -> int:
        """Bits."""
        return sum(batch.bits for batch in self.batches())


@dataclass(frozen=True)
class Layout:
    """`spans` in the order in which the message fills them."""

    groups: tuple[Group, ...]
    spans: tuple[Span, ...]

    @property
    def room(self) -> int:
        """Bits."""
        return sum(span.room for span in self.spans)

    @property
    def squared_error(self) -> float:
        """What embedding adds to the picture's, as theory has it."""
        return sum(self.groups[span.group].weight * span.mode.distortion * span.count for span in self.spans)


def plan(groups: Sequence[Group], bits: int) -> Layout | None:
    """The layout that holds a message of `bits` with the least squared error, None if there is no room for it.

    Slots go from mode to mode in the order of what a bit more costs, the cheapest first; of the last group to be
    raised, as many slots as are needed.
    """
    levels, held = [0] * len(groups), [0] * len(groups)
    for group, level in _rises(groups):
        held[group] = sum(span.room for span in _split(group, level, groups[group].count, groups[group].count))
        levels[group] = level
        if sum(held) >= bits:
            rest = bits - sum(held) + held[group]
            raised = {group: _fewest(group, level, groups[group].count, rest)}
            counts = [raised.get(number, each.count) for number, each in enumerate(groups)]
            spans = (_split(n, levels[n], counts[n], each.count) for n, each in enumerate(groups))
            return Layout(tuple(groups), tuple(itertools.chain.from_iterable(spans)))
    return None


def _rises(groups: Sequence[Group]) -> list[tuple[int, int]]:
    """(group, level) in the order in which groups are raised; level n is mode n - 1, level 0 holds nothing."""
    points = [(0.0, 0.0), *((mode.rate, mode.distortion) for mode in MODES)]
    slopes = [(d1 - d0) / (r1 - r0) for (r0, d0), (r1, d1) in itertools.pairwise(points)]
    rises = [
        (group.weight * slope, number, level)
        for number, group in enumerate(groups)
        for level, slope in enumerate(slopes, 1)
    ]
    return [(number, level) for _, number, level in sorted(rises)]


def _fewest(group: int, level: int, count: int, bits: int) -> int:
    """How many slots must be at `level` rather than at the one below it, for a group to hold so many bits."""
    few, many = 0, count
    while few < many:
        middle = (few + many) // 2
        if sum(span.room for span in _split(group, level, middle, count)) >= bits:
            many = middle
        else:
            few = middle + 1
    return many


def _split(group: int, level: int, raised: int, count: int) -> list[Span]:
    """A group with its first `raised` slots at `level`, the others at the level below."""
    parts = [(level, 0, raised), (level - 1, raised, count - raised)]
    return [Span(group, MODES[part - 1], start, size) for part, start, size in parts if part > 0 and size]

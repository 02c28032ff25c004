"""Frames that hang together in time, a chunk at a time, each chunk with the neighbours that a model looks at."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from vidisp.flow import Passage
from vidisp.stream.stages import iterate


class Placed(Protocol):
    """A frame that knows its place."""

    @property
    def position(self) -> int:
        """In its segment, from 0."""

    @property
    def follows(self) -> bool:
        """It goes on from the frame before it: it is not the first, and there is no cut."""


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True)
class Window(Generic[P]):
    """Consecutive frames of one segment, of which `inner` are wanted; up to `halo` on either side go with them."""

    items: Sequence[P]
    inner: range
    halo: int

    @property
    def wanted(self) -> Sequence[P]:
        """The inner frames."""
        return self.items[self.inner.start : self.inner.stop]

    @property
    def passage(self) -> Passage:
        """The places of all the frames."""
        joined = tuple(i > 0 and item.follows for i, item in enumerate(self.items))
        return Passage(self.items[0].position, joined)

    def halves(self) -> tuple[Window[P], Window[P]]:
        """Two windows that want half of it each."""
        middle = (self.inner.start + self.inner.stop) // 2
        return self.part(range(self.inner.start, middle)), self.part(range(middle, self.inner.stop))

    def part(self, inner: range) -> Window[P]:
        """The window that wants these of the items, which are among the inner ones."""
        first = max(0, inner.start - self.halo)
        items = self.items[first : inner.stop + self.halo]
        return Window(items, range(inner.start - first, inner.stop - first), self.halo)


def windows(items: Iterable[P], run: Callable[[P], object], *, chunk: int, halo: int) -> Generator[Window[P]]:
    """Cut frames into windows that want `chunk` frames each; a window never reaches over the border of a run.

    Args:
        run: equal for frames without a gap of one segment, another for their neighbours in the stream.
    """
    with closing(iterate(items)) as source:
        for _, group in groupby(source, run):
            yield from _windows(group, chunk, halo)


def _windows(group: Iterable[P], chunk: int, halo: int) -> Generator[Window[P]]:
    held: list[P] = []
    start = 0  # of the next window's inner frames, in `held`
    for item in group:
        held.append(item)
        if len(held) == start + chunk + halo:
            yield Window(tuple(held), range(start, start + chunk), halo)
            kept = max(0, start + chunk - halo)
            held, start = held[kept:], start + chunk - kept
    rest = Window(tuple(held), range(start, len(held)), halo)
    while len(rest.inner) > chunk:
        inner = range(rest.inner.start, rest.inner.start + chunk)
        yield rest.part(inner)
        rest = rest.part(range(inner.stop, rest.inner.stop))
    if rest.inner:
        yield rest

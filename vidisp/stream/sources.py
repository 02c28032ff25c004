"""Frames on their way into a video: where each stands in its segment, and whether a new shot begins there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from vidisp.raw import RawFrame
from vidisp.stream.cuts import is_cut
from vidisp.stream.options import Segment
from vidisp.stream.stages import iterate


@dataclass(frozen=True)
class Source:
    """A frame as it was read; its thumbnail is there if the model looks at neighbours."""

    segment: Segment
    index: int
    frame: RawFrame
    thumbnail: np.ndarray | None
    cut: bool = False

    @property
    def position(self) -> int:
        return self.index - self.segment.frames.start

    @property
    def follows(self) -> bool:
        return self.position > 0 and not self.cut

    @property
    def last(self) -> bool:
        return self.index + 1 == self.segment.frames.stop


def with_cuts(sources: Iterable[Source]) -> Iterator[Source]:
    """The same frames, with the cuts marked that lie inside a segment."""
    before: Source | None = None
    with closing(iterate(sources)) as frames:
        for source in frames:
            if before is not None and before.thumbnail is not None and source.thumbnail is not None:
                inside = before.segment == source.segment
                source = replace(source, cut=inside and is_cut(before.thumbnail, source.thumbnail))
            before = source
            yield source

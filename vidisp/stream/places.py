"""Where decoded frames stand in their segments, and which of them have all that they were rendered with around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vidisp.codec import ClipRecord, DecodedFrame
from vidisp.stream.frames_out import Description, describe
from vidisp.stream.stages import iterate
from vidisp.stream.windows import Window


@dataclass(frozen=True)
class Found:
    """A decoded frame.

    Args:
        run: equal for frames of one segment without a gap between them, another for the next in the stream.
        path: where it belongs.
        wanted: it was asked for, and is no duplicate; others are there for their neighbours only.
        missing: it is wanted, and no earlier run has written it.
    """

    frame: DecodedFrame
    run: int
    path: Path
    wanted: bool
    missing: bool

    @cached_property
    def description(self) -> Description:
        """All of the RAW frame but its samples."""
        return describe(self.frame.clip, self.frame.record, self.frame.index)

    @property
    def position(self) -> int:
        return position(self.frame)

    @property
    def follows(self) -> bool:
        record = self.frame.record
        return self.position > 0 and not (record is not None and record.cut)

    @property
    def last(self) -> bool:
        return self.frame.record is not None and self.frame.record.last


def position(frame: DecodedFrame) -> int:
    """Place in the segment; of a frame that has lost its record, as its index tells."""
    if frame.record is not None:
        return frame.record.position
    return frame.index - max(_segment_start(frame.clip, frame.index), frame.clip.first)


def with_neighbours(clips: Iterable[ClipRecord], frames: range, halo: int) -> range:
    """`frames`, and up to `halo` on either side that belong to the same segments."""
    starts, stops = [frames.start], [frames.stop]
    for clip in clips if halo else ():
        starts.append(max(frames.start - halo, _segment_start(clip, frames.start)))
        stops.append(min(frames.stop + halo, _segment_start(clip, frames.stop - 1) + clip.segment_length))
    return range(min(starts), max(stops))


def runs(frames: Iterable[DecodedFrame]) -> Iterator[tuple[int, DecodedFrame]]:
    """Each frame with the number of its run."""
    before: DecodedFrame | None = None
    run = 0
    with closing(iterate(frames)) as source:
        for frame in source:
            run += before is None or not _next(before, frame)
            before = frame
            yield run, frame


def is_whole(window: Window[Found], place: int, halo: int) -> bool:
    """Whether frame `place` of a window is untouched, and so are those up to `halo` away that it was rendered with."""
    items = window.items
    for i in range(place, place - halo, -1):
        if not items[i].follows:
            break
        if i == 0 or not items[i - 1].frame.intact:
            return False
    for i in range(place, place + halo):
        if items[i].last or (i + 1 < len(items) and not items[i + 1].follows):
            break
        if i + 1 == len(items) or not items[i + 1].frame.intact:
            return False
    return items[place].frame.intact


def _next(before: DecodedFrame, frame: DecodedFrame) -> bool:
    same_clip = before.clip.clip_id == frame.clip.clip_id
    consecutive = frame.index == before.index + 1 and position(frame) == position(before) + 1
    return same_clip and consecutive


def _segment_start(clip: ClipRecord, index: int) -> int:
    return index - index % clip.segment_length

"""What a scanned file is, in one word and one line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vidisp.codec.record import ClipRecord
from vidisp.codec.scan import Scan
from vidisp.errors import counted


class State(Enum):
    """RECOVERABLE: as vidisp wrote it, or a part of that. REENCODED: another encoder was at it. DAMAGED: some
    frames are not what vidisp wrote, or the clip's record is lost. FOREIGN: vidisp did not make it."""

    RECOVERABLE = "recoverable"
    REENCODED = "re-encoded"
    DAMAGED = "damaged"
    FOREIGN = "not made by vidisp"


@dataclass(frozen=True)
class Status:
    """`state`, and the reason as one line."""

    state: State
    reason: str

    def __str__(self) -> str:
        return f"{self.state.value}: {self.reason}"


def clips_of(found: Scan) -> dict[str, ClipRecord]:
    """All clip records of a file by clip id, that of the comment only if the bitstream has not got it."""
    clips = dict(found.clips)
    if found.comment is not None:
        clips.setdefault(found.comment.clip_id, found.comment)
    return clips


def judge(found: Scan) -> Status:
    """Decide what the file is."""
    records = [p.record for p in found.packets if p.record is not None]
    changed = sum(not p.unchanged for p in found.packets)
    if not records:
        return _without_records(found)
    if not any(record.clip_id in clips_of(found) for record in records):
        return Status(State.DAMAGED, "its frames carry their records, but the clip's own record is lost")
    if changed == len(found.packets):
        return Status(State.REENCODED, "the frame records are there, but the pictures are not those vidisp coded")
    if changed or found.broken:
        what = found.broken or f"{changed} of {counted(len(found.packets), 'frame')} were changed"
        return Status(State.DAMAGED, f"{what}; of the clip there are {_extent(found)}")
    return Status(State.RECOVERABLE, _extent(found))


def _without_records(found: Scan) -> Status:
    if found.comment is None:
        return Status(State.FOREIGN, "it carries no recovery record, or has lost it")
    if not found.packets:
        return Status(State.DAMAGED, "it holds no frames")
    return Status(
        State.REENCODED,
        "the clip's record is in the comment, but the frames' own records went in a re-encode",
    )


def _extent(found: Scan) -> str:
    """How much of each clip is there."""
    lines = []
    for clip_id, clip in clips_of(found).items():
        indices = {p.record.index for p in found.packets if p.record and p.record.clip_id == clip_id}
        if len(indices) == clip.frames:
            lines.append(f"all {clip.frames} frames" if clip.frames > 1 else "its only frame")
        elif indices:
            lines.append(f"{len(indices)} of {counted(clip.frames, 'frame')}, {min(indices)} to {max(indices)}")
    return "; ".join(lines)

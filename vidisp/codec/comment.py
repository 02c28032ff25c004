"""Messages as the text of a container's `comment`: it survives a plain copy and a re-encode."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from vidisp.codec.fields import RecordError
from vidisp.codec.message import KIND_CLIP, KIND_TABLE, Budget, kind_of
from vidisp.codec.record import ClipRecord, FrameRecord, table_from_bytes, table_to_bytes

MOV_LIMIT = 65535
"""A QuickTime text atom states its size in 16 bits; FFmpeg wraps longer texts around."""
_LEAD = "RAW video inside: `vidisp recover` brings it back. vidisp1:"
_BODY = re.compile(r"vidisp1:([A-Za-z0-9+/=,]+)")
_TABLE_FRAMES = 4_000


def to_comment(clip: ClipRecord, frames: Iterable[FrameRecord] = ()) -> str:
    """The comment that carries `clip`, and the records of `frames` where the bitstream cannot."""
    rows = list(frames)
    tables = (rows[i : i + _TABLE_FRAMES] for i in range(0, len(rows), _TABLE_FRAMES))
    messages = [clip.to_bytes(), *(table_to_bytes(table) for table in tables)]
    return _LEAD + ",".join(base64.b64encode(message).decode() for message in messages)


def from_comment(comment: str) -> tuple[ClipRecord | None, tuple[FrameRecord, ...]]:
    """What a comment carries: (None, ()) if nothing of ours, damaged messages left out."""
    clip: ClipRecord | None = None
    frames: list[FrameRecord] = []
    budget = Budget()
    for message in filter(budget.allows, messages_in(comment)):
        with suppress(RecordError):
            if kind_of(message) == KIND_CLIP:
                clip = ClipRecord.from_bytes(message)
            elif kind_of(message) == KIND_TABLE:
                frames += table_from_bytes(message)
    return clip, tuple(frames)


def messages_in(comment: str) -> Iterator[bytes]:
    """The messages that a comment holds, undamaged or not."""
    found = _BODY.search(comment)
    for text in found[1].split(",") if found else ():
        with suppress(binascii.Error):
            yield base64.b64decode(text, validate=True)

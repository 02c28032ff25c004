"""What a JPEG file carries besides its picture: EXIF in APP1, the record in APP11 and once more in COM.

Either of the two is enough: some programs drop the APP segments that they do not know (jpegtran does, unless told
not to), others drop comments.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress

from vidisp.codec.bitstream.jpeg import JPEGCarrier, segments
from vidisp.codec.comment import messages_in
from vidisp.codec.fields import RecordError
from vidisp.codec.jpeg.record import StillRecord
from vidisp.codec.message import KIND_STILL, Budget, kind_of

_APP0, _APP1, _COM = 0xE0, 0xE1, 0xFE
_LARGEST_SEGMENT = 65533
_SIZES = (0xC0, 0xC1, 0xC2)  # T.81, table B.1: baseline, extended and progressive frames, Huffman-coded
_LEAD = "RAW photo inside: `vidisp recover` brings it back. vidisp1:"


def assemble(coded: bytes, exif: bytes, record: StillRecord) -> bytes:
    """A coded picture with all it carries. EXIF comes right behind the JFIF header, where readers look for it."""
    head = 2 + _jfif_size(coded)
    carrying = JPEGCarrier().insert(coded[:2] + coded[head:], [record.to_bytes()])
    return coded[:head] + _segment(_APP1, b"Exif\0\0" + exif) + _segment(_COM, _comment(record)) + carrying[2:]


def extract(data: bytes) -> StillRecord | None:
    """The record that a file carries, that of APP11 first; damaged ones are left out."""
    budget = Budget()
    for message in filter(budget.allows, _messages(data)):
        if kind_of(message) == KIND_STILL:
            with suppress(RecordError):
                return StillRecord.from_bytes(message)
    return None


def coded_checksum(data: bytes) -> int:
    """CRC-32 of all but the APP and COM segments: what is left of the file when its metadata is edited."""
    return JPEGCarrier().slice_checksum(data)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) as the frame header states it (T.81, B.2.2), None if there is none."""
    for marker, body in segments(data):
        if marker in _SIZES and len(body) >= 5:
            return int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
    return None


def _messages(data: bytes) -> Iterator[bytes]:
    yield from JPEGCarrier().extract(data)
    for marker, body in segments(data):
        if marker == _COM:
            yield from messages_in(body.decode("latin-1"))


def _comment(record: StillRecord) -> bytes:
    """The record as the text of one segment; without the source's tags if they are too many for it."""
    text = _text(record)
    return text if len(text) <= _LARGEST_SEGMENT else _text(record.without_tags())


def _text(record: StillRecord) -> bytes:
    return _LEAD.encode() + base64.b64encode(record.to_bytes())


def _jfif_size(coded: bytes) -> int:
    return 2 + int.from_bytes(coded[4:6], "big") if coded[3] == _APP0 else 0


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body

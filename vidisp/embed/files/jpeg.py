"""Stills as JPEG: the header in an APP11 segment, and in a comment with a word for people."""

from __future__ import annotations

from pathlib import Path

from vidisp.codec.bitstream.jpeg import JPEGCarrier, segments
from vidisp.embed.canvas import Coefficients
from vidisp.embed.files.text import messages_in_text, text_of
from vidisp.embed.header import Header

_APP0, _APP2, _COM = 0xE0, 0xE2, 0xFE
_PROFILE = b"ICC_PROFILE\0\1\1"
"""What comes before an ICC profile that fits into one segment (ICC.1, annex B.4)."""
_LARGEST = 65533


def save_jpeg(path: Path, canvas: Coefficients, header: Header, profile: bytes | None) -> None:
    """Write a still; `profile` is an ICC profile, left out if it is larger than a segment."""
    coded = canvas.to_bytes()
    head = 4 + int.from_bytes(coded[4:6], "big") if coded[3] == _APP0 else 2
    kept = _segment(_APP2, _PROFILE + profile) if profile and len(_PROFILE + profile) <= _LARGEST else b""
    carried = JPEGCarrier().insert(coded[:2] + coded[head:], [header.to_bytes()])[2:]
    path.write_bytes(coded[:head] + kept + _segment(_COM, text_of(header).encode()) + carried)


def messages_of(data: bytes) -> list[bytes]:
    """What is in a JPEG file's APP11 segments and comments of ours."""
    comments = [body.decode("latin-1") for marker, body in segments(data) if marker == _COM]
    return [*JPEGCarrier().extract(data), *(message for text in comments for message in messages_in_text(text))]


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body

"""The header: what a still says of itself, in its metadata and, for files stripped of those, in its slots. Stills that
outlive more than their slots do have a mark, which says the most needed of it.

    copy = length of the message u16 | message (`vidisp.codec.message`: kind, version, CRC-32, JSON) | zeros

Several copies lie in the lowest bits of slots; any of them is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from vidisp.codec.fields import Fields, RecordError
from vidisp.codec.message import pack, unpack
from vidisp.embed.canvas import HEADER_BITS, HEADER_BYTES, Canvas
from vidisp.embed.conversion import Facts
from vidisp.embed.iicnet.method import IICNet, marked
from vidisp.errors import counted

KIND_EMBEDDED = 32
"""Of messages: the header of a still."""
_LENGTH = 2


@dataclass(frozen=True)
class Header:
    """`method` is by what the pictures were embedded, `facts` what they are, `own` what the method needs to know, and
    `size` is (width, height) of the still."""

    method: str
    facts: Facts
    own: Mapping[str, Any]
    size: tuple[int, int]

    def to_bytes(self) -> bytes:
        """A message. Raises: RecordError if it is too long for a header."""
        values = {"method": self.method, "facts": self.facts.to_dict(), "own": dict(self.own)}
        message = pack(KIND_EMBEDDED, values | ({"size": list(self.size)} if self.size != self.facts.size else {}))
        if len(message) > HEADER_BYTES - _LENGTH:
            raise RecordError(f"a header of {len(message)} bytes is too long")
        return message

    @classmethod
    def from_bytes(cls, message: bytes) -> Header:
        """Raises: RecordError if it is none."""
        fields = Fields(unpack(KIND_EMBEDDED, message))
        facts = Facts.from_dict(fields.mapping("facts"))
        width, height = fields.optional("size", lambda key: fields.numbers(key, 2)) or facts.size
        return cls(fields.text("method"), facts, fields.mapping("own"), (int(width), int(height)))

    def describe(self) -> str:
        """For people who look at a file's metadata."""
        holds = {
            "frames": f"{self.facts.count} frames",
            "stereo": "a stereo pair",
            "dual": "two views",
            "hidden": counted(self.facts.count, "hidden picture"),
            "layers": "a foreground and a background",
        }
        return f"This picture holds {holds[self.facts.task]}: `vidisp extract` brings them back."


def reserve(canvas: Canvas) -> Canvas:
    """The canvas with noise where its header will be, so that a method sees what the still will look like."""
    noise = np.random.default_rng(0).integers(0, 2, HEADER_BITS).astype(np.uint8)
    for copy in range(canvas.copies):
        canvas.put_header(copy, noise)
    return canvas


def write_copies(canvas: Canvas, header: Header) -> None:
    """Into the slots of a canvas. Raises: RecordError if it is too long."""
    message = header.to_bytes()
    padded = (len(message).to_bytes(_LENGTH, "big") + message).ljust(HEADER_BYTES, b"\0")
    bits = np.unpackbits(np.frombuffer(padded, np.uint8))
    for copy in range(canvas.copies):
        canvas.put_header(copy, bits)


def read_copies(canvas: Canvas) -> Header | None:
    """The first copy that is whole, None if there is none."""
    for message in _copies(canvas):
        with suppress(RecordError):
            return Header.from_bytes(message)
    return None


def read_mark(picture: np.ndarray) -> Header | None:
    """What the mark in a still, (H, W, 3) uint8, says of it, None if there is none."""
    height, width = picture.shape[:2]
    found = marked(picture)
    return None if found is None else Header(IICNet.name, found[0], found[1], (width, height))


def _copies(canvas: Canvas) -> Iterator[bytes]:
    for copy in range(canvas.copies):
        padded = np.packbits(canvas.take_header(copy)).tobytes()
        yield padded[_LENGTH : _LENGTH + int.from_bytes(padded[:_LENGTH], "big")]

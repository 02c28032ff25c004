"""FFV1: its bitstream has no room (RFC 9043), so messages travel behind the picture, in part files only.

Joining takes them off with `strip` and writes them into the container's comment, where a picture's record is
found again by its checksum.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from vidisp.codec.bitstream.nal import UUID

_TAIL = struct.Struct(">I16s")
_SIZE = struct.Struct(">I")


class FFV1Carrier:
    """The carrier of FFV1 inside part files."""

    def insert(self, packet: bytes, messages: Sequence[bytes]) -> bytes:
        body = b"".join(_SIZE.pack(len(message)) + message for message in messages)
        return packet + body + _TAIL.pack(len(body), UUID)

    def extract(self, packet: bytes) -> list[bytes]:
        body = packet[len(strip(packet)) : len(packet) - _TAIL.size]
        found: list[bytes] = []
        while len(body) >= _SIZE.size:
            size = _SIZE.unpack_from(body)[0]
            found.append(body[_SIZE.size : _SIZE.size + size])
            body = body[_SIZE.size + size :]
        return found

    def slice_checksum(self, packet: bytes) -> int:
        return zlib.crc32(strip(packet))


def strip(packet: bytes) -> bytes:
    """The picture alone, as a decoder takes it."""
    if len(packet) < _TAIL.size:
        return packet
    size, uuid = _TAIL.unpack_from(packet, len(packet) - _TAIL.size)
    keep = len(packet) - _TAIL.size - size
    return packet[:keep] if uuid == UUID and keep >= 0 else packet

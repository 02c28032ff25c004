"""AV1: messages as metadata OBUs of an unregistered private type (AV1 specification 5.8, 6.7.1)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidisp.codec.bitstream.nal import UUID

_METADATA, _FRAME_HEADER, _TILE_GROUP, _FRAME, _REDUNDANT_HEADER = 5, 3, 4, 6, 7
_PICTURE = (_FRAME_HEADER, _TILE_GROUP, _FRAME, _REDUNDANT_HEADER)
_PRIVATE_TYPE = 24
"""6 to 31 are for private use; decoders skip them."""


@dataclass(frozen=True)
class OBU:
    """One open bitstream unit: where its header starts in the packet, its type and its payload."""

    start: int
    kind: int
    payload: bytes


class OBUCarrier:
    """The carrier of AV1, in the framing of mp4 and Matroska (every OBU states its size)."""

    def insert(self, packet: bytes, messages: Sequence[bytes]) -> bytes:
        at = next((u.start for u in units(packet) if u.kind in _PICTURE), len(packet))
        return packet[:at] + b"".join(_metadata(message) for message in messages) + packet[at:]

    def extract(self, packet: bytes) -> list[bytes]:
        head = bytes([_PRIVATE_TYPE]) + UUID
        payloads = (u.payload for u in units(packet) if u.kind == _METADATA)
        return [p.rstrip(b"\0")[len(head) : -1] for p in payloads if p.startswith(head)]

    def slice_checksum(self, packet: bytes) -> int:
        crc = 0
        for unit in units(packet):
            if unit.kind in _PICTURE:
                crc = zlib.crc32(unit.payload, zlib.crc32(bytes([unit.kind]), crc))
        return crc


def units(packet: bytes) -> Iterator[OBU]:
    """The OBUs of a packet; stops at the first one that does not fit in."""
    at = 0
    while at < len(packet):
        header = packet[at]
        size_at = at + 1 + (header >> 2 & 1)
        size, body = _leb128(packet, size_at)
        if not header & 2 or size < 0 or body + size > len(packet):
            return
        yield OBU(at, header >> 3 & 0xF, packet[body : body + size])
        at = body + size


def _metadata(message: bytes) -> bytes:
    payload = bytes([_PRIVATE_TYPE]) + UUID + message + b"\x80"
    return bytes([_METADATA << 3 | 2]) + _to_leb128(len(payload)) + payload


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A little-endian base-128 number and where it ends; -1 if it is cut off (AV1 4.10.5)."""
    value = 0
    for i, byte in enumerate(data[at : at + 8]):
        value |= (byte & 0x7F) << 7 * i
        if not byte & 0x80:
            return value, at + i + 1
    return -1, at


def _to_leb128(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])

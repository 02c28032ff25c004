"""Motion JPEG: messages as APP11 segments, in pieces of at most 64 KiB (ITU-T T.81 B.2.4.6)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

from vidisp.codec.bitstream.nal import UUID

_APP0, _APP11, _APP15, _COM, _SOS = 0xE0, 0xEB, 0xEF, 0xFE, 0xDA
_PIECE = struct.Struct(">HH")
_PIECE_BYTES = 65533 - len(UUID) - _PIECE.size


class JPEGCarrier:
    """The carrier of Motion JPEG: every packet is a whole JPEG picture."""

    def insert(self, packet: bytes, messages: Sequence[bytes]) -> bytes:
        pieces = b"".join(_app11(piece) for message in messages for piece in _split(message))
        return packet[:2] + pieces + packet[2:]

    def extract(self, packet: bytes) -> list[bytes]:
        found: list[bytes] = []
        parts: list[bytes] = []
        for marker, body in segments(packet):
            if marker != _APP11 or not body.startswith(UUID) or len(body) < len(UUID) + _PIECE.size:
                continue
            piece, count = _PIECE.unpack_from(body, len(UUID))
            parts = [*(parts if piece else []), body[len(UUID) + _PIECE.size :]]
            if piece + 1 == count == len(parts):
                found.append(b"".join(parts))
        return found

    def slice_checksum(self, packet: bytes) -> int:
        crc = 0
        for marker, body in segments(packet):
            if not (_APP0 <= marker <= _APP15 or marker == _COM):
                crc = zlib.crc32(body, zlib.crc32(bytes([marker]), crc))
        return crc


def segments(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, body) of each header segment; the last is SOS with all the coded data behind it."""
    at = 2
    while at + 4 <= len(packet) and packet[at] == 0xFF:
        marker = packet[at + 1]
        size = int.from_bytes(packet[at + 2 : at + 4], "big")
        if marker == _SOS:
            yield marker, packet[at + 2 :].rstrip(b"\0")
            return
        if size < 2 or at + 2 + size > len(packet):
            return
        yield marker, packet[at + 4 : at + 2 + size]
        at += 2 + size


def _split(message: bytes) -> Iterator[bytes]:
    count = max(1, -(-len(message) // _PIECE_BYTES))
    for i in range(count):
        yield UUID + _PIECE.pack(i, count) + message[i * _PIECE_BYTES : (i + 1) * _PIECE_BYTES]


def _app11(body: bytes) -> bytes:
    return bytes([0xFF, _APP11]) + (len(body) + 2).to_bytes(2, "big") + body

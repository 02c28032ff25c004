"""H.264 and HEVC: messages as SEI user_data_unregistered (ITU-T H.264 D.1.7, H.265 D.2.7)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

UUID = bytes.fromhex("7f1d0ac25b9e4d0ea6b3c1f4e25d7690")
_USER_DATA_UNREGISTERED = 5
_SEI_HEADER = {"h264": b"\x06", "hevc": b"\x4e\x01"}
_SEI_TYPE = {"h264": 6, "hevc": 39}
_NEEDS_ESCAPE = re.compile(rb"\0\0(?=[\0-\3])")


@dataclass(frozen=True)
class Unit:
    """One NAL unit: where its framing starts in the packet, its type, and its bytes without the framing."""

    start: int
    kind: int
    data: bytes


@dataclass(frozen=True)
class NALCarrier:
    """The carrier of "h264" and "hevc". `prefix` is the size of the length fields, 0 for Annex B."""

    codec: str
    prefix: int

    def insert(self, packet: bytes, messages: Sequence[bytes]) -> bytes:
        at = next((u.start for u in self.units(packet) if self._is_slice(u)), 0)
        seis = b"".join(self._frame(self._sei(message)) for message in messages)
        return packet[:at] + seis + packet[at:]

    def extract(self, packet: bytes) -> list[bytes]:
        found: list[bytes] = []
        for unit in self.units(packet):
            if unit.kind == _SEI_TYPE[self.codec]:
                found += _messages(unescape(unit.data[len(_SEI_HEADER[self.codec]) :]))
        return found

    def slice_checksum(self, packet: bytes) -> int:
        crc = 0
        for unit in self.units(packet):
            if self._is_slice(unit):
                crc = zlib.crc32(unit.data.rstrip(b"\0"), crc)
        return crc

    def with_headers(self, packet: bytes, headers: bytes) -> bytes:
        """The packet with the parameter sets of `headers` (Annex B) before everything else."""
        return b"".join(self._frame(unit) for _, unit in _annex_b(headers)) + packet

    def units(self, packet: bytes) -> Iterator[Unit]:
        """The NAL units of a packet; stops at the first one that does not fit in."""
        split = _length_prefixed(packet, self.prefix) if self.prefix else _annex_b(packet)
        for start, data in split:
            if data:
                yield Unit(start, self._kind(data[0]), data)

    def _kind(self, first: int) -> int:
        return first & 0x1F if self.codec == "h264" else first >> 1 & 0x3F

    def _is_slice(self, unit: Unit) -> bool:
        return 1 <= unit.kind <= 5 if self.codec == "h264" else unit.kind < 32

    def _sei(self, message: bytes) -> bytes:
        size = len(UUID) + len(message)
        coded_size = b"\xff" * (size // 255) + bytes([size % 255])
        payload = bytes([_USER_DATA_UNREGISTERED]) + coded_size + UUID + message + b"\x80"
        return _SEI_HEADER[self.codec] + escape(payload)

    def _frame(self, unit: bytes) -> bytes:
        return (len(unit).to_bytes(self.prefix, "big") if self.prefix else b"\0\0\0\1") + unit


def length_size(codec: str, extradata: bytes) -> int:
    """Bytes of each NAL length field as avcC or hvcC state it (ISO/IEC 14496-15), 0 for Annex B."""
    at = 4 if codec == "h264" else 21
    if len(extradata) <= at or extradata[0] != 1:
        return 0
    return (extradata[at] & 3) + 1


def escape(payload: bytes) -> bytes:
    """Put emulation prevention bytes in: no start code can occur (H.264 7.4.1)."""
    return _NEEDS_ESCAPE.sub(b"\0\0\3", payload)


def unescape(data: bytes) -> bytes:
    """Take emulation prevention bytes out."""
    return data.replace(b"\0\0\3", b"\0\0")


def _annex_b(packet: bytes) -> Iterator[tuple[int, bytes]]:
    code = packet.find(b"\0\0\1")
    while code >= 0:
        following = packet.find(b"\0\0\1", code + 3)
        end = following if following >= 0 else len(packet)
        start = code - 1 if code and packet[code - 1] == 0 else code
        yield start, packet[code + 3 : end].rstrip(b"\0")
        code = following


def _length_prefixed(packet: bytes, prefix: int) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + prefix <= len(packet):
        size = int.from_bytes(packet[at : at + prefix], "big")
        end = at + prefix + size
        if end > len(packet):
            return
        yield at, packet[at + prefix : end]
        at = end


def _messages(payload: bytes) -> Iterator[bytes]:
    """Our messages among the SEI messages of one unit (H.264 7.3.2.3.1)."""
    at = 0
    while at + 2 < len(payload):
        kind, at = _extended(payload, at)
        size, at = _extended(payload, at)
        if at + size > len(payload):
            return
        body = payload[at : at + size]
        if kind == _USER_DATA_UNREGISTERED and body.startswith(UUID):
            yield body[len(UUID) :]
        at += size


def _extended(data: bytes, at: int) -> tuple[int, int]:
    """A number coded as a run of 0xff and a last byte, and where it ends."""
    value = 0
    while at < len(data) and data[at] == 0xFF:
        value, at = value + 255, at + 1
    return value + (data[at] if at < len(data) else 0), at + 1

"""Carriers: how recovery messages travel inside the packets of each codec.

Every carrier MUST leave the coded picture's bytes as they are, MUST give the same checksum whatever the
container's framing, and MUST NOT raise on damaged packets: what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vidisp.codec.bitstream.ffv1 import FFV1Carrier
from vidisp.codec.bitstream.jpeg import JPEGCarrier
from vidisp.codec.bitstream.nal import NALCarrier, length_size
from vidisp.codec.bitstream.obu import OBUCarrier

__all__ = ["Carrier", "FFV1Carrier", "JPEGCarrier", "NALCarrier", "OBUCarrier", "carrier_for"]


class Carrier(Protocol):
    """Puts messages into a packet (the bytes of one coded picture) and gets them out again."""

    def insert(self, packet: bytes, messages: Sequence[bytes]) -> bytes:
        """The packet with `messages` in it, before the coded picture."""
        ...

    def extract(self, packet: bytes) -> list[bytes]:
        """The messages in `packet`, in the order they were inserted."""
        ...

    def slice_checksum(self, packet: bytes) -> int:
        """CRC-32 of the coded picture alone: equal before and after `insert` and a remux."""
        ...


def carrier_for(codec: str, extradata: bytes | None = None) -> Carrier | None:
    """The carrier of FFmpeg's `codec`, None if there is none; `extradata` says how NAL units are framed."""
    if codec in ("h264", "hevc"):
        return NALCarrier(codec, length_size(codec, extradata or b""))
    simple: dict[str, Carrier] = {"av1": OBUCarrier(), "mjpeg": JPEGCarrier(), "ffv1": FFV1Carrier()}
    return simple.get(codec)

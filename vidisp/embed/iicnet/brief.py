"""A header in nine bytes, for the mark: what must be known of a still that has lost all else that it said.

    brief = task and count u8 | added columns and rows u8 | mean duration in ms u24 | CRC-32 u32

The checksum counts the size of the still and the network as well: no part of a still passes for one, and no network
reads what another one has written.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from vidisp.codec.fields import RecordError
from vidisp.embed.conversion import TASKS, Facts

SIZE = 9
_Size = tuple[int, int]


def to_bytes(facts: Facts, still: _Size, network: str) -> bytes:
    """The brief.

    Args:
        still: (width, height): of the pictures, and at most 15 more.
        network: whatever stands for its weights.
    """
    columns, rows = (shown - true for shown, true in zip(still, facts.size, strict=True))
    lasting = round(float(np.mean(facts.durations))) if facts.durations else 0
    body = bytes([TASKS.index(facts.task) << 5 | facts.count, columns << 4 | rows]) + lasting.to_bytes(3, "big")
    return body + _checksum(body, still, network)


def from_bytes(data: bytes, still: _Size, network: str) -> Facts:
    """The facts, every frame with the mean duration.

    Raises:
        RecordError: it is no brief of a still of that size by that network.
    """
    body = data[:-4]
    number, count = divmod(body[0], 1 << 5)
    if len(data) != SIZE or data[-4:] != _checksum(body, still, network) or number >= len(TASKS):
        raise RecordError("there is no mark")
    columns, rows = divmod(body[1], 1 << 4)
    durations = (int.from_bytes(body[2:], "big"),) * count if TASKS[number] == "frames" else ()
    return Facts(TASKS[number], count, (still[0] - columns, still[1] - rows), durations)


def _checksum(body: bytes, still: _Size, network: str) -> bytes:
    return zlib.crc32(body + struct.pack(">II", *still) + network.encode()).to_bytes(4, "big")

"""Messages: JSON in an envelope that can be checked before anything in it is believed.

    message = "vd" | kind u8 | version u8 | deflated u8 | CRC-32 of the body u32 | size of the text u32 | body

The body is JSON, deflated where that is smaller. Kind, version, checksum and size are checked before anything
is inflated; whatever is wrong, the only thing raised is `RecordError`.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from vidisp.codec.fields import RecordError

VERSION = 1
KIND_CLIP, KIND_FRAME, KIND_TABLE, KIND_HEADERS, KIND_STILL = 1, 2, 3, 4, 5
MAX_JSON_BYTES = 16 << 20
_HEADER = struct.Struct(">2sBBBII")
_MAGIC = b"vd"


def kind_of(data: bytes) -> int | None:
    """What kind of message `data` begins, None if it is none of ours."""
    return data[2] if len(data) >= _HEADER.size and data[:2] == _MAGIC else None


class Budget:
    """How much JSON one file may unfold: many messages, each small on disk, must not fill the memory."""

    def __init__(self, left: int = 128 << 20) -> None:
        self._left = left

    def allows(self, data: bytes) -> bool:
        """Count the text that a message says it holds (reading it never makes more)."""
        self._left -= _HEADER.unpack_from(data)[5] if kind_of(data) is not None else 0
        return self._left >= 0


def pack(kind: int, value: object) -> bytes:
    """`value` as one message. Raises RecordError if it is no JSON or too large."""
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise RecordError(f"the recovery record cannot be written as JSON: {error}") from error
    if len(text) > MAX_JSON_BYTES:
        raise RecordError(f"the recovery record is larger than {MAX_JSON_BYTES >> 20} MiB")
    deflated = zlib.compress(text, 9)
    body = min(text, deflated, key=len)
    return _HEADER.pack(_MAGIC, kind, VERSION, body is deflated, zlib.crc32(body), len(text)) + body


def unpack(kind: int, data: bytes) -> Any:
    """The value of a message that must be of `kind`. Raises RecordError for anything else."""
    if kind_of(data) is None:
        raise RecordError("this is no recovery record")
    _, found, version, deflated, crc, size = _HEADER.unpack_from(data)
    if version > VERSION:
        raise RecordError(f"the recovery record is of version {version}", hint="a newer vidisp wrote it; update")
    if found != kind or version < 1 or deflated > 1 or size > MAX_JSON_BYTES:
        raise RecordError("the recovery record's header makes no sense")
    body = data[_HEADER.size :]
    if zlib.crc32(body) != crc:
        raise RecordError("the recovery record's checksum does not fit: it is damaged or cut off")
    return _parse(_inflate(body, size) if deflated else body, size)


def _inflate(body: bytes, size: int) -> bytes:
    """At most `size` bytes are ever produced, whatever the body claims."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(body, size + 1)
    except zlib.error as error:
        raise RecordError("the recovery record does not inflate") from error
    if not inflater.eof or inflater.unused_data:
        raise RecordError("the recovery record has not the size it states")
    return text


def _parse(text: bytes, size: int) -> Any:
    if len(text) != size:
        raise RecordError("the recovery record has not the size it states")
    try:
        return json.loads(text.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RecordError("the recovery record is not JSON") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")

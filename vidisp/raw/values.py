"""The values of TIFF tags, as bytes in a file and as Python values, exactly invertible.

Types after TIFF 6.0 (Adobe, 1992), section 2; IFD is type 13 of Adobe's technical note 1.
"""

from __future__ import annotations

import struct

from vidisp.errors import InputError
from vidisp.raw.frame import Tag

TYPE_SIZE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TYPE_FORMAT = {1: "B", 3: "H", 4: "L", 5: "L", 6: "b", 8: "h", 9: "l", 10: "l", 11: "f", 12: "d", 13: "L"}
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
RATIONALS = (RATIONAL, SRATIONAL)

Value = bytes | str | int | float | tuple[int | float, ...]


def unpack(data: bytes, dtype: int, order: str) -> tuple[int | float, ...]:
    """The numbers in `data`, byte order "<" or ">"; ASCII and UNDEFINED give their bytes."""
    if dtype in (BYTE, ASCII, UNDEFINED):
        return tuple(data)
    form = _TYPE_FORMAT[dtype]
    return struct.unpack(f"{order}{len(data) // struct.calcsize('<' + form)}{form}", data)


def tag_value(data: bytes, dtype: int, order: str) -> Value:
    """`data` as the value of a `Tag`; `tag_bytes` is its exact inverse for the order "<"."""
    if dtype in (BYTE, UNDEFINED):
        return data
    if dtype == ASCII:
        return _text_or_bytes(data)
    values = unpack(data, dtype, order)
    return values[0] if len(values) == 1 else values


def _text_or_bytes(data: bytes) -> str | bytes:
    # Text is text only if writing it again gives the same bytes; fixed-width fields and odd encodings stay bytes.
    try:
        text = data[:-1].decode("utf-8")
    except UnicodeDecodeError:
        return data
    return text if data.endswith(b"\0") and "\0" not in text else data


def tag_bytes(tag: Tag) -> bytes:
    """The value of a tag as little-endian bytes.

    Raises: InputError when value, type and count do not fit together.
    """
    try:
        data = _encode(tag.value, tag.dtype)
    except (struct.error, TypeError, KeyError, OverflowError) as error:
        raise InputError(f"tag {tag.code} holds a value that is not of its type {tag.dtype}") from error
    if len(data) != tag.count * TYPE_SIZE[tag.dtype]:
        raise InputError(f"tag {tag.code} says {tag.count} values of type {tag.dtype} but holds {len(data)} bytes")
    return data


def _encode(value: Value, dtype: int) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode() + b"\0"
    values = value if isinstance(value, tuple) else (value,)
    return struct.pack(f"<{len(values)}{_TYPE_FORMAT[dtype]}", *values)

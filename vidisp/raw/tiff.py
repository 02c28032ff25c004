"""TIFF image file directories, read and written, with every size checked before anything is allocated.

Two things make this a part of its own. A clip of ten thousand frames is checked frame by frame when it is opened,
which leaves about a fifth of a millisecond for a header. And tags are to come back exactly as the camera wrote
them, EXIF and GPS included, so their type, count and bytes count, not what a library makes of them.

Layout after TIFF 6.0 (Adobe, 1992), section 2; IFD is type 13 of Adobe's technical note 1.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from vidisp.errors import InputError
from vidisp.raw.frame import Tag

TYPE_SIZE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TYPE_FORMAT = {1: "B", 3: "H", 4: "L", 5: "L", 6: "b", 8: "h", 9: "l", 10: "l", 11: "f", 12: "d", 13: "L"}
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
RATIONALS = (RATIONAL, SRATIONAL)

Value = bytes | str | int | float | tuple[int | float, ...]


class Source(Protocol):
    """Where the bytes of a value come from."""

    order: str

    def read(self, offset: int, size: int, /) -> bytes:
        """`size` bytes at `offset`."""
        ...


class TiffFile:
    """An open file, read at given places; several threads may read at once."""

    _HEAD = 16384

    def __init__(self, path: Path) -> None:
        """Raises: InputError when the file cannot be opened."""
        try:
            self._fd = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise InputError(f"cannot be opened: {error.strerror}", path=path) from error
        self.path = path
        self.size = os.fstat(self._fd).st_size
        self._head = os.pread(self._fd, self._HEAD, 0)
        self.order = {b"II*\0": "<", b"MM\0*": ">"}.get(self._head[:4], "")

    def __enter__(self) -> TiffFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._fd)

    @property
    def head(self) -> bytes:
        """The first bytes of the file."""
        return self._head[:64]

    def read(self, offset: int, size: int, /) -> bytes:
        """`size` bytes at `offset`, fewer where the file ends; never more than the file holds."""
        if offset + size <= len(self._head):
            return self._head[offset : offset + size]
        size = min(size, self.size - offset)
        parts = []
        while size > 0:  # one pread returns at most 2 GiB
            parts.append(os.pread(self._fd, size, offset))
            if not parts[-1]:
                break
            offset, size = offset + len(parts[-1]), size - len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def first_ifd(self) -> int:
        """Offset of the first directory, 0 when this is no TIFF file."""
        return struct.unpack(self.order + "L", self._head[4:8])[0] if self.order and self.size >= 8 else 0


class _Memory:
    order = "<"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, offset: int, size: int, /) -> bytes:
        return self._data[offset : offset + size]


@dataclass(frozen=True, slots=True)
class Entry:
    """One directory entry; its value is read when it is asked for."""

    source: Source
    code: int
    dtype: int
    count: int
    offset: int

    @property
    def data(self) -> bytes:
        """The value's bytes as they lie in the file."""
        return self.source.read(self.offset, self.count * TYPE_SIZE[self.dtype])

    def numbers(self) -> tuple[int | float, ...]:
        """Every number of the value, rationals as pairs in a flat tuple; bytes count as numbers."""
        return unpack(self.data, self.dtype, self.source.order)

    def reals(self) -> tuple[float, ...]:
        """Every number of the value as a float; a rational n/0 is nan."""
        values = self.numbers()
        if self.dtype not in RATIONALS:
            return tuple(float(v) for v in values)
        return tuple(n / d if d else float("nan") for n, d in zip(values[::2], values[1::2], strict=True))

    def tag(self, ifd: str) -> Tag:
        """The entry as a `Tag`, for `ifd` ("main", "exif" or "gps")."""
        return Tag(self.code, self.dtype, self.count, tag_value(self.data, self.dtype, self.source.order), ifd)  # type: ignore[arg-type]


class Ifd(dict[int, Entry]):
    """One directory: entries by tag code. Entries that point outside the file are left out."""

    next_offset = 0

    @classmethod
    def of_tags(cls, tags: Sequence[Tag]) -> Ifd:
        """A directory that lies in memory."""
        return cls({tag.code: Entry(_Memory(tag_bytes(tag)), tag.code, tag.dtype, tag.count, 0) for tag in tags})

    def ints(self, code: int) -> tuple[int, ...]:
        """The whole numbers of a tag, empty when it is missing or holds something else."""
        entry = self.get(code)
        if entry is None or entry.dtype not in (1, 3, 4, 6, 8, 9, 13):
            return ()
        return tuple(int(v) for v in entry.numbers())

    def first(self, code: int, default: int) -> int:
        """The first whole number of a tag."""
        return (self.ints(code) or (default,))[0]

    def reals(self, code: int) -> tuple[float, ...]:
        """The numbers of a tag, empty when it is missing or is text."""
        entry = self.get(code)
        return () if entry is None or entry.dtype in (ASCII, UNDEFINED) else entry.reals()

    def data(self, code: int) -> bytes:
        """The bytes of a tag, empty when it is missing."""
        return self[code].data if code in self else b""

    def text(self, code: int) -> str:
        """The text of a tag up to its first NUL, empty when it is missing."""
        return self.data(code).split(b"\0")[0].decode("utf-8", "replace").strip()


def read_ifd(file: TiffFile, offset: int) -> Ifd:
    """The directory at `offset`; an empty one where the file holds none."""
    ifd = Ifd()
    head = file.read(offset, 2)
    if len(head) < 2 or offset < 8:
        return ifd
    (count,) = struct.unpack(file.order + "H", head)
    block = file.read(offset + 2, 12 * count + 4)
    entries = block[: len(block) // 12 * 12][: 12 * count]
    for index, (code, dtype, n, value) in enumerate(struct.iter_unpack(file.order + "HHLL", entries)):
        size = n * TYPE_SIZE.get(dtype, 0)
        place = value if size > 4 else offset + 2 + 12 * index + 8
        if size and place + size <= file.size and code not in ifd:
            ifd[code] = Entry(file, code, dtype, n, place)
    tail = block[12 * count :]
    ifd.next_offset = struct.unpack(file.order + "L", tail)[0] if len(tail) == 4 else 0
    return ifd


def walk_ifds(file: TiffFile, limit: int = 32) -> Iterator[Ifd]:
    """The first directory, its sub-directories, then the ones chained to it; at most `limit`, none twice."""
    waiting, seen = [file.first_ifd()], set[int]()
    while waiting and len(seen) < limit:
        offset = waiting.pop(0)
        if offset == 0 or offset in seen:
            continue
        seen.add(offset)
        ifd = read_ifd(file, offset)
        yield ifd
        waiting += [*ifd.ints(330)[:limit], ifd.next_offset]


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


def encode_ifd(tags: Sequence[Tag], offset: int) -> bytes:
    """A directory that is to lie at `offset`, little-endian, values that do not fit into entries behind it."""
    tags = sorted(tags, key=lambda tag: tag.code)
    entries, heap = [], b""
    base = offset + 2 + 12 * len(tags) + 4
    for tag in tags:
        data = tag_bytes(tag)
        inline = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<L", base + len(heap))
        entries.append(struct.pack("<HHL", tag.code, tag.dtype, tag.count) + inline)
        if len(data) > 4:
            heap += data + b"\0" * (len(data) % 2)
    return struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4) + heap


def encode_tiff(main: Sequence[Tag], subs: Mapping[int, Sequence[Tag]], pixels: bytes) -> list[bytes]:
    """A TIFF file with one image in one strip, as parts to be written one after the other.

    Args:
        main: tags of the image's directory, without StripOffsets and StripByteCounts.
        subs: further directories by the code of the tag that points to them (EXIF 34665, GPS 34853).
        pixels: the strip.
    """
    pointers = {code: 0 for code in (*(code for code, tags in subs.items() if tags), 273)}
    size = Tag(279, LONG, 1, len(pixels))
    place = 8 + len(encode_ifd([*main, size, *_pointer_tags(pointers)], 8))
    blocks = []
    for code, tags in subs.items():
        if tags:
            pointers[code] = place
            blocks.append(encode_ifd(tags, place))
            place += len(blocks[-1])
    pad = -place % 16
    pointers[273] = place + pad
    head = b"II*\0" + struct.pack("<L", 8) + encode_ifd([*main, size, *_pointer_tags(pointers)], 8)
    return [head, *blocks, bytes(pad), pixels]


def _pointer_tags(pointers: Mapping[int, int]) -> list[Tag]:
    return [Tag(code, LONG, 1, offset) for code, offset in pointers.items()]

"""TIFF image file directories, read with every size checked before anything is allocated.

Two things make this a part of its own. A clip of ten thousand frames is checked frame by frame when it is opened,
which leaves about a fifth of a millisecond for a header. And tags are to come back exactly as the camera wrote
them, EXIF and GPS included, so their type, count and bytes count, not what a library makes of them.

Layout after TIFF 6.0 (Adobe, 1992), section 2; IFD is type 13 of Adobe's technical note 1.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from vidisp.errors import InputError
from vidisp.raw.frame import Tag
from vidisp.raw.values import ASCII, RATIONALS, TYPE_SIZE, UNDEFINED, tag_bytes, tag_value, unpack


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

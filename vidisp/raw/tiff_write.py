"""TIFF files, put together in memory: directories with exactly the tags that are asked for, and one strip."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from vidisp.raw.frame import Tag
from vidisp.raw.values import LONG, tag_bytes


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

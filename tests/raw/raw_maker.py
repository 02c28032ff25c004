"""A small maker of DNG files for the tests: every tag, byte order and way of storing pixels can be chosen.

It shares no code with the package, so that one mistake cannot hide in both.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 10: 8, 11: 4, 12: 8}
FORMS = {3: "H", 4: "L", 5: "L", 10: "l", 11: "f", 12: "d"}
MATRIX = (0.7, -0.15, -0.07, -0.45, 1.25, 0.22, -0.1, 0.2, 0.6)
COLORS = {"R": 0, "G": 1, "B": 2, "C": 3, "M": 4, "Y": 5, "W": 6}


def value(dtype, items, order="<"):
    """The bytes of a tag's value, and its count."""
    if isinstance(items, str):
        items = items.encode() + b"\0"
    if not isinstance(items, bytes):
        items = items if isinstance(items, (tuple, list)) else (items,)
        items = struct.pack(f"{order}{len(items)}{FORMS[dtype]}", *items)
    return items, len(items) // SIZES[dtype]


class Builder:
    """Puts directories and pixel data one after the other and keeps the offsets."""

    def __init__(self, order="<"):
        self.order = order
        self.body = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))

    def put(self, data):
        self.body += bytes(len(self.body) % 2)
        self.body += data
        return len(self.body) - len(data)

    def ifd(self, tags):
        """`tags` is {code: (dtype, items)}; returns the directory's offset."""
        entries = b""
        for code in sorted(tags):
            dtype, items = tags[code]
            data, count = value(dtype, items, self.order)
            inline = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(self.order + "L", self.put(data))
            entries += struct.pack(self.order + "HHL", code, dtype, count) + inline
        return self.put(struct.pack(self.order + "H", len(tags)) + entries + bytes(4))

    def save(self, path, first):
        self.body[4:8] = struct.pack(self.order + "L", first)
        Path(path).write_bytes(self.body)
        return Path(path)


def pack_bits(rows, bits):
    """Rows of samples, most significant bit first, each row padded to whole bytes."""
    grid = (rows[..., None].astype(np.uint32) >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(grid.reshape(rows.shape[0], -1).astype(np.uint8), axis=1).tobytes()


def plain(block, bits, order="<"):
    """Uncompressed samples."""
    return block.astype(order + "u2").tobytes() if bits == 16 else pack_bits(block, bits)


def lossless_jpeg(block, bits, components=1, rows=1):
    """A lossless JPEG of another shape than the picture, as cameras write them."""
    height, width = block.shape
    data = block.astype(np.uint16).reshape(height // rows, width * rows // components, components)
    data = np.ascontiguousarray(data[..., 0] if components == 1 else data)
    return bytes(
        imagecodecs.jpeg8_encode(
            data, lossless=True, predictor=1, bitspersample=bits, colorspace="unknown", outcolorspace="unknown"
        )
    )


def deflate(block, step=0, order="<"):
    """Deflate, with horizontal differences to the sample `step` to the left."""
    data = block.astype(np.uint16)
    if step:
        data = data.copy()
        data[:, step:] = block[:, step:] - block[:, :-step]
    return zlib.compress(data.astype(order + "u2").tobytes())


def raw_tags(mosaic, cfa="RGGB", bits=16, **extra):
    """The tags of a raw directory; `extra` maps "t<code>" to (dtype, items), None leaves a tag out."""
    height, width = mosaic.shape
    tags = {
        254: (LONG, 0),
        256: (LONG, width),
        257: (LONG, height),
        258: (SHORT, bits),
        259: (SHORT, 1),
        262: (SHORT, 32803),
        277: (SHORT, 1),
        33421: (SHORT, (2, 2)),
        33422: (BYTE, bytes(COLORS[c] for c in cfa)),
        50706: (BYTE, bytes((1, 4, 0, 0))),
        50714: (SHORT, 64),
        50717: (LONG, (1 << bits) - 1),
        50721: (SRATIONAL, [n for v in MATRIX for n in (round(v * 10000), 10000)]),
        50728: (RATIONAL, (500000, 1000000, 1, 1, 600000, 1000000)),
        50778: (SHORT, 21),
    }
    tags.update({int(name[1:]): item for name, item in extra.items()})
    return {code: item for code, item in tags.items() if item is not None}


def make_dng(path, mosaic, *, order="<", bits=16, strip_rows=None, tile=None, encode=None, compression=1, **extra):
    """Write a DNG with the raw image in its first directory; `encode(block)` makes the bytes of a strip or tile."""
    builder = Builder(order)
    tags = raw_tags(mosaic, bits=bits, **extra)
    tags[259] = (SHORT, compression)
    encode = encode or (lambda block: plain(block, bits, order))
    store(builder, tags, mosaic, strip_rows, tile, encode)
    return builder.save(path, builder.ifd(tags))


def store(builder, tags, mosaic, strip_rows, tile, encode):
    height, width = mosaic.shape
    if tile:
        padded = np.pad(mosaic, ((0, -height % tile[0]), (0, -width % tile[1])), mode="edge")
        blocks = [
            padded[y : y + tile[0], x : x + tile[1]]
            for y in range(0, height, tile[0])
            for x in range(0, width, tile[1])
        ]
        tags[323], tags[322] = (LONG, tile[0]), (LONG, tile[1])
    else:
        rows = strip_rows or height
        blocks = [mosaic[y : y + rows] for y in range(0, height, rows)]
        tags.setdefault(278, (LONG, rows))
    data = [encode(block) for block in blocks]
    offsets, counts = (324, 325) if tile else (273, 279)
    tags.setdefault(offsets, (LONG, [builder.put(part) for part in data]))
    tags.setdefault(counts, (LONG, [len(part) for part in data]))


def noise(height, width, bits=12, seed=0):
    """A mosaic of random samples."""
    return np.random.default_rng(seed).integers(0, 1 << bits, (height, width)).astype(np.uint16)

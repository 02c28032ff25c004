"""The samples of a DNG's raw image: strips or tiles, packed, lossless JPEG, deflate, JPEG XL.

DNG specification 1.7.1, "Image Data Compression". What a strip declares is held against what the file has before a
byte is allocated: a truncated file is refused, never filled up with zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import imagecodecs
import numpy as np

from vidisp.errors import InputError
from vidisp.raw.ljpeg import decode_mosaic
from vidisp.raw.tiff import Ifd, TiffFile

UNCOMPRESSED, JPEG, DEFLATE, OLD_DEFLATE, LOSSY_JPEG, JPEG_XL = 1, 7, 8, 32946, 34892, 52546
MAX_SIDE = 65535
MAX_SAMPLES = 1 << 28
_PREDICTOR_STEP = {1: 0, 2: 1, 34892: 2, 34893: 4}
# At most so many samples from a byte: a Huffman code has a bit at least, deflate never beats 1032 to 1.
_SAMPLES_A_BYTE = {UNCOMPRESSED: 1, JPEG: 8, DEFLATE: 1032, OLD_DEFLATE: 1032}


class UndecodableError(Exception):
    """This variant is none that vidisp decodes; another reader may."""


@dataclass(frozen=True)
class Segment:
    """One strip or tile: where it lies in the file, where in the picture, and its own size in samples."""

    offset: int
    size: int
    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Layout:
    """How the samples of a raw image lie in a file."""

    width: int
    height: int
    bits: int
    compression: int
    predictor: int
    tile: tuple[int, int]
    tiled: bool
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    interleave: tuple[int, int]

    @classmethod
    def of(cls, ifd: Ifd) -> Layout:
        """The layout that a directory declares.

        Raises: InputError for sizes out of bounds and for kinds of samples other than one unsigned integer each.
        """
        width, height = ifd.first(256, 0), ifd.first(257, 0)
        if not (2 <= width <= MAX_SIDE and 2 <= height <= MAX_SIDE and width * height <= MAX_SAMPLES):
            raise InputError(f"declares a raw image of {width}x{height} samples, which cannot be")
        if ifd.first(339, 1) == 3:
            raise InputError("is a floating point DNG", hint="vidisp takes the camera's integer samples only")
        bits, samples = ifd.first(258, 16), ifd.first(277, 1)
        if samples != 1 or not 8 <= bits <= 16 or ifd.first(339, 1) != 1:
            raise InputError(f"has {samples} samples a pixel of {bits} bits, vidisp takes one of 8 to 16 bits")
        tiled = 324 in ifd
        tile = (ifd.first(323, 0), ifd.first(322, 0)) if tiled else (min(ifd.first(278, height), height), width)
        if not (1 <= tile[0] <= MAX_SIDE and 1 <= tile[1] <= MAX_SIDE and tile[0] * tile[1] <= MAX_SAMPLES):
            raise InputError(f"declares tiles of {tile[1]}x{tile[0]} samples, which cannot be")
        offsets, sizes = (ifd.ints(324), ifd.ints(325)) if tiled else (ifd.ints(273), ifd.ints(279))
        interleave = (ifd.first(50975, 1), ifd.first(52547, 1))
        return cls(width, height, bits, ifd.first(259, 1), ifd.first(317, 1), tile, tiled, offsets, sizes, interleave)

    def segments(self, file_size: int) -> Iterator[Segment]:
        """Every strip or tile in reading order.

        Raises: InputError when one is missing, too short for its samples, or reaches beyond the file.
        """
        across, down = -(-self.width // self.tile[1]), -(-self.height // self.tile[0])
        if len(self.offsets) < across * down:
            raise InputError(f"lacks pixel data: {len(self.offsets)} of {across * down} strips or tiles")
        for index in range(across * down):
            row, column = index // across * self.tile[0], index % across * self.tile[1]
            rows = self.tile[0] if self.tiled else min(self.tile[0], self.height - row)
            size = self.sizes[index] if index < len(self.sizes) else 0
            need = rows * _packed(self.tile[1], self.bits) if self.compression == UNCOMPRESSED else 1
            size = need if self.compression == UNCOMPRESSED and size == 0 else size
            end = self.offsets[index] + size
            if size < need or end > file_size:
                raise InputError(
                    f"is truncated: its pixel data should reach byte {max(end, self.offsets[index] + need)}, "
                    f"the file has {file_size}",
                    hint="copy it from the camera or card again",
                )
            yield Segment(self.offsets[index], size, row, column, rows, self.tile[1])

    def check(self, file_size: int) -> None:
        """Hold all strips and tiles against the file's size; see `segments` for what is raised."""
        size = sum(segment.size for segment in self.segments(file_size))
        if self.width * self.height > size * _SAMPLES_A_BYTE.get(self.compression, MAX_SAMPLES):
            raise InputError(f"declares {self.width}x{self.height} samples in {size} bytes, which cannot be")


def _packed(columns: int, bits: int) -> int:
    return (columns * bits + 7) // 8


def decode_pixels(file: TiffFile, layout: Layout) -> np.ndarray:
    """The raw image, (height, width) uint16, as stored: before linearisation and cropping.

    Raises: InputError for damaged data, `UndecodableError` for a variant that vidisp has no decoder for.
    """
    layout.check(file.size)
    if layout.compression not in _DECODERS or layout.predictor not in _PREDICTOR_STEP:
        raise UndecodableError(f"compression {layout.compression}, predictor {layout.predictor}")
    decode = _DECODERS[layout.compression]
    segments = list(layout.segments(file.size))
    if len(segments) == 1 and not layout.tiled:
        return _deinterleave(
            decode(file.read(segments[0].offset, segments[0].size), segments[0], layout, file.order), layout
        )
    image = np.empty((layout.height, layout.width), np.uint16)
    for segment in segments:
        block = decode(file.read(segment.offset, segment.size), segment, layout, file.order)
        target = image[segment.row : segment.row + segment.rows, segment.column : segment.column + segment.columns]
        target[:] = block[: target.shape[0], : target.shape[1]]
    return _deinterleave(image, layout)


def _deinterleave(image: np.ndarray, layout: Layout) -> np.ndarray:
    # RowInterleaveFactor, ColumnInterleaveFactor: the fields of an interlaced picture lie one after the other.
    for axis, factor in enumerate(layout.interleave):
        if factor > 1:
            out, start = np.empty_like(image), 0
            for phase in range(factor):
                field = np.moveaxis(out, axis, 0)[phase::factor]
                field[:] = np.moveaxis(image, axis, 0)[start : start + len(field)]
                start += len(field)
            image = out
    return image


def _decode_plain(data: bytes, segment: Segment, layout: Layout, order: str) -> np.ndarray:
    stride = _packed(segment.columns, layout.bits)
    return _unpack_samples(data[: segment.rows * stride], segment, layout.bits, order)


def _unpack_samples(data: bytes, segment: Segment, bits: int, order: str) -> np.ndarray:
    shape = (segment.rows, segment.columns)
    if bits == 16:
        return np.frombuffer(data, order + "u2").reshape(shape).astype(np.uint16)
    if bits == 8:
        return np.frombuffer(data, np.uint8).reshape(shape).astype(np.uint16)
    # DNG packs other depths most significant bit first, whatever the byte order; rows start at whole bytes.
    return imagecodecs.packints_decode(data, np.uint16, bits, runlen=segment.columns).reshape(shape)


def _decode_jpeg(data: bytes, segment: Segment, layout: Layout, order: str) -> np.ndarray:
    whole = (segment.rows, segment.columns)
    cut = (min(segment.rows, layout.height - segment.row), min(segment.columns, layout.width - segment.column))
    return decode_mosaic(data, whole, cut)


def _decode_deflate(data: bytes, segment: Segment, layout: Layout, order: str) -> np.ndarray:
    size = segment.rows * _packed(segment.columns, layout.bits)
    try:
        plain = bytes(imagecodecs.zlib_decode(data, out=size))
    except (RuntimeError, ValueError) as error:
        raise InputError("has damaged deflate data", hint="copy it from the camera again") from error
    if len(plain) != size:
        raise InputError("has deflate data that ends too early", hint="copy it from the camera again")
    return _undo_predictor(_unpack_samples(plain, segment, layout.bits, order), layout)


def _undo_predictor(image: np.ndarray, layout: Layout) -> np.ndarray:
    step = _PREDICTOR_STEP[layout.predictor]
    for phase in range(step):
        part = image[:, phase::step]
        np.add.accumulate(part, axis=1, out=part)
    if layout.bits < 16:
        image &= (1 << layout.bits) - 1
    return image


def _decode_jpeg_xl(data: bytes, segment: Segment, layout: Layout, order: str) -> np.ndarray:
    # `out` fixes the size: a stream that announces another one fails instead of allocating it.
    for dtype in (np.uint16, np.uint8):
        out = np.empty((segment.rows, segment.columns), dtype)
        try:
            return imagecodecs.jpegxl_decode(data, out=out).astype(np.uint16)
        except (RuntimeError, ValueError, TypeError, ImportError) as error:
            problem = error
    raise InputError(
        "is compressed with JPEG XL in a way vidisp cannot read", hint="convert it to lossless DNG"
    ) from problem


_DECODERS = {
    UNCOMPRESSED: _decode_plain,
    JPEG: _decode_jpeg,
    DEFLATE: _decode_deflate,
    OLD_DEFLATE: _decode_deflate,
    JPEG_XL: _decode_jpeg_xl,
}

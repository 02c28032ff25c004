"""Components to the bytes of a JPEG file and back, unconverted: no colour matrix and no hidden resampling.

Pillow writes. For 4:2:0 it takes chroma in the size of luma and halves it by the mean of 2x2 (libjpeg's
`h2v2_downsample`), which gives samples that were repeated 2x2 back exactly. FFmpeg's decoder reads, for it hands out
the components as they are coded.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import av
import numpy as np
from PIL import Image, ImageFile

from vidisp.codec.jpeg.components import LARGEST_PICTURE, LARGEST_SIDE, Components, Subsampling
from vidisp.codec.jpeg.tables import COEFFICIENTS
from vidisp.errors import InputError, NotRecoverableError

_PILLOW_SUBSAMPLING = {"444": 0, "420": 2}
_THUMBNAIL_QUALITY = 75
_MOST_BYTES = 5
"""A pixel can take in a file: libjpeg never codes more than this, noise in 4:4:4 at a step of 1 takes 3.2."""
_buffer = threading.Lock()


def encode(picture: Components, step: int) -> bytes:
    """A progressive JPEG file with optimal Huffman tables and quantisers that all are `step`.

    Raises:
        InputError: it is too large.
    """
    if max(picture.size) > LARGEST_SIDE or picture.y.size > LARGEST_PICTURE:
        raise InputError("a picture of {}x{} is too large for JPEG".format(*picture.size))
    tables, sampling = [[step] * COEFFICIENTS], _PILLOW_SUBSAMPLING[picture.subsampling]
    with _room_for(picture), io.BytesIO() as file:
        bands = [Image.fromarray(_enlarged(plane, picture.size)) for plane in picture.planes]
        Image.merge("YCbCr", bands).save(
            file, "JPEG", qtables=tables, subsampling=sampling, optimize=True, progressive=True
        )
        return file.getvalue()


def decode(data: bytes) -> tuple[np.ndarray, ...]:
    """The components of a JPEG file as they are coded: (height, width) uint8 each, whatever the subsampling.

    The inverse DCT is FFmpeg's `simple`, which gives the same samples on every machine.

    Raises:
        InputError: it is damaged, cut off, or of a kind that FFmpeg does not decode.
    """
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.thread_count = 1
    decoder.options = {"idct": "simple", "err_detect": "explode"}
    try:
        frames = decoder.decode(av.Packet(data)) + decoder.decode(None)
    except av.error.FFmpegError as error:
        raise InputError("is damaged or cut off, or a JPEG of a kind that FFmpeg does not decode") from error
    if not frames:
        raise InputError("holds no whole picture")
    kind = frames[0].format
    if kind.is_rgb or any(component.bits != 8 for component in kind.components):
        raise InputError(f"its samples are {kind.name}, not 8-bit luma and chroma")
    return tuple(_samples(plane) for plane in frames[0].planes)


def fit(planes: tuple[np.ndarray, ...], subsampling: Subsampling) -> Components:
    """Decoded planes as components of that subsampling; only another encoder's chroma is ever resampled.

    Raises:
        NotRecoverableError: there is no chroma.
    """
    if len(planes) != 3:
        raise NotRecoverableError(f"was saved with {len(planes)} colour components instead of 3")
    height, width = planes[0].shape
    size = (width, height) if subsampling == "444" else (width // 2, height // 2)
    return Components(planes[0], *(_resampled(plane, size) for plane in planes[1:]))


def thumbnail(picture: Components, longest: int) -> bytes:
    """A small JPEG file of the picture, its longer side `longest` pixels at most."""
    scale = min(1.0, longest / max(picture.size))
    width, height = (max(1, round(side * scale)) for side in picture.size)
    bands = [Image.fromarray(plane).resize((width, height), Image.Resampling.BOX) for plane in picture.planes]
    image = Image.merge("YCbCr", bands)
    with io.BytesIO() as file:
        image.save(file, "JPEG", quality=_THUMBNAIL_QUALITY, optimize=True)
        return file.getvalue()


def _enlarged(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Samples repeated until the plane has that size."""
    width, height = size
    rows, columns = plane.shape
    return plane.repeat(height // rows, 0).repeat(width // columns, 1) if (rows, columns) != (height, width) else plane


def _resampled(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Chroma in another subsampling: smaller by the mean of 2x2, 2x1 or 1x2, larger by bilinear interpolation."""
    width, height = size
    rows, columns = plane.shape
    if (columns, rows) == size:
        return plane
    image = Image.fromarray(plane)
    if width <= columns and height <= rows:
        return np.asarray(image.reduce((columns // width, rows // height)))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))


def _samples(plane: av.video.plane.VideoPlane) -> np.ndarray:
    """Without the padding at the line ends."""
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width].copy()


@contextmanager
def _room_for(picture: Components) -> Iterator[None]:
    """A progressive file is written from one buffer, which Pillow takes two bytes a pixel for. That is too little for
    noise at the finest steps, and Pillow offers no other way to ask for more."""
    with _buffer:
        before, ImageFile.MAXBLOCK = ImageFile.MAXBLOCK, max(ImageFile.MAXBLOCK, _MOST_BYTES * picture.y.size)
        try:
            yield
        finally:
            ImageFile.MAXBLOCK = before

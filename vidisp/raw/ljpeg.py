"""Lossless JPEG (ITU-T T.81, process 14) as DNG uses it for mosaics."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np

from vidisp.errors import InputError

_AGAIN = "copy it from the camera or card again"


def encode_mosaic(mosaic: np.ndarray) -> bytes:
    """Lossless JPEG of a (height, width) uint16 mosaic: predictor 1, precision 16. Releases the GIL.

    An even width is coded as two components of half the width, so that each sample is predicted from its
    neighbour of the same colour: 28 % smaller than one component, and the form that Adobe's own converter writes.
    """
    height, width = mosaic.shape
    data = np.ascontiguousarray(mosaic)
    if width % 2 == 0:
        data = data.reshape(height, width // 2, 2)
    encoded = imagecodecs.jpeg8_encode(
        data, lossless=True, predictor=1, bitspersample=16, colorspace="unknown", outcolorspace="unknown"
    )
    return bytes(encoded)


def decode_mosaic(data: bytes, whole: tuple[int, int], cut: tuple[int, int]) -> np.ndarray:
    """The samples of one strip or tile, (rows, columns) uint16. Releases the GIL.

    A JPEG's own shape means nothing, its samples fill the strip or tile in reading order (DNG 1.7.1, page 20).

    Args:
        whole: rows and columns of the strip or tile.
        cut: those of them that lie inside the picture; some cameras store no more than these.

    Raises: InputError for data that is damaged, lossy, breaks off, or holds too few samples.
    """
    rows, columns, components = _size(data)
    stored = rows * columns * components
    if not cut[0] * cut[1] <= stored <= 8 * len(data):  # no code is shorter than a bit
        raise InputError(f"holds a JPEG of {columns}x{rows}x{components} samples for {whole[1]}x{whole[0]}")
    # Decoders fill a stream that breaks off with zeros; only the end marker tells that it is whole.
    if data.rfind(b"\xff\xd9") < 0:
        raise InputError("is truncated: its lossless JPEG data breaks off", hint=_AGAIN)
    try:
        # libjpeg-turbo. The other decoder at hand, liblj92, reads beyond damaged data and takes the process with it.
        image = np.asarray(imagecodecs.jpeg8_decode(data), np.uint16).reshape(rows, columns * components)
    except (RuntimeError, ValueError) as error:
        raise InputError("has damaged lossless JPEG data", hint=_AGAIN) from error
    return _fit(image, whole, cut)


def _fit(image: np.ndarray, whole: tuple[int, int], cut: tuple[int, int]) -> np.ndarray:
    for shape in (whole, cut):
        if image.size == shape[0] * shape[1]:
            return image.reshape(shape)
    if image.shape[0] >= whole[0] and image.shape[1] >= whole[1]:
        return image
    if image.size > whole[0] * whole[1]:
        return image.reshape(-1)[: whole[0] * whole[1]].reshape(whole)
    raise InputError(f"holds a JPEG of {image.size} samples for {whole[1]}x{whole[0]}")


def _size(data: bytes) -> tuple[int, int, int]:
    """Rows, columns and components from the frame header (T.81, B.2.2).

    Raises: InputError when it is no JPEG, or one that loses.
    """
    place = 2
    while data[:2] == b"\xff\xd8" and place + 10 <= len(data) and data[place] == 0xFF:
        marker, length = struct.unpack(">BH", data[place + 1 : place + 4])
        if marker == 0xC3:
            _, rows, columns, components = struct.unpack(">BHHB", data[place + 4 : place + 10])
            return rows, columns, components
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise InputError("is compressed with lossy JPEG", hint="vidisp takes DNG with all of its samples only")
        place += 2 + length
    raise InputError("has damaged JPEG data", hint=_AGAIN)

"""Reading camera RAW files through LibRaw (rawpy): CR2, CR3, CRW, NEF, ARW, RAF with a Bayer sensor, and so on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rawpy

from vidisp.errors import InputError
from vidisp.raw import levels
from vidisp.raw.colour import D65, SRGB_MATRIX, Neutral, neutral_from_matrix
from vidisp.raw.frame import CFA, RawFrame, Sensor, Tag
from vidisp.raw.tiff import ASCII, RATIONAL

_LOG = logging.getLogger("vidisp")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with rawpy.imread(str(path)) as raw:
            yield raw
    except rawpy.LibRawFileUnsupportedError as error:
        raise InputError("is not a RAW file that vidisp or LibRaw knows", path=path) from error
    except rawpy.LibRawError as error:
        raise InputError(f"is damaged, or a RAW file LibRaw cannot read: {_text(error)}", path=path) from error


def _text(error: Exception) -> str:
    text = error.args[0] if error.args else "unknown error"
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def camera_pixels(path: Path, shape: tuple[int, int], variant: str) -> np.ndarray:
    """Samples of a DNG that only LibRaw decodes, margins included, linearised.

    Raises: InputError when LibRaw cannot either, or sees another size.
    """
    hint = f"its pixels use {variant}; convert it to lossless DNG"
    try:
        with _opened(path) as raw:
            image = None if raw.raw_type != rawpy.RawType.Flat else raw.raw_image.copy()
    except InputError as error:
        raise InputError("holds pixels that neither vidisp nor LibRaw decodes", path=path, hint=hint) from error
    if image is None or image.shape != shape:
        raise InputError("holds pixels that LibRaw decodes to another size", path=path, hint=hint)
    return np.asarray(image, np.uint16)


def read_camera(path: Path, number: int) -> RawFrame:
    """The frame in a camera RAW file.

    Raises: InputError when LibRaw cannot read it, or when the sensor is not a Bayer sensor.
    """
    with _opened(path) as raw:
        if raw.raw_type != rawpy.RawType.Flat:
            raise InputError("holds demosaiced or layered data", path=path, hint="vidisp needs the sensor's own mosaic")
        cfa = _cfa(raw)
        mosaic = np.ascontiguousarray(raw.raw_image_visible, np.uint16).copy()
        return RawFrame(mosaic, _sensor(raw, cfa, mosaic.shape, path), number, path.name, tags=_tags(raw))


def _cfa(raw: Any) -> CFA:
    if raw.raw_pattern is None or raw.num_colors != 3:
        cells = np.array([["RGBE"[:1]]]) if raw.num_colors == 1 else np.full((1, 2), "?")
        return levels.bayer_pattern(cells)
    rows, columns = raw.raw_pattern.shape
    names = raw.color_desc.decode("ascii", "replace")
    return levels.bayer_pattern(np.array([[names[i] for i in row] for row in _sites(raw, rows, columns)]))


def _sites(raw: Any, rows: int, columns: int) -> list[list[int]]:
    """Colour indices at the top left of the visible area."""
    top, left = raw.sizes.top_margin, raw.sizes.left_margin
    return [[raw.raw_color(top + r, left + c) for c in range(columns)] for r in range(rows)]


def _sensor(raw: Any, cfa: CFA, shape: tuple[int, ...], path: Path) -> Sensor:
    matrix = tuple(round(float(v), 6) for v in raw.rgb_xyz_matrix[:3].ravel())
    if abs(np.linalg.det(np.array(matrix).reshape(3, 3))) < 1e-6:
        _LOG.warning("%s: LibRaw knows no colour matrix for this camera, taken for one that sees sRGB", path.name)
        matrix = SRGB_MATRIX
    (a, b), (c, d) = _sites(raw, 2, 2)
    black = raw.black_level_per_channel
    return Sensor(
        width=shape[1],
        height=shape[0],
        cfa=cfa,
        black=(float(black[a]), float(black[b]), float(black[c]), float(black[d])),
        white=int(raw.white_level),
        neutral=_neutral(raw, matrix, path),
        color_matrix=matrix,
        illuminant=D65,
        iso=_iso(raw),
        orientation={3: 3, 5: 8, 6: 6}.get(raw.sizes.flip, 1),
    )


def _neutral(raw: Any, matrix: tuple[float, ...], path: Path) -> Neutral:
    for gains in (raw.camera_whitebalance, raw.daylight_whitebalance):
        red, green, blue = gains[:3]
        if min(red, green, blue) > 0 and np.isfinite(gains[:3]).all():
            return green / red, 1.0, green / blue
        _LOG.warning("%s: no white balance as shot, daylight taken", path.name)
    return neutral_from_matrix(matrix)


def _iso(raw: Any) -> int | None:
    iso = getattr(getattr(raw, "other", None), "iso_speed", 0.0)
    return round(iso) if 0 < iso < 1 << 24 else None


def _tags(raw: Any) -> tuple[Tag, ...]:
    """Exposure and date, as far as LibRaw tells them."""
    other = getattr(raw, "other", None)
    if other is None:
        return ()
    pairs = ((33434, other.shutter_speed, 1_000_000), (33437, other.aperture, 100), (37386, other.focal_length, 100))
    tags = [Tag(code, RATIONAL, 1, (round(v * unit), unit), "exif") for code, v, unit in pairs if 0 < v < 4000]
    if other.timestamp is not None and other.timestamp.year > 1970:
        tags.append(Tag(36867, ASCII, 20, other.timestamp.strftime("%Y:%m:%d %H:%M:%S"), "exif"))
    return tuple(tags)

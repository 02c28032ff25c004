"""Reading camera RAW files through LibRaw (rawpy): CR2, CR3, CRW, NEF, ARW, RAF with a Bayer sensor, and so on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rawpy

from vidisp.errors import InputError
from vidisp.raw import levels
from vidisp.raw.colour import D65, SRGB_MATRIX, Neutral, neutral_from_gains, neutral_from_matrix
from vidisp.raw.frame import CFA, RawFrame, Sensor, Tag
from vidisp.raw.notice import warn_once
from vidisp.raw.tags import EXIF_IFD, GPS_IFD, NAMES, carry_tags, in_order
from vidisp.raw.tiff import Ifd, TiffFile, read_ifd
from vidisp.raw.values import ASCII, RATIONAL


@dataclass(frozen=True)
class Described:
    """Who made the camera, and the tags to carry."""

    make: str = ""
    model: str = ""
    tags: tuple[Tag, ...] = ()


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


def read_camera(path: Path, number: int, described: Described) -> RawFrame:
    """The frame in a camera RAW file.

    Args:
        described: what `describe` found in the same file.

    Raises: InputError when LibRaw cannot read it, or when the sensor is not a Bayer sensor.
    """
    with _opened(path) as raw:
        if raw.raw_type != rawpy.RawType.Flat or raw.raw_pattern is None:
            raise InputError("holds no mosaic of a Bayer sensor", hint="vidisp needs the sensor's own samples")
        cfa = _cfa(raw)
        mosaic = np.array(raw.raw_image_visible, np.uint16)
        sensor = replace(_sensor(raw, cfa, mosaic.shape, path), make=described.make, model=described.model)
        known = {(tag.ifd, tag.code) for tag in described.tags}
        tags = [*described.tags, *(tag for tag in _tags(raw) if (tag.ifd, tag.code) not in known)]
    return RawFrame(mosaic, sensor, number, path.name, tags=in_order(tags))


def describe(file: TiffFile) -> Described:
    """Maker, model and descriptive tags, of files that are TIFF at heart (CR2, NEF, ARW, PEF, ...).

    Only tags with a public meaning are taken: in such files the others speak of the maker's own layout.
    """
    main = read_ifd(file, file.first_ifd()) if file.order else Ifd()
    exif, gps = (read_ifd(file, main.first(code, 0)) for code in (EXIF_IFD, GPS_IFD))
    tags = carry_tags([("main", main), ("exif", exif), ("gps", gps)])
    known = tuple(tag for tag in tags if tag.ifd == "gps" or (tag.code in NAMES and tag.code < 50706))
    return Described(main.text(271), main.text(272), known)


def _cfa(raw: Any) -> CFA:
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
        warn_once(path, "LibRaw knows no colour matrix for this camera, taken for one that sees sRGB")
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
    shot, daylight = (neutral_from_gains(gains) for gains in (raw.camera_whitebalance, raw.daylight_whitebalance))
    if shot is None:
        warn_once(path, "the camera's white balance is not known, daylight taken; --wb auto estimates it for the video")
    return shot or daylight or neutral_from_matrix(matrix)


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

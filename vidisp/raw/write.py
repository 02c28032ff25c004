"""Writing CinemaDNG: one directory with the mosaic in one strip, and everything a RAW editor asks for.

DNG specification 1.7.1 and CinemaDNG 1.1.0.0 (Adobe). What editors need beyond the specification's minimum:
darktable wants CFARepeatPatternDim, CFAPattern and DNGVersion, the others go wrong without BlackLevel or
AsShotNeutral.
"""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import imagecodecs
import numpy as np

from vidisp.errors import OutputError
from vidisp.raw.colour import color_matrix_of
from vidisp.raw.dng import noise_of
from vidisp.raw.frame import RawFrame, Sensor, Tag
from vidisp.raw.tags import COLOR, DERIVED, EXIF_IFD, FROM_FRAME, GPS_IFD, LAYOUT, LEVELS, NOISE_PROFILE
from vidisp.raw.tiff import ASCII, BYTE, DOUBLE, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, Ifd, encode_tiff

_COLOR_INDEX = {"R": 0, "G": 1, "B": 2}
_MAX_RATIONAL = (1 << 31) - 1


def write_dng(path: str | Path, frame: RawFrame, *, compress: bool = True) -> int:
    """Write `frame` as CinemaDNG; the file appears under its name only when it is whole.

    Args:
        compress: lossless JPEG (about 60 % of the size of plain 16-bit samples), otherwise plain.

    Returns: the size of the file in bytes.
    Raises: OutputError when it cannot be written; nothing is left then.
    """
    path = Path(path)
    pixels = encode_mosaic(frame.mosaic) if compress else frame.mosaic.astype("<u2").tobytes()
    parts = encode_tiff(_main_tags(frame, compress), _sub_tags(frame), pixels)
    return _write_whole(path, parts)


def encode_mosaic(mosaic: np.ndarray) -> bytes:
    """Lossless JPEG of a (height, width) uint16 mosaic: predictor 1, precision 16.

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


def _main_tags(frame: RawFrame, compress: bool) -> list[Tag]:
    written = [*_layout_tags(frame.sensor, compress), *_level_tags(frame.sensor), *_frame_tags(frame)]
    carried = [tag for tag in frame.tags if tag.ifd == "main" and tag.code not in _NEVER_CARRIED]
    carried = _without_contradictions(carried, frame.sensor)
    # A carried tag is the fuller statement where both exist: all matrices, all noise planes, the crop.
    return list({tag.code: tag for tag in [*written, *carried]}.values())


_NEVER_CARRIED = LAYOUT | LEVELS | DERIVED | FROM_FRAME


def _without_contradictions(tags: list[Tag], sensor: Sensor) -> list[Tag]:
    """Drop carried calibration, noise and crop tags that say something else than the sensor does."""
    ifd = Ifd.of_tags(tags)
    drop: set[int] = set()
    if color_matrix_of(ifd) != (sensor.color_matrix, sensor.illuminant):
        drop |= COLOR
    if noise_of(ifd) != sensor.noise:
        drop |= {NOISE_PROFILE}
    origin, size = ifd.reals(50719), ifd.reals(50720)
    limits = (sensor.width, sensor.height)
    if len(origin) != 2 or len(size) != 2 or any(o + s > m for o, s, m in zip(origin, size, limits, strict=True)):
        drop |= {50719, 50720}
    return [tag for tag in tags if tag.code not in drop]


def _layout_tags(sensor: Sensor, compress: bool) -> list[Tag]:
    return [
        Tag(254, LONG, 1, 0),
        Tag(256, LONG, 1, sensor.width),
        Tag(257, LONG, 1, sensor.height),
        Tag(258, SHORT, 1, 16),
        Tag(259, SHORT, 1, 7 if compress else 1),
        Tag(262, SHORT, 1, 32803),
        Tag(277, SHORT, 1, 1),
        Tag(278, LONG, 1, sensor.height),
        Tag(284, SHORT, 1, 1),
        Tag(33421, SHORT, 2, (2, 2)),
        Tag(33422, BYTE, 4, bytes(_COLOR_INDEX[letter] for letter in sensor.cfa)),
        Tag(50706, BYTE, 4, bytes((1, 4, 0, 0))),
        Tag(50707, BYTE, 4, bytes((1, 1, 0, 0))),
        Tag(50710, BYTE, 3, bytes((0, 1, 2))),
        Tag(50711, SHORT, 1, 1),
        Tag(50829, LONG, 4, (0, 0, sensor.height, sensor.width)),
    ]


def _level_tags(sensor: Sensor) -> list[Tag]:
    return [
        Tag(50713, SHORT, 2, (2, 2)),
        _rational_tag(50714, sensor.black, signed=False),
        Tag(50717, LONG, 1, sensor.white),
        Tag(50718, RATIONAL, 2, (1, 1, 1, 1)),
        Tag(50719, LONG, 2, (0, 0)),
        Tag(50720, LONG, 2, (sensor.width, sensor.height)),
        _rational_tag(50721, sensor.color_matrix, signed=True),
        _rational_tag(50728, sensor.neutral, signed=False),
        Tag(50778, SHORT, 1, sensor.illuminant),
    ]


def _frame_tags(frame: RawFrame) -> list[Tag]:
    sensor = frame.sensor
    camera = f"{sensor.make} {sensor.model}".strip() or "unknown camera"
    tags = [
        *(_text_tag(code, text) for code, text in ((271, sensor.make), (272, sensor.model)) if text),
        Tag(274, SHORT, 1, sensor.orientation),
        _text_tag(305, "vidisp"),
        _text_tag(50708, camera),
    ]
    if sensor.noise is not None:
        tags.append(Tag(NOISE_PROFILE, DOUBLE, 2, sensor.noise))
    if frame.timecode is not None:
        tags.append(Tag(51043, BYTE, len(frame.timecode), frame.timecode))
    if frame.fps is not None:
        tags.append(Tag(51044, SRATIONAL, 1, _ratio(frame.fps, _MAX_RATIONAL)))
    return tags


def _sub_tags(frame: RawFrame) -> dict[int, list[Tag]]:
    exif = {tag.code: tag for tag in frame.tags if tag.ifd == "exif" and tag.code not in _NEVER_CARRIED}
    if frame.sensor.iso is not None:
        exif[34855] = Tag(34855, SHORT if frame.sensor.iso < 65536 else LONG, 1, frame.sensor.iso)
    if exif:
        exif.setdefault(36864, Tag(36864, UNDEFINED, 4, b"0232"))
    return {EXIF_IFD: list(exif.values()), GPS_IFD: [tag for tag in frame.tags if tag.ifd == "gps"]}


def _text_tag(code: int, text: str) -> Tag:
    return Tag(code, ASCII, len(text.encode()) + 1, text)


def _rational_tag(code: int, values: Iterable[float], *, signed: bool) -> Tag:
    pairs = [_ratio(Fraction(value), _MAX_RATIONAL) for value in values]
    return Tag(code, SRATIONAL if signed else RATIONAL, len(pairs), tuple(n for pair in pairs for n in pair))


def _ratio(value: Fraction, largest: int) -> tuple[int, int]:
    """The nearest pair of numbers up to `largest`; one that was read from such a pair comes back as it was."""
    # Up to a denominator of 2^26 two different fractions stay apart as floats.
    limit = max(1, min(1 << 26, int(largest / max(abs(float(value)), 1.0))))
    near = value.limit_denominator(limit)
    return near.numerator, near.denominator


def _write_whole(path: Path, parts: list[bytes]) -> int:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with open(temporary, "xb") as out:
            out.writelines(parts)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", path=path, hint=_HINTS.get(error.errno or 0)
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return sum(len(part) for part in parts)


_HINTS = {
    errno.ENOSPC: "free some space, or write to another disk",
    errno.EDQUOT: "free some space, or write to another disk",
    errno.ENOENT: "make the folder first",
    errno.EACCES: "choose a folder you may write to",
}

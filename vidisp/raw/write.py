"""Writing CinemaDNG: one directory with the mosaic in one strip, and everything a RAW editor asks for.

DNG specification 1.7.1 and CinemaDNG 1.1.0.0 (Adobe). What editors need beyond the specification's minimum:
darktable wants CFARepeatPatternDim, CFAPattern and DNGVersion, the others go wrong without BlackLevel or
AsShotNeutral.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from vidisp.atomic import atomic_output
from vidisp.raw.colour import color_matrix_of
from vidisp.raw.dng import camera_name, crop_fits, noise_of
from vidisp.raw.frame import RawFrame, Sensor, Tag
from vidisp.raw.ljpeg import encode_mosaic
from vidisp.raw.tags import COLOR, EXIF_IFD, EXIF_VERSION, GPS_IFD, NEVER_CARRIED, NOISE_PROFILE
from vidisp.raw.tiff import Ifd
from vidisp.raw.tiff_write import encode_tiff
from vidisp.raw.values import ASCII, BYTE, DOUBLE, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED

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


def _main_tags(frame: RawFrame, compress: bool) -> list[Tag]:
    carried = _carried(frame, "main")
    ifd = Ifd.of_tags(carried)
    drop = _contradictions(ifd, frame.sensor)
    carried = [tag for tag in carried if tag.code not in drop]
    written = [*_layout_tags(frame.sensor, compress), *_level_tags(frame.sensor), *_frame_tags(frame)]
    if not COLOR & drop:  # the carried matrices are the fuller statement, and a lone one of ours would belie them
        written = [tag for tag in written if tag.code not in COLOR]
    return list({tag.code: tag for tag in [*written, *carried]}.values())


def _carried(frame: RawFrame, place: str) -> list[Tag]:
    return [tag for tag in frame.tags if tag.ifd == place and (place == "gps" or tag.code not in NEVER_CARRIED)]


def _contradictions(ifd: Ifd, sensor: Sensor) -> frozenset[int]:
    """Carried calibration, noise and crop tags that say something else than the sensor does, which is the truth."""
    drop: frozenset[int] = frozenset()
    if color_matrix_of(ifd) != (sensor.color_matrix, sensor.illuminant):
        drop |= COLOR
    if noise_of(ifd) != sensor.noise:
        drop |= {NOISE_PROFILE}
    if not crop_fits(ifd, sensor.height, sensor.width):
        drop |= {50719, 50720}
    return drop


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
        _rational_tag(50721, sensor.color_matrix, signed=True),
        _rational_tag(50728, sensor.neutral, signed=False),
        Tag(50778, SHORT, 1, sensor.illuminant),
    ]


def _frame_tags(frame: RawFrame) -> list[Tag]:
    sensor = frame.sensor
    tags = [
        *(_text_tag(code, text) for code, text in ((271, sensor.make), (272, sensor.model)) if text),
        Tag(274, SHORT, 1, sensor.orientation),
        _text_tag(50708, camera_name(sensor.make, sensor.model)),
    ]
    if sensor.noise is not None:
        tags.append(Tag(NOISE_PROFILE, DOUBLE, 2, sensor.noise))
    if frame.timecode is not None:
        tags.append(Tag(51043, BYTE, len(frame.timecode), frame.timecode))
    if frame.fps is not None:
        tags.append(Tag(51044, SRATIONAL, 1, _ratio(frame.fps, _MAX_RATIONAL)))
    return tags


def _sub_tags(frame: RawFrame) -> dict[int, list[Tag]]:
    exif = _carried(frame, "exif")
    iso = frame.sensor.iso
    if iso is not None:
        exif.append(Tag(34855, SHORT if iso < 65536 else LONG, 1, iso))
    if exif:
        exif.append(Tag(EXIF_VERSION, UNDEFINED, 4, b"0232"))
    return {EXIF_IFD: exif, GPS_IFD: _carried(frame, "gps")}


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
    with atomic_output(path) as temporary, open(temporary, "xb") as out:
        out.writelines(parts)
    return sum(len(part) for part in parts)

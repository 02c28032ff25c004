"""EXIF as a photographer expects it (CIPA DC-008, EXIF 3.0): camera, lens, exposure, date, orientation, thumbnail.

A TIFF file of four directories without an image of its own: the main one points to those of EXIF and GPS and is
followed by the thumbnail's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import replace

from vidisp.raw.frame import Sensor, Tag
from vidisp.raw.tags import EXIF_IFD, EXIF_VERSION, GPS_IFD
from vidisp.raw.tiff_write import encode_ifd
from vidisp.raw.values import ASCII, LONG, RATIONAL, SHORT, UNDEFINED, tag_bytes

THUMBNAIL_SIDE = 160
_MOST_TAG_BYTES = 40_000
"""Of source tags together: with a thumbnail, a segment of 64 KiB holds no more."""
_MAIN = frozenset([270, 271, 272, 305, 306, 315, 33432])
_MOVED = frozenset([33434, 33437, 34850, 36867, *range(37377, 37387)])
"""Of exposure; TIFF/EP and DNG files may have them in their main directory."""
_LENS_INFO, _LENS_SPECIFICATION = 50736, 42034
_ISO = 34855
_MADE = frozenset([_ISO, EXIF_VERSION, 37121, 40960, 40961, 40962, 40963])
_SRGB, _CENTRED, _INCH, _JPEG = 1, 1, 2, 6

Size = tuple[int, int]


def build_exif(tags: Iterable[Tag], sensor: Sensor, size: Size, thumbnail: bytes) -> bytes:
    """The TIFF file for the APP1 segment.

    Args:
        tags: the RAW file's own, as far as they may be published.
        sensor: make, model, ISO and orientation are taken from it.
        size: (width, height) of the picture in pixels, which are not rotated.
        thumbnail: a JPEG file.
    """
    places = _places(_affordable(tags))
    main = [*_main_tags(sensor), *(tag for tag in places["main"] if tag.code in _MAIN - {271, 272})]
    subs = {EXIF_IFD: [*places["exif"], *_exif_tags(sensor, size)], GPS_IFD: places["gps"]}
    return _tiff(main, subs, _thumbnail_tags(sensor), thumbnail)


def _affordable(tags: Iterable[Tag]) -> list[Tag]:
    """As many tags as there is room for, the smallest first."""
    kept, total = [], 0
    for tag in sorted(tags, key=lambda tag: len(tag_bytes(tag))):
        total += len(tag_bytes(tag)) + 12
        if total <= _MOST_TAG_BYTES:
            kept.append(tag)
    return kept


def _places(tags: Iterable[Tag]) -> Mapping[str, list[Tag]]:
    """Tags by directory; what says something of the exposure goes to EXIF's, unless it is there already."""
    found: dict[str, dict[int, Tag]] = {"main": {}, "exif": {}, "gps": {}}
    for tag in sorted(tags, key=lambda tag: tag.ifd == "main"):
        if tag.ifd == "main" and tag.code in _MOVED:
            found["exif"].setdefault(tag.code, replace(tag, ifd="exif"))
        elif tag.ifd == "main" and tag.code == _LENS_INFO:
            found["exif"].setdefault(_LENS_SPECIFICATION, replace(tag, code=_LENS_SPECIFICATION, ifd="exif"))
        elif tag.ifd != "exif" or tag.code not in _MADE:
            found[tag.ifd][tag.code] = tag
    return {place: list(by_code.values()) for place, by_code in found.items()}


def _main_tags(sensor: Sensor) -> list[Tag]:
    named = [(271, sensor.make), (272, sensor.model)]
    return [
        *(Tag(code, ASCII, len(text.encode()) + 1, text) for code, text in named if text),
        Tag(274, SHORT, 1, sensor.orientation),
        *_resolution(),
        Tag(531, SHORT, 1, _CENTRED),
    ]


def _exif_tags(sensor: Sensor, size: Size) -> list[Tag]:
    iso = [Tag(_ISO, SHORT, 1, min(sensor.iso, 65535))] if sensor.iso is not None else []
    return [
        *iso,
        Tag(EXIF_VERSION, UNDEFINED, 4, b"0232"),
        Tag(37121, UNDEFINED, 4, bytes((1, 2, 3, 0))),  # the components are Y, Cb, Cr
        Tag(40960, UNDEFINED, 4, b"0100"),
        Tag(40961, SHORT, 1, _SRGB),
        Tag(40962, LONG, 1, size[0]),
        Tag(40963, LONG, 1, size[1]),
    ]


def _thumbnail_tags(sensor: Sensor) -> list[Tag]:
    return [Tag(259, SHORT, 1, _JPEG), Tag(274, SHORT, 1, sensor.orientation), *_resolution()]


def _resolution() -> list[Tag]:
    return [Tag(282, RATIONAL, 1, (72, 1)), Tag(283, RATIONAL, 1, (72, 1)), Tag(296, SHORT, 1, _INCH)]


def _tiff(main: list[Tag], subs: Mapping[int, list[Tag]], small: list[Tag], thumbnail: bytes) -> bytes:
    used = {code: tags for code, tags in subs.items() if tags}
    place = 8 + len(encode_ifd([*main, *(Tag(code, LONG, 1, 0) for code in used)], 8))
    pointers, blocks = [], []
    for code, tags in used.items():
        pointers.append(Tag(code, LONG, 1, place))
        blocks.append(encode_ifd(tags, place))
        place += len(blocks[-1])
    data = place + len(encode_ifd([*small, *_thumbnail_place(0, 0)], place))
    blocks.append(encode_ifd([*small, *_thumbnail_place(data, len(thumbnail))], place))
    first = _followed_by(place, encode_ifd([*main, *pointers], 8))
    return b"".join([b"II*\0", struct.pack("<L", 8), first, *blocks, thumbnail])


def _thumbnail_place(offset: int, size: int) -> list[Tag]:
    return [Tag(513, LONG, 1, offset), Tag(514, LONG, 1, size)]


def _followed_by(place: int, ifd: bytes) -> bytes:
    """A directory that says where the next one lies (TIFF 6.0, section 2): behind its entries of 12 bytes."""
    at = 2 + 12 * int.from_bytes(ifd[:2], "little")
    return ifd[:at] + struct.pack("<L", place) + ifd[at + 4 :]

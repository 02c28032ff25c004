"""Reading DNG and CinemaDNG: one file to one `RawFrame`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidisp.errors import InputError
from vidisp.raw import levels
from vidisp.raw.camera import camera_pixels
from vidisp.raw.colour import D65, SRGB_MATRIX, color_matrix_of, neutral_of
from vidisp.raw.frame import CFA, RawFrame, Sensor, Tag
from vidisp.raw.notice import warn_once
from vidisp.raw.pixels import Layout, UndecodableError, decode_pixels
from vidisp.raw.tags import COLOR, EXIF_IFD, GPS_IFD, NOISE_PROFILE, carry_tags
from vidisp.raw.tiff import Ifd, TiffFile, read_ifd, walk_ifds


@dataclass(frozen=True)
class DngHeader:
    """Everything of a DNG but its pixels: directories, and how the raw image lies in the file."""

    raw: Ifd
    meta: Ifd
    exif: Ifd
    gps: Ifd
    layout: Layout
    area: levels.Area
    cfa: CFA

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the active area."""
        return self.area[2] - self.area[0], self.area[3] - self.area[1]

    @property
    def kind(self) -> tuple[int, int, CFA]:
        """Width, height and CFA of the active area: what all frames of a clip share."""
        return self.shape[1], self.shape[0], self.cfa


def is_dng(file: TiffFile) -> bool:
    """True for a TIFF file that says it is a DNG, or is called one."""
    return bool(file.order) and (file.path.suffix.lower() == ".dng" or 50706 in read_ifd(file, file.first_ifd()))


def read_header(file: TiffFile) -> DngHeader:
    """What a DNG says about itself, checked against the file's size.

    Raises: InputError when it holds no mosaic of a Bayer sensor, or less data than it declares.
    """
    ifds = list(walk_ifds(file))
    raw = _raw_ifd(ifds)
    meta = Ifd({**ifds[0], **raw})
    layout = Layout.of(raw)
    cfa = levels.cfa_of(raw)
    layout.check(file.size)
    exif, gps = (read_ifd(file, meta.first(code, 0)) for code in (EXIF_IFD, GPS_IFD))
    return DngHeader(raw, meta, exif, gps, layout, levels.active_area(raw, layout.width, layout.height, file.path), cfa)


def _raw_ifd(ifds: list[Ifd]) -> Ifd:
    """The directory of the main raw image: the largest mosaic, one that is marked as such before all others."""
    mosaics = [ifd for ifd in ifds if 256 in ifd and ifd.first(262, 0) == levels.CFA_PHOTOMETRIC]
    if mosaics:
        return max(mosaics, key=lambda ifd: (ifd.first(254, 0) == 0, ifd.first(256, 0) * ifd.first(257, 0)))
    if any(ifd.first(262, 0) == levels.LINEAR_PHOTOMETRIC for ifd in ifds):
        raise InputError("is a linear (demosaiced) DNG", hint="vidisp needs the sensor's own mosaic")
    if any(ifd.first(262, 0) == 1 and ifd.first(254, 0) == 0 for ifd in ifds):
        raise InputError("comes from a monochrome sensor", hint="vidisp takes Bayer sensors")
    raise InputError("holds no raw image", hint="it may have been cut off, or be an ordinary TIFF")


def read_dng(file: TiffFile, number: int) -> RawFrame:
    """The frame in an open DNG.

    Raises: InputError for what vidisp cannot take; the caller adds path and frame.
    """
    header = read_header(file)
    mosaic, black = levels.fold_black_deltas(_linear_mosaic(file, header), levels.black_level(header.raw), header.raw)
    return RawFrame(
        mosaic=np.ascontiguousarray(mosaic),
        sensor=replace(sensor_of(header, file.path), black=black),
        number=number,
        name=file.path.name,
        fps=frame_rate(header),
        timecode=header.meta.data(51043)[:8] or None,
        tags=dng_tags(header),
    )


def _linear_mosaic(file: TiffFile, header: DngHeader) -> np.ndarray:
    layout = header.layout
    top, left, bottom, right = header.area
    try:
        image = decode_pixels(file, layout)
    except UndecodableError as error:
        # LibRaw has linearised by the time we see its samples.
        image = camera_pixels(file.path, (layout.height, layout.width), str(error))
        return image[top:bottom, left:right]
    return levels.linearise(image[top:bottom, left:right], header.raw)


def sensor_of(header: DngHeader, path: Path) -> Sensor:
    """The sensor as the header describes it, black level deltas not yet folded in."""
    matrix = color_matrix_of(header.meta)
    if matrix is None:
        warn_once(path, "no usable colour matrix, taken for a camera that sees sRGB")
    color_matrix, illuminant = matrix or (SRGB_MATRIX, D65)
    height, width = header.shape
    return Sensor(
        width=width,
        height=height,
        cfa=header.cfa,
        black=levels.black_level(header.raw),
        white=levels.white_level(header.raw, header.layout.bits),
        neutral=neutral_of(header.meta, color_matrix, path),
        color_matrix=color_matrix,
        illuminant=illuminant,
        noise=noise_of(header.meta),
        iso=_iso(header),
        orientation=_orientation(header.meta),
        make=header.meta.text(271),
        model=header.meta.text(272),
    )


def _orientation(meta: Ifd) -> int:
    value = meta.first(274, 1)
    return value if 1 <= value <= 8 else 1


def noise_of(meta: Ifd) -> tuple[float, float] | None:
    """(S, O) of NoiseProfile; of a profile for three planes, green's."""
    values = meta.reals(NOISE_PROFILE)
    pair = values[2:4] if len(values) == 6 else values[:2]
    return (pair[0], pair[1]) if len(pair) == 2 and np.isfinite(pair).all() and max(pair) > 0 else None


def _iso(header: DngHeader) -> int | None:
    values = [ifd.first(code, 0) for code in (34855, 34867, 34866) for ifd in (header.exif, header.meta)]
    # 65535 stands for "more than fits here", another tag has it then.
    return next((v for v in values if 0 < v != 65535), None) or next((v for v in values if v > 0), None)


def frame_rate(header: DngHeader) -> Fraction | None:
    """The CinemaDNG FrameRate, None when it is missing or no rate."""
    pair = header.meta[51044].numbers() if 51044 in header.meta else ()
    if len(pair) != 2 or pair[1] == 0 or not 0 < pair[0] / pair[1] <= 100_000:
        return None
    return Fraction(int(pair[0]), int(pair[1]))


def dng_tags(header: DngHeader) -> tuple[Tag, ...]:
    """The tags to carry: descriptive ones, and what says more about colour and noise than `Sensor` holds."""
    ifds = [("main", header.raw), ("main", header.meta), ("exif", header.exif), ("gps", header.gps)]
    return carry_tags(ifds, drop=_drop(header))


def _drop(header: DngHeader) -> set[int]:
    """Tags that say nothing beyond what the frame's own fields do, or nothing true of the cropped, linear mosaic."""
    meta = header.meta
    drop: set[int] = set()
    if not _BEYOND_ONE_MATRIX & meta.keys() and set(meta.reals(50727)) <= {1.0}:
        drop |= COLOR
    if len(meta.reals(NOISE_PROFILE)) <= 2:
        drop |= {NOISE_PROFILE}
    if header.area[:2] != (0, 0) or 50712 in header.raw:
        drop |= {51008}  # it counts from the sensor's corner and wants values before linearisation
    if meta.text(50708) == camera_name(meta.text(271), meta.text(272)):
        drop |= {50708}
    return drop if crop_fits(meta, *header.shape) else drop | {50719, 50720}


_BEYOND_ONE_MATRIX = COLOR - {50721, 50778, 50727}


def camera_name(make: str, model: str) -> str:
    """The UniqueCameraModel of a camera that has not been given one."""
    return f"{make} {model}".strip() or "unknown camera"


def crop_fits(ifd: Ifd, height: int, width: int) -> bool:
    """True when DefaultCropOrigin and DefaultCropSize are there and lie within the active area."""
    origin, size = ifd.reals(50719), ifd.reals(50720)
    if len(origin) != 2 or len(size) != 2 or min(*origin, *size) < 0:
        return False
    return origin[0] + size[0] <= width and origin[1] + size[1] <= height

"""What one RAW frame is: a mosaic of sensor samples, the sensor that took it, and the tags that came with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from vidisp.errors import InputError

CFA = Literal["RGGB", "GRBG", "GBRG", "BGGR"]
CFA_PATTERNS: tuple[CFA, ...] = ("RGGB", "GRBG", "GBRG", "BGGR")


@dataclass(frozen=True)
class Tag:
    """One TIFF/DNG/EXIF tag, ready to be written again.

    `ifd` says where it belongs ("main", "exif" or "gps"), `dtype` is the TIFF type number (1 BYTE ... 12 DOUBLE) and
    `value` what tifffile takes for it: bytes, str, a number, or a flat tuple of numbers (rationals as pairs).
    """

    code: int
    dtype: int
    count: int
    value: bytes | str | int | float | tuple[int | float, ...]
    ifd: Literal["main", "exif", "gps"] = "main"


@dataclass(frozen=True)
class Sensor:
    """How to read the samples of a frame. Sizes and levels belong to the active area, in linear DN.

    Args:
        width, height: active area in pixels; odd sizes are allowed.
        cfa: colour of the 2x2 pattern at the top left of the active area, row by row.
        black: black level in DN of the four sites of that pattern, row by row.
        white: DN at which the sensor saturates; `white > max(black)`.
        neutral: camera response to the scene's white (DNG AsShotNeutral); white balance gains are `1 / neutral`.
        color_matrix: XYZ to white-unbalanced camera RGB (DNG ColorMatrix), 9 numbers row by row, for `illuminant`.
        illuminant: EXIF LightSource code of `color_matrix` (21 is D65, 17 standard light A).
        noise: (S, O) of the DNG NoiseProfile for one channel: variance = S*x + O with x in 0..1, None if unknown.
        iso: sensitivity, None if unknown.
        orientation: EXIF orientation 1..8.
        make, model: who made the camera.
    """

    width: int
    height: int
    cfa: CFA
    black: tuple[float, float, float, float]
    white: int
    neutral: tuple[float, float, float]
    color_matrix: tuple[float, ...]
    illuminant: int = 21
    noise: tuple[float, float] | None = None
    iso: int | None = None
    orientation: int = 1
    make: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if self.width < 2 or self.height < 2:
            raise InputError(f"a frame of {self.width}x{self.height} samples holds no 2x2 Bayer pattern")
        if self.cfa not in CFA_PATTERNS:
            raise InputError(f"colour filter pattern {self.cfa!r} is not one of {', '.join(CFA_PATTERNS)}")
        if not max(self.black) < self.white <= 65535:
            raise InputError(f"white level {self.white} is not between black level {max(self.black):g} and 65535")
        if min(self.neutral) <= 0 or not all(np.isfinite(self.neutral)):
            raise InputError(f"white balance {self.neutral} has a channel that is not positive")
        if len(self.color_matrix) != 9:
            raise InputError(f"a colour matrix has 9 numbers, not {len(self.color_matrix)}")


@dataclass(frozen=True)
class RawFrame:
    """One frame: `mosaic` is (height, width) uint16, linear DN of the active area.

    `number` is the frame number in the clip's own numbering, `name` the file's name without folder, `fps` the
    clip's rate as the frame states it, `timecode` the 8 bytes of a CinemaDNG TimeCodes entry.
    `tags` are the descriptive tags that a recovered frame should carry again.
    """

    mosaic: np.ndarray
    sensor: Sensor
    number: int = 0
    name: str = ""
    fps: Fraction | None = None
    timecode: bytes | None = None
    tags: tuple[Tag, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        expected = (self.sensor.height, self.sensor.width)
        if self.mosaic.shape != expected or self.mosaic.dtype != np.uint16:
            raise InputError(
                f"mosaic is {self.mosaic.dtype} {self.mosaic.shape}, the sensor says uint16 {expected}",
                path=self.name or None,
                frame=self.number,
            )

    def __repr__(self) -> str:
        s = self.sensor
        return f"RawFrame({self.name!r}, number={self.number}, {s.width}x{s.height} {s.cfa}, white={s.white})"

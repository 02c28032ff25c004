"""What a clip fixes once, before its first frame: white balance, exposure, colour, tone and code range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from vidisp.errors import InputError
from vidisp.isp.colour import LEAST_RESPONSE

BT709_LUMA = (0.2126, 0.0722)
"""(Kr, Kb) of BT.709-6, item 3.2: for video."""
BT601_LUMA = (0.299, 0.114)
"""(Kr, Kb) of BT.601-7, item 2.5.1: for JPEG and Motion JPEG (JFIF 1.02)."""
DEFAULT_FOOT = 0.01
"""`Look.foot` of a camera whose noise is not known: the tone curve then leaves black with a slope of 5.5."""

_GAIN_RANGE = (2.0**-10, 2.0**12)
_FOOT_RANGE = (DEFAULT_FOOT, 1.0)


@dataclass(frozen=True)
class Look:
    """Everything that forward and inverse ISP must agree on; it travels in the recovery record.

    Args:
        gains: white balance times exposure for R, G, B; the exposure is the smallest of them.
        matrix: white-balanced camera RGB to linear BT.709, 9 numbers row by row, rows summing to 1; no
            entry of its inverse (the camera's response to light) is below `LEAST_RESPONSE`.
        foot: width of the tone curve's foot, in linear light with white at 1.
        luma: (Kr, Kb), the weights of red and blue in luma.
        bits: 8 or 10, of a code value.
        full_range: False for video's limited range, True for JPEG's.

    Raises:
        InputError: a field of the wrong type, or out of range.
    """

    gains: tuple[float, float, float]
    matrix: tuple[float, ...]
    foot: float = DEFAULT_FOOT
    luma: tuple[float, float] = BT709_LUMA
    bits: int = 8
    full_range: bool = False

    def __post_init__(self) -> None:
        _check_numbers("gains", self.gains, 3, *_GAIN_RANGE)
        _check_numbers("matrix", self.matrix, 9, -64, 64)
        _check_numbers("foot", (self.foot,), 1, *_FOOT_RANGE)
        _check_numbers("luma", self.luma, 2, 0.01, 0.49)
        _check_matrix(self.matrix)
        if type(self.bits) is not int or self.bits not in (8, 10):
            raise InputError(f"look: bits is {self.bits!r}, not 8 or 10")
        if type(self.full_range) is not bool:
            raise InputError(f"look: full_range is {self.full_range!r}, not true or false")

    @property
    def exposure(self) -> float:
        """The linear gain common to all channels: 2^EV."""
        return min(self.gains)

    @property
    def white_balance(self) -> tuple[float, float, float]:
        """Gains of R, G, B, the smallest being 1."""
        r, g, b = (gain / self.exposure for gain in self.gains)
        return r, g, b

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: object) -> Look:
        """The look that `to_dict` wrote down. `data` is not trusted.

        Raises:
            InputError: not a mapping, a missing or unknown key, a wrong type, a value out of range.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"look: expected named values, found {type(data).__name__}")
        names = {field.name for field in fields(cls)}
        if set(data) != names:
            raise InputError(f"look: wrong or missing names: {', '.join(sorted(map(str, names ^ set(data))))}")
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
        return cls(**values)


def _check_numbers(name: str, values: object, count: int, low: float, high: float) -> None:
    if not isinstance(values, tuple) or len(values) != count:
        raise InputError(f"look: {name} does not hold {count} number(s)")
    for value in values:
        if type(value) not in (int, float) or not low <= value <= high:
            raise InputError(f"look: {name} holds {value!r:.40}, not a number from {low:g} to {high:g}")


def _check_matrix(m: tuple[float, ...]) -> None:
    for row in (m[:3], m[3:6], m[6:]):
        if abs(sum(row) - 1) > 1e-3:
            raise InputError(f"look: a row of the colour matrix sums to {sum(row):g}, not to 1")
    matrix = np.asarray(m).reshape(3, 3)
    if abs(np.linalg.det(matrix)) < 1e-3 or np.linalg.inv(matrix).min() < LEAST_RESPONSE:
        raise InputError("look: the colour matrix is not that of a camera", hint="its inverse is too negative")

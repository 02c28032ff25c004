"""Qualities of JPEG, and the one step that they stand for, of every coefficient of all three components.

The tables of ITU-T T.81, annex K, are made for the eye: coarse where it sees little. The way back to RAW sees all
frequencies alike, and at the same number of bits a flat table gives it 1.5 to 2 dB more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from vidisp.errors import UsageError

QUALITIES: Mapping[str, int] = MappingProxyType({"small": 75, "standard": 90, "high": 95, "master": 100})
"""What a user may call a quality -> its number."""
DEFAULT_QUALITY = QUALITIES["standard"]
COEFFICIENTS = 64
_COARSEST = 14
_BEND = 3.4


def step_of_quality(quality: int) -> int:
    """The step whose files are about as large as those of the IJG's tables at that quality (`jcparam.c`).

    Args:
        quality: 1 to 100, as in the IJG's library.

    Returns:
        1 to 14, in code values; at quality 75, 85, 90, 95 and 98 it is 11, 9, 7, 4 and 2.

    Raises:
        UsageError: a quality out of range.
    """
    if not 1 <= quality <= 100:
        raise UsageError(f"a JPEG quality of {quality} is not from 1 to 100")
    scale = 50 / quality if quality < 50 else (200 - 2 * quality) / 100
    return max(1, round(_COARSEST * (1 - math.exp(-_BEND * scale))))


def parse_quality(quality: int | str) -> int:
    """A quality as a number, from a number or from a name in `QUALITIES`.

    Raises:
        UsageError: it is neither.
    """
    try:
        number = QUALITIES[quality] if isinstance(quality, str) and quality in QUALITIES else int(quality)
    except ValueError:
        known = ", ".join(QUALITIES)
        raise UsageError(f"JPEG has no quality {quality!r}", hint=f"choose 1 to 100, or {known}") from None
    step_of_quality(number)
    return number

"""How coarsely a codec rounds, as one number that means the same for all of them: the step in codes of eight bits.

H.264 (ITU-T H.264, 8.5.9) and HEVC (ITU-T H.265, 8.6.3) double their step every six quantisers: 0.625 at a luma
quantiser of 0 with eight bits. Ten bits code a range four times as fine; the standards give that quantiser an offset of
12, which is two doublings, and so is a code of ten bits in codes of eight. x264 reports its quantiser with the offset,
x265 without it (tried with both at equal crf).
"""

from __future__ import annotations

import math
from bisect import bisect_right

from vidisp.codec.formats import Format

COARSEST = 2.0**8
_TEN_BIT_OFFSET = 12
_CODES = 4  # of ten bits, in one of eight
_JPEG_STEP = 2.4
"""FFmpeg's Motion JPEG scales the intra matrix of MPEG-1 (ISO/IEC 11172-2, 2.4.3.2) by an eighth: 16 to 22 among the
lowest frequencies, 19 on average."""
_AV1_INDEX = (0, 4, 8, 12, 16, 24, 32, 48, 64, 80, 95, 120, 144, 160, 176, 192, 208, 224, 240, 255)
_AV1_STEP = (4, 16, 27, 40, 55, 88, 122, 195, 267, 337, 401, 604, 922, 1218, 1631, 2199, 2971, 4028, 5476, 7312)
"""Some of the AC steps at ten bits, which are in eighths (AV1 specification, 7.12.2)."""


def implied_step(fmt: Format, crf: float) -> float:
    """The step that a setting implies before anything is coded.

    An encoder's own steps differ from frame to frame and are larger in most of them, at vidisp's presets by five or
    six quantisers. This is the setting's name, not a measurement: `frame_step` knows better once a frame is coded.
    """
    quantiser = crf + _TEN_BIT_OFFSET if _has_offset(fmt) else crf
    return _step(fmt, quantiser)


def frame_step(fmt: Format, quantiser: float | None) -> float | None:
    """The mean step of a frame, of what its record says (`FrameRecord.quantiser`, not trusted); None if unknown."""
    if quantiser is None or not math.isfinite(quantiser):
        return None
    return _step(fmt, quantiser)


def _step(fmt: Format, quantiser: float) -> float:
    rounding = 2.0 ** (8 - fmt.bits)
    quantiser = min(max(quantiser, -_TEN_BIT_OFFSET), 80.0)
    return float(min(max(_coded_step(fmt, quantiser), rounding), COARSEST))


def _coded_step(fmt: Format, quantiser: float) -> float:
    if fmt.codec in ("h264", "hevc"):
        return 0.625 * math.exp2((quantiser - _TEN_BIT_OFFSET * _has_offset(fmt)) / 6)
    if fmt.codec == "av1":
        return _av1_step(4 * quantiser) / 8 / _CODES
    if fmt.codec == "mjpeg":
        return _JPEG_STEP * quantiser
    return 0.0  # FFV1 codes what it is given


def _has_offset(fmt: Format) -> bool:
    return fmt.encoder == "libx264" and fmt.bits == 10


def _av1_step(index: float) -> float:
    """AC step of a quantiser index 0 to 255, which is four times SVT-AV1's quantiser; linear between the entries."""
    index = min(max(index, 0.0), 255.0)
    i = min(bisect_right(_AV1_INDEX, index), len(_AV1_INDEX) - 1) - 1
    share = (index - _AV1_INDEX[i]) / (_AV1_INDEX[i + 1] - _AV1_INDEX[i])
    return _AV1_STEP[i] + share * (_AV1_STEP[i + 1] - _AV1_STEP[i])

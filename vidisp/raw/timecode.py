"""SMPTE time codes as CinemaDNG stores them."""

from __future__ import annotations

_DROP_FRAME = 0x40


def timecode_text(code: bytes) -> str | None:
    """ "HH:MM:SS:FF" (";" before the frames of a drop-frame code) of the 8 bytes of a TimeCodes entry.

    The first four bytes are binary coded decimals: frames, seconds, minutes, hours, with flags in the upper bits
    (SMPTE ST 12-1; CinemaDNG 1.1, section "TimeCodes"). None if they are no decimals.

    >>> timecode_text(bytes([0x12, 0x34, 0x56, 0x01, 0, 0, 0, 0]))
    '01:56:34:12'
    """
    if len(code) < 4:
        return None
    digits = [byte & mask for byte, mask in zip(code[:4], (0x3F, 0x7F, 0x7F, 0x3F), strict=True)]
    if any(value & 0x0F > 9 or value >> 4 > 9 for value in digits):
        return None
    frames, seconds, minutes, hours = (f"{value:02x}" for value in digits)
    return f"{hours}:{minutes}:{seconds}{';' if code[0] & _DROP_FRAME else ':'}{frames}"

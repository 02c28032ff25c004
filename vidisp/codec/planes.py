"""One picture as a 4:2:0 codec stores it: full-resolution luma, half-resolution chroma, integer code values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class YUV:
    """`y` is (height, width), `u` and `v` are (height/2, width/2); uint8 for 8-bit formats, uint16 above.

    Width and height are even. Values are code values of the format's own range (16..235 in limited 8 bit).
    """

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray

    def __repr__(self) -> str:
        return f"YUV({self.y.shape[1]}x{self.y.shape[0]}, {self.y.dtype})"

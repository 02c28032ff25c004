"""One picture as a 4:2:0 codec stores it: luma, and chroma at half its size, in integer code values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vidisp.errors import InputError


@dataclass(frozen=True)
class YUV:
    """`y` is (height, width), `u` and `v` are (height/2, width/2); uint8 for 8-bit formats, uint16 above.

    Width and height are even. Values are code values of the format's own range (16..235 in limited 8 bit).

    Raises:
        InputError: the planes do not fit together.
    """

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray

    def __post_init__(self) -> None:
        height, width = self.y.shape
        half = (height // 2, width // 2)
        if height % 2 or width % 2 or self.u.shape != half or self.v.shape != half:
            shapes = f"{self.y.shape}, {self.u.shape}, {self.v.shape}"
            raise InputError(f"planes of {shapes} samples are no 4:2:0 picture of even size")
        if self.y.dtype not in (np.uint8, np.uint16) or not self.y.dtype == self.u.dtype == self.v.dtype:
            raise InputError(f"planes of {self.y.dtype}, {self.u.dtype}, {self.v.dtype} are not all uint8 or uint16")

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])

    @property
    def planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.y, self.u, self.v

    def same(self, other: YUV) -> bool:
        """True if every sample of `other` is equal."""
        return all(np.array_equal(a, b) for a, b in zip(self.planes, other.planes, strict=True))

    def __repr__(self) -> str:
        return f"YUV({self.width}x{self.height}, {self.y.dtype})"

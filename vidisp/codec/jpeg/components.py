"""One picture as JPEG stores it: luma, and two components of chroma in its size (4:4:4) or half of it (4:2:0)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vidisp.errors import InputError

Subsampling = Literal["420", "444"]
SUBSAMPLINGS: tuple[Subsampling, ...] = ("420", "444")
LARGEST_SIDE, LARGEST_PICTURE = 65500, 1 << 28
"""Pixels: libjpeg's limit (`JPEG_MAX_DIMENSION`), and more than any sensor has."""


@dataclass(frozen=True)
class Components:
    """`y` is (height, width) and even on both sides; `u` and `v` are (height, width) or (height/2, width/2); uint8.

    Full-range Y'CbCr of BT.601 as JFIF 1.02 has it; chroma of 4:2:0 is centred between its four pixels.

    Raises:
        InputError: the planes do not fit together.
    """

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray

    def __post_init__(self) -> None:
        height, width = self.y.shape
        sizes = ((height, width), (height // 2, width // 2))
        if height % 2 or width % 2 or self.u.shape not in sizes or self.v.shape != self.u.shape:
            shapes = f"{self.y.shape}, {self.u.shape}, {self.v.shape}"
            raise InputError(f"components of {shapes} samples are no 4:2:0 or 4:4:4 picture of even size")
        if any(plane.dtype != np.uint8 for plane in self.planes):
            raise InputError("components of a JPEG are uint8")

    @property
    def planes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.y, self.u, self.v

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        height, width = self.y.shape
        return width, height

    @property
    def subsampling(self) -> Subsampling:
        return "444" if self.u.shape == self.y.shape else "420"

    def checksum(self) -> int:
        """CRC-32 of all samples."""
        crc = 0
        for plane in self.planes:
            crc = zlib.crc32(np.ascontiguousarray(plane).data, crc)
        return crc

    def __repr__(self) -> str:
        width, height = self.size
        return f"Components({width}x{height}, {self.subsampling})"

"""The samples of a picture as slots: what a PNG keeps."""

from __future__ import annotations

import zlib
from functools import cached_property

import numpy as np

from vidisp.embed.canvas.slots import COPIES, HEADER_BITS, Group


class Pixels:
    """A canvas of (H, W, 3) uint8 R'G'B', which is copied.

    Copies of the header lie in runs of samples, the first where the picture begins and the others in even distances.
    """

    lowest, highest = 0, 255
    quality = None

    def __init__(self, picture: np.ndarray) -> None:
        self._picture = picture.copy()
        self._flat = self._picture.reshape(-1)

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group(self._flat.size - self.copies * HEADER_BITS, 1.0),)

    @property
    def size(self) -> tuple[int, int]:
        height, width = self._picture.shape[:2]
        return width, height

    @property
    def copies(self) -> int:
        return min(COPIES, self._flat.size // (2 * HEADER_BITS))

    def picture(self) -> np.ndarray:
        return self._picture

    def ideal(self, group: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.take(group, places).astype(np.float32), np.ones(places.shape, np.float32)

    def take(self, group: int, places: np.ndarray) -> np.ndarray:
        return np.asarray(self._flat[self._samples(places)], np.int64)

    def put(self, group: int, places: np.ndarray, values: np.ndarray) -> None:
        self._flat[self._samples(places)] = values

    def checksum(self) -> int:
        without = self._flat.copy()
        for start in self._starts:
            without[start : start + HEADER_BITS] |= 1
        return zlib.crc32(without.data)

    def take_header(self, copy: int) -> np.ndarray:
        return np.asarray(self._run(copy) & 1)

    def put_header(self, copy: int, bits: np.ndarray) -> None:
        run = self._run(copy)
        run ^= (run ^ bits) & 1

    def _run(self, copy: int) -> np.ndarray:
        start = int(self._starts[copy])
        return self._flat[start : start + HEADER_BITS]

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.arange(self.copies) * self._flat.size // self.copies

    def _samples(self, places: np.ndarray) -> np.ndarray:
        """Places count all samples but those of the headers."""
        before = np.searchsorted(self._starts - HEADER_BITS * np.arange(self.copies), places, side="right")
        return places + HEADER_BITS * before

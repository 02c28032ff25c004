"""The quantised DCT coefficients of a JPEG as slots: what a JPEG file keeps as it is, as long as it is not decoded.

A change of 1 is one quantiser step, so that slots differ in what they cost; groups are of slots that cost about the
same. What a slot should hold is not a whole number here, and the nearest one is not always taken: quantising and
embedding are one step.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from vidisp.codec.simulate.h26x import BLOCK, block_dct
from vidisp.embed.canvas.coded import CodedPicture
from vidisp.embed.canvas.slots import COPIES, HEADER_BITS, Group
from vidisp.errors import InputError

_TO_YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
"""JFIF 1.02, section 7."""
_MIDDLE = 128
_COLOUR_COSTS = (3000, 3258, 2476)
"""Thousandths of the squared error in R'G'B' that an error of 1 in Y, Cb and Cr makes."""
_ROWS = 8 * BLOCK
_IN_BLOCK = 28
"""Bits of the header in a block: in the lowest coefficients of luma but the mean."""
_HEADER_BLOCKS = -(-HEADER_BITS // _IN_BLOCK)
_LOWEST = sorted(range(BLOCK * BLOCK), key=lambda k: (k // BLOCK + k % BLOCK, k))[1 : 1 + _IN_BLOCK]


class Coefficients:
    """The canvas of a JPEG in 4:4:4.

    Args:
        coded: holds what its coefficients say.
        reference: (H, W, 3) uint8 R'G'B', what the picture should look like; without it, just as it is.
        quality: at which it is written.

    Raises:
        InputError: the picture is too small.
    """

    lowest, highest = -1022, 1022

    def __init__(self, coded: CodedPicture, reference: np.ndarray | None = None, quality: int | None = None) -> None:
        self.quality = quality
        self._coded = coded
        self._values = coded.values.clip(self.lowest, self.highest).reshape(-1)
        self._ideal = self._values if reference is None else _ideal(reference, coded.steps).reshape(-1)
        self._blocks = int(coded.values.shape[1])
        self._picture: np.ndarray | None = None
        if not self.copies:
            raise InputError("a picture of {}x{} is too small for a JPEG that holds others".format(*self.size))

    @classmethod
    def of(cls, reference: np.ndarray, quality: int) -> Coefficients:
        """What the reference becomes at a quality of 1 to 100 of the IJG's scale."""
        with io.BytesIO() as file:
            Image.fromarray(reference).save(file, "JPEG", quality=quality, subsampling=0)
            return cls(CodedPicture.from_bytes(file.getvalue()), reference, quality)

    @property
    def groups(self) -> tuple[Group, ...]:
        free = self._blocks - self.copies * _HEADER_BLOCKS
        return tuple(Group(free * len(kinds), float(self._costs[kinds].mean())) for kinds in self._kinds)

    @property
    def size(self) -> tuple[int, int]:
        return self._coded.size

    @property
    def copies(self) -> int:
        return min(COPIES, self._blocks // (2 * _HEADER_BLOCKS))

    def to_bytes(self) -> bytes:
        """The JPEG file, without metadata."""
        return self._coded.with_values(self._values.reshape(self._coded.values.shape))

    def picture(self) -> np.ndarray:
        if self._picture is None:
            with Image.open(io.BytesIO(self.to_bytes())) as image:
                self._picture = np.asarray(image.convert("RGB"))
        return self._picture

    def ideal(self, group: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kinds, slots = self._slots(group, places)
        return self._ideal[slots].astype(np.float32), self._costs[kinds].astype(np.float32)

    def take(self, group: int, places: np.ndarray) -> np.ndarray:
        return np.asarray(self._values[self._slots(group, places)[1]], np.int64)

    def put(self, group: int, places: np.ndarray, values: np.ndarray) -> None:
        self._values[self._slots(group, places)[1]] = values
        self._picture = None

    def checksum(self) -> int:
        without = self._values.astype("<i2")
        for copy in range(self.copies):
            without[self._header_slots(copy)] |= 1
        return zlib.crc32(without.data)

    def take_header(self, copy: int) -> np.ndarray:
        return np.asarray(self._values[self._header_slots(copy)] & 1, np.uint8)

    def put_header(self, copy: int, bits: np.ndarray) -> None:
        slots = self._header_slots(copy)
        self._values[slots] ^= (self._values[slots] ^ bits) & 1
        self._picture = None

    @cached_property
    def _costs(self) -> np.ndarray:
        """Of each kind of slot, (3 * 64,): what a change of 1 adds to the squared error, step^2 times the colour's."""
        return np.concatenate([cost * steps.astype(np.float64) ** 2 / 1000 for cost, steps in self._colours()])

    @cached_property
    def _kinds(self) -> list[np.ndarray]:
        """The kinds of slot in each group, whose costs are within a factor of the square root of 2. Whole-number
        arithmetic, so that every machine finds the same."""
        costs = [cost * int(step) ** 2 for cost, steps in self._colours() for step in steps]
        levels = np.array([(cost * cost).bit_length() for cost in costs])
        return [np.flatnonzero(levels == level) for level in np.unique(levels)]

    def _colours(self) -> Iterator[tuple[int, np.ndarray]]:
        return zip(_COLOUR_COSTS, self._coded.steps.reshape(3, -1), strict=True)

    def _slots(self, group: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The kinds of slots, and where they are."""
        kinds = self._kinds[group]
        nth, block = np.divmod(places, self._blocks - self.copies * _HEADER_BLOCKS)
        starts = self._starts - _HEADER_BLOCKS * np.arange(self.copies)
        block = block + _HEADER_BLOCKS * np.searchsorted(starts, block, side="right")
        colour, coefficient = np.divmod(kinds[nth], BLOCK * BLOCK)
        return kinds[nth], (colour * self._blocks + block) * BLOCK * BLOCK + coefficient

    @cached_property
    def _starts(self) -> np.ndarray:
        """The first block of each copy of the header."""
        return np.asarray(np.arange(self.copies) * self._blocks // self.copies)

    def _header_slots(self, copy: int) -> np.ndarray:
        blocks = self._starts[copy] + np.arange(_HEADER_BLOCKS)
        return np.asarray(blocks[:, None] * BLOCK * BLOCK + np.array(_LOWEST)).reshape(-1)[:HEADER_BITS]


def _ideal(reference: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The coefficients of a picture before they are rounded, (3, blocks, 64) float32, in units of their steps."""
    columns = -(-reference.shape[1] // BLOCK)
    found = np.empty((3, -(-len(reference) // BLOCK) * columns, BLOCK * BLOCK), np.float32)
    for start in range(0, len(reference), _ROWS):
        planes = np.moveaxis(reference[start : start + _ROWS].astype(np.float32) @ _TO_YCC.T, -1, 0)
        planes[0] -= _MIDDLE
        padded = np.pad(planes, ((0, 0), (0, -planes.shape[1] % BLOCK), (0, -planes.shape[2] % BLOCK)), mode="edge")
        blocks = block_dct(torch.from_numpy(padded)).numpy().reshape(3, -1, BLOCK * BLOCK)
        first = start // BLOCK * columns
        found[:, first : first + blocks.shape[1]] = blocks / steps[:, None]
    return found

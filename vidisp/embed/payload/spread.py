"""The order in which slots are filled: a walk in steps of about 0.618 of a group, which is even over the picture at
any length, from a start that the key gives."""

from __future__ import annotations

import math

import numpy as np

_GOLDEN = 0.6180339887498949
_KEY_BITS = 32


class Spread:
    """The walk over `count` slots; `key` is a number of 32 bits."""

    def __init__(self, count: int, key: int) -> None:
        self._count = count
        self._start = (key * count) >> _KEY_BITS
        self._step = next(n for n in range(max(1, int(count * _GOLDEN)), 2 * count + 2) if math.gcd(n, count) == 1)

    def places(self, start: int, stop: int) -> np.ndarray:
        """Where the slots `start` to `stop` of the walk are, (stop - start,) int64, each below `count`."""
        return (self._start + np.arange(start, stop, dtype=np.int64) * self._step) % self._count

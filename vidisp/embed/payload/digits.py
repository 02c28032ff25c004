"""Bits as digits of any base, with next to no bit lost: as many bits go into a block of digits as fit whole."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

_LONGEST = 32
_MOST_BITS = 62


@cache
def block(base: int) -> tuple[int, int]:
    """(digits, bits) of the block that loses the least: for base 3, 12 digits hold 19 bits.

    Whole-number arithmetic only, for what is in a file depends on it.
    """
    if base == 1:
        return 1, 0
    sizes = [(digits, (base**digits).bit_length() - 1) for digits in range(1, _LONGEST + 1)]
    return max(
        (size for size in sizes if size[1] <= _MOST_BITS), key=lambda size: (Fraction(size[1], size[0]), -size[0])
    )


def room(base: int, digits: int) -> int:
    """Bits that so many digits hold."""
    per_block, bits = block(base)
    return digits // per_block * bits


def to_digits(bits: np.ndarray, base: int, count: int) -> np.ndarray:
    """(count,) int64 digits that hold `bits`, (room(base, count),) of 0 and 1; those that fill no block are 0."""
    digits, per_block = block(base)
    numbers = bits.reshape(-1, per_block).astype(np.int64) @ _powers_of_two(per_block) if per_block else np.zeros(0)
    found = np.zeros(count, np.int64)
    blocks = found[: count // digits * digits].reshape(-1, digits)
    for place in range(digits if per_block else 0):
        numbers, blocks[:, place] = np.divmod(numbers, base)
    return found


def from_digits(digits: np.ndarray, base: int) -> np.ndarray:
    """The bits that `to_digits` was given, uint8. Digits that hold more than their bits can (damage) wrap around."""
    length, per_block = block(base)
    blocks = digits[: len(digits) // length * length].reshape(-1, length).astype(np.int64)
    numbers = blocks @ np.array([base**i for i in range(length)], np.int64)
    return (numbers[:, None] >> np.arange(per_block) & 1).astype(np.uint8).reshape(-1)


def _powers_of_two(count: int) -> np.ndarray:
    return np.int64(1) << np.arange(count)

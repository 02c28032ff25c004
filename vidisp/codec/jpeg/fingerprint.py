"""Telling what was done to a picture from very little of it: the mean luma of 8x8 blocks, and its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

BLOCKS = 8
_MCU = 16
"""Lossless turning may cut off as many pixels less one: what does not fill a unit of coding."""
_SURE = 0.5
"""A turned picture is taken for one when its blocks fit that much better than the upright ones."""
_SAME = 6.0
"""Codes by which the blocks of a picture that was only resized may differ on average."""

_Turn = Callable[[np.ndarray], np.ndarray]
_TURNS: Mapping[str, _Turn] = {
    "was rotated by 90 degrees": lambda blocks: np.rot90(blocks, -1),
    "was rotated by 180 degrees": lambda blocks: np.rot90(blocks, 2),
    "was rotated by 270 degrees": lambda blocks: np.rot90(blocks, 1),
    "was mirrored left to right": np.fliplr,
    "was mirrored top to bottom": np.flipud,
    "was mirrored about its diagonal": np.transpose,
    "was mirrored about its other diagonal": lambda blocks: np.rot90(blocks, 2).T,
}
"""What happened -> what it does to blocks; degrees clockwise, as `jpegtran -rotate` counts them."""


def blocks_of(luma: np.ndarray) -> bytes:
    """Mean of 8x8 equal blocks of (height, width) uint8, row by row."""
    return np.asarray(Image.fromarray(luma).resize((BLOCKS, BLOCKS), Image.Resampling.BOX)).tobytes()


def describe_change(
    before: bytes, size_before: tuple[int, int], after: bytes, size_after: tuple[int, int]
) -> str | None:
    """How a picture was turned, cropped or resized, None if it was not.

    Args:
        before, after: `blocks_of` the picture as it was and as it is.
        size_before, size_after: (width, height).
    """
    old, new = (np.frombuffer(blocks, np.uint8).reshape(BLOCKS, BLOCKS).astype(float) for blocks in (before, after))
    upright = _distance(old, new)
    turns = {name: _distance(turn(old), new) for name, turn in _TURNS.items()}
    turns = {name: d for name, d in turns.items() if _fits(_TURNS[name], size_before, size_after)}
    likely = min(turns, key=turns.__getitem__, default=None)
    if likely is not None and turns[likely] < _SURE * upright:
        return likely
    if size_before == size_after:
        return None
    resized = upright < _SAME and abs(_shape(size_before) / _shape(size_after) - 1) < 0.02
    how = "resized" if resized else "cropped"
    return "was {} from {}x{} to {}x{}".format(how, *size_before, *size_after)


def _fits(turn: _Turn, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether the turn takes one size to the other, but for what lossless turning may cut off."""
    swaps = turn(np.zeros((1, 2))).shape == (2, 1)
    turned = before[::-1] if swaps else before
    return all(0 <= a - b < _MCU for a, b in zip(turned, after, strict=True))


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())


def _shape(size: tuple[int, int]) -> float:
    return size[0] / size[1]

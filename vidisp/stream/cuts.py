"""Where a new shot begins, told from two neighbouring frames alone, so that nothing else can change the answer."""

from __future__ import annotations

import math

import numpy as np

from vidisp.isp import Look
from vidisp.raw import RawFrame
from vidisp.stream.developer import sites

_ROWS, _COLUMNS = 18, 32
_FOOT = 0.05  # wide: noise in black is no scene
_SHIFT = 3
"""Blocks that a picture may have moved by in one frame: about a tenth of its width."""
_UNLIKE, _LEAST = 0.6, 0.03
"""Two frames are of different shots if they differ, at the best shift, by more than this share of their contrast,
and by more than this part of the range from black to white, which noise and flat pictures do not reach."""


def thumbnail(frame: RawFrame, look: Look) -> np.ndarray:
    """Green in at most 18x32 blocks, 0 at black and 1 at white: a square root with a foot, as the tone curve."""
    s = frame.sensor
    greens = [i for i, letter in enumerate(s.cfa) if letter == "G"]
    linear = [(_blocks(sites(frame.mosaic)[i]) - s.black[i]) / (s.white - s.black[i]) for i in greens]
    light = np.clip(np.mean(linear, axis=0) * look.gains[1], 0, 1)
    small: np.ndarray = (np.sqrt(light + _FOOT) - math.sqrt(_FOOT)) / (math.sqrt(1 + _FOOT) - math.sqrt(_FOOT))
    return small


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a new shot begins between two thumbnails."""
    contrast = max(float(np.abs(t - t.mean()).mean()) for t in (before, after))
    return _difference(before, after) > max(_UNLIKE * contrast, _LEAST)


def _difference(before: np.ndarray, after: np.ndarray) -> float:
    """Mean difference of the two where they overlap, at the shift where it is smallest."""
    rows, columns = before.shape
    shifts = [(dy, dx) for dy in _shifts(rows) for dx in _shifts(columns)]
    return min(_at_shift(before, after, dy, dx) for dy, dx in shifts)


def _at_shift(before: np.ndarray, after: np.ndarray, dy: int, dx: int) -> float:
    rows, columns = before.shape
    a = before[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]
    b = after[max(0, -dy) : rows + min(0, -dy), max(0, -dx) : columns + min(0, -dx)]
    return float(np.abs(a - b).mean())


def _shifts(side: int) -> range:
    most = min(_SHIFT, side // 4)
    return range(-most, most + 1)


def _blocks(plane: np.ndarray) -> np.ndarray:
    """Means of equal blocks; what does not fill one at the right and at the foot is left out."""
    rows, columns = min(_ROWS, plane.shape[0]), min(_COLUMNS, plane.shape[1])
    height, width = plane.shape[0] // rows, plane.shape[1] // columns
    whole = plane[: rows * height, : columns * width]
    means: np.ndarray = whole.reshape(rows, height, columns, width).mean((1, 3), dtype=np.float64)
    return means

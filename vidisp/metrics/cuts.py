"""Where a new shot begins, for measuring: a change of brightness alone is flicker, which must not pass for a cut."""

from __future__ import annotations

import numpy as np

_ROWS, _COLUMNS = 18, 32
_SHIFT = 3
"""Blocks that a picture may have moved by in one frame: about a tenth of its width."""
_ALIKE, _LEAST = 0.7, 0.02
"""Two frames are of different shots if no shift correlates them this well; flat ones, whose blocks have a standard
deviation below this part of the range, are of any shot."""


class CutFinder:
    """Told frame by frame; holds one thumbnail."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None

    def begins(self, picture: np.ndarray) -> bool:
        """Whether this frame, (H, W) uint8, begins a new shot; the first one does not."""
        now, last = thumbnail(picture), self._last
        self._last = now
        return last is not None and is_cut(last, now)


def thumbnail(picture: np.ndarray) -> np.ndarray:
    """Means of at most 18x32 equal blocks, 0..1; what does not fill one at the right and at the foot is left out."""
    height, width = picture.shape
    rows, columns = min(_ROWS, height), min(_COLUMNS, width)
    whole = picture[: height // rows * rows, : width // columns * columns]
    means: np.ndarray = whole.reshape(rows, height // rows, columns, width // columns).mean((1, 3)) / 255
    return means


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two thumbnails are alike at no shift. Correlation does not see a change of level or contrast."""
    if max(before.std(), after.std()) < _LEAST:
        return False
    rows, columns = before.shape
    shifts = ((dy, dx) for dy in _shifts(rows) for dx in _shifts(columns))
    return max(_correlation(before, after, dy, dx) for dy, dx in shifts) < _ALIKE


def _correlation(before: np.ndarray, after: np.ndarray, dy: int, dx: int) -> float:
    """Of the two where they overlap, -1..1; 0 if one of them is flat there."""
    rows, columns = before.shape
    a = before[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]
    b = after[max(0, -dy) : rows + min(0, -dy), max(0, -dx) : columns + min(0, -dx)]
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt(np.square(a).sum() * np.square(b).sum())
    return float((a * b).sum() / size) if size > 0 else 0.0


def _shifts(side: int) -> range:
    most = min(_SHIFT, side // 4)
    return range(-most, most + 1)

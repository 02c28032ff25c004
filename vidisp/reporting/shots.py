"""The frames that the page shows: both pictures, where they differ, and the spot where they differ most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

WIDEST = 1280
"""Of a picture on the page, in pixels along its longer side."""
SPOT = 160
"""Side of the spot, in pixels of the source."""
FACTORS = (1, 2, 4, 8, 16, 32, 64)
"""By which error maps may be amplified; the largest that leaves 99 % of the samples below full scale is taken."""


@dataclass(frozen=True)
class View:
    """Both pictures of one place at one scale, (H, W, 3) uint8, and how far they are apart.

    Args:
        error: (H, W) float32, mean absolute difference of R, G and B in codes of 8 bits.
    """

    original: np.ndarray
    recovered: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Place:
    """A rectangle in samples of a picture of `size` (width, height), and in percent of it."""

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]

    @property
    def percent(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        width, height = self.size
        return 100 * self.left / width, 100 * self.top / height, 100 * self.width / width, 100 * self.height / height


@dataclass(frozen=True)
class Shot:
    """A frame: as a whole, scaled to the page, and its worst spot, sample for sample.

    Args:
        place: where the spot is in the source.
    """

    number: int
    whole: View
    spot: View
    place: Place


def make_shot(number: int, original: np.ndarray, recovered: np.ndarray) -> Shot:
    """A shot of two pictures of the same size, (H, W, 3) uint8."""
    error = np.abs(original.astype(np.float32) - recovered).mean(-1)
    place = worst_spot(error, SPOT)
    cut = (slice(place.top, place.top + place.height), slice(place.left, place.left + place.width))
    whole = View(_scaled(original), _scaled(recovered), _scaled(error))
    return Shot(number, whole, View(original[cut], recovered[cut], error[cut]), place)


def worst_spot(error: np.ndarray, side: int) -> Place:
    """The square of `side` samples with the largest sum of errors (H, W); it is cut to a smaller picture."""
    height, width = error.shape
    rows, columns = min(side, height), min(side, width)
    total = np.pad(error.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    sums = total[rows:, columns:] - total[:-rows, columns:] - total[rows:, :-columns] + total[:-rows, :-columns]
    top, left = np.unravel_index(int(sums.argmax()), sums.shape)
    return Place(int(left), int(top), columns, rows, (width, height))


def amplification(shots: Sequence[Shot]) -> int:
    """One factor for all error maps of a page, so that they can be compared."""
    errors = [view.error.ravel() for shot in shots for view in (shot.whole, shot.spot)]
    high = float(np.percentile(np.concatenate(errors), 99))
    return max((f for f in FACTORS if f * high <= 255), default=FACTORS[0])


def heat(error: np.ndarray, factor: int) -> np.ndarray:
    """An error map as a picture, (H, W, 3) uint8: black is no difference, then red, yellow, and white is the most."""
    level = np.clip(error * (3 * factor / 255), 0, 3)[..., None]
    return np.rint(255 * np.clip(level - np.arange(3), 0, 1)).astype(np.uint8)


def _scaled(image: np.ndarray) -> np.ndarray:
    """Down to `WIDEST`, each sample the mean of what it covers; smaller pictures stay as they are."""
    height, width = image.shape[:2]
    scale = WIDEST / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, math.floor(width * scale)), max(1, math.floor(height * scale)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))

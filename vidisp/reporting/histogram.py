"""How the samples of two RAW clips are distributed, colour by colour."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vidisp.metrics.fidelity import normalise
from vidisp.metrics.raw_pairs import RawPairs
from vidisp.raw import Sensor
from vidisp.reporting.charts import Axis, Tick, path
from vidisp.reporting.developed import spread

MOST_FRAMES = 12
"""Of each clip, spread evenly: more would not change the shape."""
BINS = 160
LOW, HIGH = -0.1, 1.05
"""Ends of the axis, in square root of linear light with white at 1: sensor noise is about equally wide everywhere."""
X_TICKS = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 1)
"""In linear light."""
COLOURS = ("red", "green", "blue")


@dataclass(frozen=True)
class Histogram:
    """One colour of both clips as SVG paths in a box of 100 x 100; the original's is closed at the bottom.

    Args:
        overlap: share of the samples that both clips have in the same bins, 0..1.
    """

    colour: str
    original: str
    recovered: str
    overlap: float
    ticks: tuple[Tick, ...]


def histograms(pairs: RawPairs) -> list[Histogram]:
    """Red, green and blue of up to `MOST_FRAMES` of the pairs."""
    before, after = np.zeros((2, 3, BINS))
    chosen = tuple(pairs.found[i] for i in spread(len(pairs), MOST_FRAMES))
    for pair in replace(pairs, found=chosen).frames():
        before += counts(pair.original.mosaic, pair.original.sensor)
        after += counts(pair.recovered, pair.original.sensor)
    return [_histogram(name, before[i], after[i]) for i, name in enumerate(COLOURS)]


def counts(mosaic: np.ndarray, sensor: Sensor) -> np.ndarray:
    """(3, BINS) samples of R, G and B in each bin; what lies beyond the axis counts in its last bins."""
    linear = normalise(mosaic, sensor)
    roots = np.clip(np.sign(linear) * np.sqrt(np.abs(linear)), LOW, HIGH)
    found = np.zeros((3, BINS))
    for site, letter in enumerate(sensor.cfa):
        samples = roots[site // 2 :: 2, site % 2 :: 2]
        found["RGB".index(letter)] += np.histogram(samples, BINS, (LOW, HIGH))[0]
    return found


def _histogram(colour: str, before: np.ndarray, after: np.ndarray) -> Histogram:
    shares = before / before.sum(), after / after.sum()
    top = max(share.max() for share in shares)
    first, second = (_outline(share / top) for share in shares)
    axis = Axis(LOW, HIGH)
    ticks = tuple(Tick(axis.at(light**0.5), f"{100 * light:g}") for light in X_TICKS)
    return Histogram(colour, f"{first}L100 100L0 100Z", second, float(np.minimum(*shares).sum()), ticks)


def _outline(heights: np.ndarray) -> str:
    """A line through the middles of the bins."""
    return path([(round(100 * (i + 0.5) / BINS, 2), round(100 - 96 * float(h), 2)) for i, h in enumerate(heights)])

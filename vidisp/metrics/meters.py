"""Meters: told of each moment, they keep one value a frame and say what the whole amounts to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import torch

from vidisp.metrics import strred
from vidisp.metrics.moment import Moment, Side

Value = float | None


class Figures(Protocol):
    """One metric, or two that belong together, of a whole video."""

    def curves(self) -> Mapping[str, list[Value]]:
        """By metric key, a value for each frame."""

    def summary(self) -> Mapping[str, Value]:
        """By metric key, of the whole."""


class Meter(Figures, Protocol):
    """Figures that grow: `add` is called once for each frame, in order."""

    def add(self, now: Moment) -> None: ...


class Averaged:
    """A metric whose whole is the mean of its frames, shown on another scale (decibels, roots) if need be."""

    def __init__(self, key: str, measure: Callable[[Moment], Value], shown: Callable[[float], float] = float) -> None:
        self._key, self._measure, self._shown = key, measure, shown
        self._values: list[Value] = []

    def add(self, now: Moment) -> None:
        self._values.append(self._measure(now))

    def curves(self) -> dict[str, list[Value]]:
        return {self._key: [None if value is None else self._shown(value) for value in self._values]}

    def summary(self) -> dict[str, Value]:
        known = [value for value in self._values if value is not None]
        return {self._key: self._shown(float(np.mean(known))) if known else None}


class Beat:
    """Whether every other frame is brighter or sharper, as processing that treats parities unlike would make it.

    x is the mean level of luma (or its sharpness, the mean absolute 4-neighbour Laplacian), less the reference's where
    there is one. A frame departs from its neighbours by d[t] = x[t] - (x[t-1] + x[t+1]) / 2; the beat of a shot is
    |mean of (-1)^t d[t]|, and that of a video the mean over its shots, by their lengths; lower is steadier, 0 is none.
    Even and odd frames that differ by A score A; a drift scores 0; mere noise of s in n frames about 2 s / sqrt(n).
    The curve is |d[t]|. B-frames beat too: compare with the reference's own video.

    Source: own definition, the amplitude of x at half the frame rate.

    Args:
        unit: what a level of 1 is shown as.
    """

    def __init__(self, level: str, sharpness: str, unit: float) -> None:
        self._keys, self._unit = (level, sharpness), unit
        self._values: list[tuple[float, float]] = []
        self._starts: list[int] = []

    def add(self, now: Moment) -> None:
        if now.before is None:
            self._starts.append(len(self._values))
        self._values.append(_level_and_sharpness(now))

    def curves(self) -> dict[str, list[Value]]:
        return {key: self._curve(i) for i, key in enumerate(self._keys)}

    def summary(self) -> dict[str, Value]:
        return {key: self._whole(i) for i, key in enumerate(self._keys)}

    def _curve(self, which: int) -> list[Value]:
        found: list[Value] = []
        for shot in self._shots(which):
            inner = (float(d) for d in np.abs(departures(shot)))
            found += [None, *inner, None][: len(shot)]
        return found

    def _whole(self, which: int) -> Value:
        shots = [departures(shot) for shot in self._shots(which) if len(shot) > 2]
        beats = [abs(alternating(shot)) for shot in shots]
        return float(np.average(beats, weights=[len(shot) for shot in shots])) if shots else None

    def _shots(self, which: int) -> list[np.ndarray]:
        values = self._unit * np.array(self._values).reshape(-1, 2)[:, which]
        return np.split(values, self._starts[1:])


def departures(x: np.ndarray) -> np.ndarray:
    """Of each frame but the first and the last from the mean of its two neighbours."""
    found: np.ndarray = x[1:-1] - (x[:-2] + x[2:]) / 2
    return found


def alternating(d: np.ndarray) -> float:
    """Mean with alternating signs."""
    return float((d[::2].sum() - d[1::2].sum()) / len(d))


class StRred:
    """`vidisp.metrics.strred` over the pairs of frames 0-1, 2-3, ... of each shot; lower is better, 0 is equal.

    The curve has the product of a pair's two differences at its second frame; the whole is the product of the means.
    """

    def __init__(self) -> None:
        self._pairs: list[tuple[float, float] | None] = []
        self._open: tuple[torch.Tensor, torch.Tensor] | None = None

    def add(self, now: Moment) -> None:
        first = None if now.before is None else self._open
        bands = _bands(now)
        self._open = bands if first is None else None
        self._pairs.append(_pair(first, bands) if first and bands else None)

    def curves(self) -> dict[str, list[Value]]:
        return {"st_rred": [None if pair is None else pair[0] * pair[1] for pair in self._pairs]}

    def summary(self) -> dict[str, Value]:
        known = [pair for pair in self._pairs if pair is not None]
        return {"st_rred": float(np.prod(np.mean(known, 0))) if known else None}


def _level_and_sharpness(now: Moment) -> tuple[float, float]:
    sides: tuple[Side, ...] = ("video", "reference") if now.guide is not now.video else ("video",)
    levels = [float(now.side(side).y.mean(dtype=torch.float64)) for side in sides]
    sharp = [_sharpness(now.side(side).y) for side in sides]
    return levels[0] - sum(levels[1:]), sharp[0] - sum(sharp[1:])


def _sharpness(image: torch.Tensor) -> float:
    around = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:]
    return float((image[1:-1, 1:-1] - around / 4).abs().mean(dtype=torch.float64))


def _bands(now: Moment) -> tuple[torch.Tensor, torch.Tensor] | None:
    if min(now.video.y.shape) < strred.LEAST_SIDE:
        return None
    return strred.band(255 * now.reference.y), strred.band(255 * now.video.y)


def _pair(first: tuple[torch.Tensor, torch.Tensor], second: tuple[torch.Tensor, torch.Tensor]) -> tuple[float, float]:
    reference, video = (strred.information(a, b) for a, b in zip(first, second, strict=True))
    return strred.st_rred(reference, video)

"""Finding the quantiser steps that meet a wish, in as few trials as may be."""

from __future__ import annotations

import math
from collections.abc import Callable

from vidisp.embed.payload.trial import Trial
from vidisp.embed.payload.video import COARSEST, FINEST

_SLOPE = 8.0
"""dB by which a gap changes when steps double, before two trials tell."""
_WIDEST = 2.0
"""Doublings of the steps from one trial to the next at most."""

Code = Callable[[float], Trial]
Gap = Callable[[Trial], float]


def meet(code: Code, gap: Gap, *, start: float, tolerance: float, tries: int, above: bool) -> Trial:
    """The trial whose gap is nearest to 0.

    Args:
        code: makes the trial of a step.
        gap: in dB, rises with the step.
        start: the first step.
        tolerance: dB; a gap within it ends the search.
        above: a gap must be 0 at least; of those that are not, the largest is taken.
    """
    lowest, highest = math.log2(FINEST), math.log2(COARSEST)
    place = math.log2(start)
    known: dict[float, Trial] = {}
    gaps: dict[float, float] = {}
    for _ in range(tries):
        known[place] = code(2**place)
        gaps[place] = gap(known[place])
        aim = tolerance / 2 if above else 0.0
        if abs(gaps[place] - aim) <= (tolerance / 2 if above else tolerance):
            break
        place = min(max(_next(gaps, aim), lowest), highest)
        if place in known:
            break
    good = [p for p in gaps if gaps[p] >= 0] if above else list(gaps)
    return known[min(good, key=lambda p: abs(gaps[p]))] if good else known[max(gaps, key=lambda p: gaps[p])]


def _next(gaps: dict[float, float], aim: float) -> float:
    """Where the line through two known points meets the aim: those on either side of it, else the nearest two."""
    below = max((p for p in gaps if gaps[p] < aim), default=None)
    over = min((p for p in gaps if gaps[p] >= aim), default=None)
    if below is not None and over is not None:
        share = (aim - gaps[below]) / (gaps[over] - gaps[below])
        return below + (over - below) * min(max(share, 0.1), 0.9)
    near, *others = sorted(gaps, key=lambda p: abs(gaps[p] - aim))
    slope = max((gaps[near] - gaps[others[0]]) / (near - others[0]), _SLOPE / 4) if others else _SLOPE
    return near + min(max((aim - gaps[near]) / slope, -_WIDEST), _WIDEST)

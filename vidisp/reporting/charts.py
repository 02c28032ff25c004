"""A metric over time as a line: thinned, scaled, with axes. Positions are in percent of the plot, y from the top.

The page stretches the plot to its width and sets the labels as text beside it, so that they stay readable on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vidisp.metrics.catalogue import METRICS, Metric
from vidisp.metrics.measures import Measures

MOST_POINTS = 2000
"""Of one curve: more than a screen has columns."""
LEAST_SPAN = 0.01
"""Of the y axis, as a share of its largest value: what changes by less is drawn flat."""
MARGIN = 0.08
"""Above and below the curve, as a share of its span."""

Point = tuple[int, float | None]
"""A frame number and its value, None where it has none."""


@dataclass(frozen=True)
class Tick:
    """A label, and where it stands along its axis in percent."""

    at: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A frame worth looking at."""

    x: float
    y: float
    number: int


@dataclass(frozen=True)
class Chart:
    """One metric over time.

    Args:
        path: the `d` of an SVG path in a box of 100 x 100.
        cuts: where new shots begin.
        points: [frame number, x, y, value as text] of each sample that has one, for the page's read-out.
    """

    metric: Metric
    mean: float | None
    reference: float | None
    path: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    cuts: tuple[float, ...]
    points: tuple[tuple[int, float, float, str], ...]


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` as 0..100 percent."""

    low: float
    high: float

    def at(self, value: float) -> float:
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def ticks(self, most: int, *, whole: bool = False, down: bool = False) -> tuple[Tick, ...]:
        """Round values inside, `most` of them at the most; `down`: 100 percent is `low`."""
        values = round_values(self.low, self.high, most, whole=whole)
        step = values[1] - values[0] if len(values) > 1 else self.high - self.low
        return tuple(Tick(100 - self.at(v) if down else self.at(v), label(v, step)) for v in values)


def charts(measures: Measures, worst: Sequence[int] = ()) -> list[Chart]:
    """A chart for each metric that has a value for at least two frames, in the order of `METRICS`."""
    curves = ((METRICS[key], measures.curves[key]) for key in METRICS if key in measures.curves)
    return [chart(measures, metric, worst) for metric, curve in curves if sum(v is not None for v in curve) > 1]


def chart(measures: Measures, metric: Metric, worst: Sequence[int] = ()) -> Chart:
    """The curve of one metric; the frames whose numbers are in `worst` are marked."""
    numbers, curve = measures.numbers, measures.curves[metric.key]
    x, y = Axis(numbers[0], max(numbers[-1], numbers[0] + 1)), y_axis([v for v in curve if v is not None])
    points = thin(joined(list(zip(numbers, curve, strict=True))), MOST_POINTS)
    placed = [(n, x.at(n), None if v is None else round(100 - y.at(v), 2), v) for n, v in points]
    at = dict(zip(numbers, curve, strict=True))
    found = [(n, v) for n in worst if (v := at.get(n)) is not None]
    return Chart(
        metric=metric,
        mean=measures.summary.get(metric.key),
        reference=measures.reference_summary.get(metric.key),
        path=path([(px, py) for _, px, py, _ in placed]),
        x_ticks=x.ticks(6, whole=True),
        y_ticks=y.ticks(4, down=True),
        marks=tuple(Mark(x.at(n), round(100 - y.at(v), 2), n) for n, v in found),
        cuts=tuple(x.at(n) for n in measures.cuts),
        points=tuple((n, px, py, figure(v)) for n, px, py, v in placed if py is not None and v is not None),
    )


def joined(points: Sequence[Point]) -> list[Point]:
    """The points with a value, and one without in each gap. A metric that is measured at every second frame has no
    gaps there: what counts as one is wider than the narrowest step between two values."""
    values = [point for point in points if point[1] is not None]
    steps = [after - before for (before, _), (after, _) in pairwise(values)]
    least = min(steps, default=1)
    found = values[:1]
    for step, point in zip(steps, values[1:], strict=True):
        found += [(point[0] - 1, None), point] if step > least else [point]
    return found


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """At most about `most` points that keep every extreme: of each run of frames its lowest and its highest value.

    A run without any value stays as one point without, so that a gap stays a gap.
    """
    if len(points) <= most:
        return list(points)
    runs = most // 2
    borders = [round(i * len(points) / runs) for i in range(runs + 1)]
    return [point for a, b in pairwise(borders) for point in _extremes(points[a:b])]


def path(points: Sequence[tuple[float, float | None]]) -> str:
    """SVG path data; a point without y ends one line, the next with y begins another."""
    parts, drawing = [], False
    for x, y in points:
        if y is not None:
            # A line of no length is drawn as a dot by its round ends: a value alone between gaps stays visible.
            parts.append(f"L{x:g} {y:g}" if drawing else f"M{x:g} {y:g}h0")
        drawing = y is not None
    return "".join(parts)


def y_axis(values: Sequence[float]) -> Axis:
    """From the lowest to the highest value with some air; not below zero where nothing is."""
    low, high = _spread(min(values), max(values))
    margin = MARGIN * (high - low)
    return Axis(low - margin if low < 0 or low > margin else 0.0, high + margin)


def round_values(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from `low` to `high`: as many as there are up to `most`."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (factor * power for factor in (1, 2, 5, 10, 20)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most and (step >= 1 or not whole):
            break
    return [i * step for i in range(first, last + 1)]


def label(value: float, step: float) -> str:
    """A value with as many decimals as the step between values needs."""
    last = math.floor(math.log10(step) + 1e-9)
    if last >= -4:
        return f"{value:.{max(0, -last)}f}"
    return _with_power(value, math.floor(math.log10(abs(value))) - last) if value else "0"


def figure(value: float | None) -> str:
    """A value to read: four figures, three of what is below 0.1; a dash for none."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 1000:
        return f"{value:.0f}"
    if abs(value) < 1e-3:
        return _with_power(value, 2)
    return f"{value:#.4g}" if abs(value) >= 0.1 else f"{value:#.3g}"


def _with_power(value: float, decimals: int) -> str:
    mantissa, power = f"{value:.{max(0, decimals)}e}".split("e")
    return f"{mantissa}e{int(power)}"


def _extremes(run: Sequence[Point]) -> list[Point]:
    found = [(value, index) for index, (_, value) in enumerate(run) if value is not None]
    if not found:
        return [run[0]]
    return [run[index] for index in sorted({min(found)[1], max(found)[1]})]


def _spread(low: float, high: float) -> tuple[float, float]:
    """The range, widened about its middle where it is next to nothing."""
    least = LEAST_SPAN * max(abs(low), abs(high)) or 1.0
    missing = max(0.0, least - (high - low)) / 2
    return low - missing, high + missing

"""The meters of one video side by side, and what they found as `Measures`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from vidisp.metrics import steadiness
from vidisp.metrics.catalogue import Kind, metrics_of
from vidisp.metrics.measures import Measures
from vidisp.metrics.meters import Averaged, Figures, Meter, Value
from vidisp.metrics.moment import Moment, Side


class Panel:
    """Meters of a video, and those of its reference itself. `cuts` and `numbers` are of the frames seen so far."""

    def __init__(self, kind: Kind, meters: Sequence[Meter], of_reference: Sequence[Meter] = ()) -> None:
        self._kind, self._meters, self._others = kind, meters, of_reference
        self.numbers: list[int] = []
        self.cuts: list[int] = []

    def add(self, now: Moment) -> None:
        """Every meter sees the frame."""
        self.numbers.append(now.video.number)
        if now.cut:
            self.cuts.append(now.video.number)
        for meter in (*self._meters, *self._others):
            meter.add(now)

    def measures(
        self,
        video: str,
        reference: str | None,
        *,
        more: Sequence[Figures] = (),
        noise: dict[str, Value] | None = None,
        notes: Iterable[str] = (),
    ) -> Measures:
        """What they found, with `more` figures that were not metered here; infinite values are undefined."""
        figures = [*more, *self._meters]
        summary: dict[str, Value] = {metric.key: None for metric in metrics_of(self._kind)}
        curves: dict[str, list[Value]] = {}
        for found in figures:
            summary |= {key: _finite(value) for key, value in found.summary().items()}
            curves |= {key: [_finite(value) for value in curve] for key, curve in found.curves().items()}
        own = {key: _finite(value) for meter in self._others for key, value in meter.summary().items()}
        # A beat is measured against the reference, which does not beat against itself.
        own |= {key: 0.0 for key in summary if reference is not None and "even_odd" in key}
        return Measures(
            video,
            reference,
            self._kind,
            len(self.numbers),
            tuple(self.numbers),
            summary,
            {key: curves[key] for key in summary if key in curves},
            reference_summary=own,
            noise_summary=noise or {},
            cuts=tuple(self.cuts),
            notes=tuple(notes),
        )


def steady_meters(side: Side, unit: float, prefix: str = "") -> list[Meter]:
    """Warping error and flicker of one side; `unit` is what a level of 1 is shown as."""

    def root(square: float) -> float:
        return unit * math.sqrt(square)

    return [
        Averaged(f"{prefix}warping_error", lambda now: steadiness.warping_error(now, side)),
        Averaged(f"{prefix}flicker", lambda now: steadiness.flicker(now, side), root),
        Averaged(f"{prefix}flicker_colour", lambda now: steadiness.flicker_colour(now, side), root),
    ]


def _finite(value: Value) -> Value:
    return None if value is None or not math.isfinite(value) else value

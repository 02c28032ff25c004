"""Which frames to show: those where the difference is largest, spread over the clip, and a typical one."""

from __future__ import annotations

from dataclasses import dataclass

from vidisp.metrics.catalogue import METRICS, Metric
from vidisp.metrics.measures import Measures

WORST = 3
APART = 12
"""Worst frames are at least a twelfth of the clip apart: neighbours mostly look alike."""
RANKED_BY = {"raw": "raw_psnr", "video": "psnr"}


@dataclass(frozen=True)
class Chosen:
    """Frame numbers, the worst first, with the metric that ranked them and each frame's value.

    Args:
        typical: the frame whose value is the median.
    """

    metric: Metric
    worst: tuple[int, ...]
    typical: int
    values: dict[int, float | None]

    @property
    def numbers(self) -> list[int]:
        """All of them in the order of the clip, none twice."""
        return sorted({*self.worst, self.typical})


def choose_frames(measures: Measures) -> Chosen:
    """The frames to show. Frames without a value do not differ: they are typical only if no frame differs."""
    metric = METRICS[RANKED_BY[measures.kind]]
    curve = dict(zip(measures.numbers, measures.curves[metric.key], strict=True))
    ranked = sorted((value, number) for number, value in curve.items() if value is not None)
    if not ranked:
        return Chosen(metric, (), measures.numbers[len(curve) // 2], curve)
    gap = len(curve) // APART
    worst: list[int] = []
    for _, number in ranked:
        if len(worst) < WORST and all(abs(number - other) > gap for other in worst):
            worst.append(number)
    return Chosen(metric, tuple(worst), ranked[len(ranked) // 2][1], curve)

"""What was measured on a video or a RAW clip: which figures there are, their values over time and for the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from vidisp.metrics.catalogue import Kind, metrics_of
from vidisp.metrics.verdict import judge

TWO_SHOTS = (
    "two shots: what two shots of the scene would score against each other by the sensor's noise, which both have; "
    "the noise alone: of one shot, 3 dB better"
)


@dataclass(frozen=True)
class Measures:
    """All figures of one video or RAW clip.

    Args:
        video, reference: names as they were given; no reference, no figures that need one.
        kind: which metrics apply, see `metrics_of`.
        frames: how many frames were measured.
        numbers: the frame's own number for each sample of the curves.
        summary: value by key for every metric of the kind. None: it needs a reference, or two frames, or an infinite
            PSNR because nothing differs.
        curves: by key, one value a frame; None where undefined (the first frame of what compares two frames). Only
            metrics that were measured.
        reference_summary: the reference-free metrics of the reference itself, to compare steadiness; {} without one.
        noise_summary: for RAW, what two noisy shots of the same scene would score; {} for videos.
        cuts: numbers of the frames that begin a new shot; nothing is compared across them.
        notes: what could not be measured, and why, for people.
    """

    video: str
    reference: str | None
    kind: Kind
    frames: int
    numbers: tuple[int, ...] = field(repr=False)
    summary: dict[str, float | None]
    curves: dict[str, list[float | None]] = field(repr=False)
    reference_summary: dict[str, float | None] = field(default_factory=dict)
    noise_summary: dict[str, float | None] = field(default_factory=dict)
    cuts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; the summary's keys lie at the top, undefined is null."""
        return {
            "video": self.video,
            "reference": self.reference,
            "kind": self.kind,
            "frames": self.frames,
            **{key: rounded(value) for key, value in self.summary.items()},
            "of_the_reference": {key: rounded(value) for key, value in self.reference_summary.items()},
            "of_two_noisy_shots": {key: rounded(value) for key, value in self.noise_summary.items()},
            "cuts": list(self.cuts),
            "notes": list(self.notes),
            "per_frame": [self._frame(i) for i in range(len(self.numbers))],
        }

    def _frame(self, index: int) -> dict[str, Any]:
        values = {key: rounded(curve[index]) for key, curve in self.curves.items()}
        return {"frame": self.numbers[index], **values}

    def to_text(self) -> str:
        """A table for people: a line for each metric, what was not measured, and, with a reference, what it means."""
        columns = {"value": self.summary, "reference": self.reference_summary, "two shots": self.noise_summary}
        shown = {name: values for name, values in columns.items() if values}
        lines = [f"{'':<20}" + "".join(f" {name:>11}" for name in shown)]
        for metric in metrics_of(self.kind):
            if self.summary.get(metric.key) is not None:
                cells = "".join(f" {_cell(values.get(metric.key)):>11}" for values in shown.values())
                lines.append(f"{metric.label:<20}{cells} {metric.unit:<10} {metric.better} is better")
        if self.cuts:
            lines.append(f"cuts, not measured across: before frame {', '.join(map(str, self.cuts))}")
        lines += [TWO_SHOTS, *self.notes] if self.noise_summary else self.notes
        return "\n".join([*lines, *([] if self.reference is None else judge(self).lines)])


def rounded(value: float | None) -> float | None:
    """Six significant digits; None for what no JSON number can say."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"

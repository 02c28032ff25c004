"""What was measured on a video or a RAW clip: which figures there are, their values over time and for the whole.

Metrics are named by short keys everywhere (JSON, curves, tables); `METRICS` says what each key means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["video", "raw"]


@dataclass(frozen=True)
class Metric:
    """One figure: `label` and `unit` for tables, `about` is one line for people."""

    key: str
    label: str
    unit: str
    better: Literal["higher", "lower"]
    about: str
    kind: Kind = "video"


_VIDEO = (
    Metric("psnr", "PSNR, luma", "dB", "higher", "how close each picture's brightness is to the reference's"),
    Metric("psnr_chroma", "PSNR, chroma", "dB", "higher", "how close each picture's colour is to the reference's"),
    Metric("ssim", "SSIM", "", "higher", "how alike the structure of each picture is, 1 is equal"),
    Metric("ms_ssim", "MS-SSIM", "", "higher", "the same over five sizes of detail"),
    Metric("vmaf", "VMAF", "", "higher", "quality as viewers would rate it, 0 to 100, by Netflix's model"),
    Metric("tpsnr", "temporal PSNR", "dB", "higher", "how close the change from frame to frame is to the reference's"),
    Metric("tof", "tOF", "samples", "lower", "how far the motion is from the reference's"),
    Metric("st_rred", "ST-RRED", "", "lower", "loss of information in space and time, 0 is none"),
    Metric("warping_error", "warping error", "", "lower", "change along the motion: what flickers or boils"),
    Metric("flicker", "flicker, luma", "codes", "lower", "how the level of static areas jumps between frames"),
    Metric("flicker_colour", "flicker, colour", "codes", "lower", "how the colour of static areas jumps"),
    Metric("even_odd_beat", "even/odd beat", "codes", "lower", "how far every other frame is brighter"),
    Metric("even_odd_sharpness", "even/odd sharpness", "codes", "lower", "how far every other frame is sharper"),
)
_RAW = (
    Metric("raw_psnr", "PSNR, Bayer", "dB", "higher", "linear samples, peak = white minus black", "raw"),
    Metric("raw_sqrt_psnr", "PSNR, square root", "dB", "higher", "the same where shot noise is even", "raw"),
    Metric("raw_invisp_psnr", "PSNR, InvISP", "dB", "higher", "by the protocol of Invertible ISP", "raw"),
    Metric("raw_tpsnr", "temporal PSNR", "dB", "higher", "the change from frame to frame, linear samples", "raw"),
    Metric("raw_warping_error", "warping error", "", "lower", "change of green along the motion", "raw"),
    Metric("raw_flicker", "flicker", "% of white", "lower", "how the level of static areas jumps", "raw"),
    Metric("raw_flicker_colour", "flicker, colour", "% of white", "lower", "the same for R-G and B-G", "raw"),
    Metric("raw_even_odd_beat", "even/odd beat", "% of white", "lower", "every other frame brighter", "raw"),
    Metric(
        "raw_even_odd_sharpness",
        "even/odd sharpness",
        "% of white",
        "lower",
        "how far every other frame is sharper",
        "raw",
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in (*_VIDEO, *_RAW)})
"""Every metric by its key, in the order they are shown."""


def metrics_of(kind: Kind) -> tuple[Metric, ...]:
    """Those that are measured on videos, or on RAW clips."""
    return tuple(metric for metric in METRICS.values() if metric.kind == kind)


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
        """A table for people: a line for each metric, and what was not measured."""
        columns = {"value": self.summary, "reference": self.reference_summary, "two shots": self.noise_summary}
        shown = {name: values for name, values in columns.items() if values}
        lines = [f"{'':<20}" + "".join(f" {name:>11}" for name in shown)]
        for metric in metrics_of(self.kind):
            if any(values.get(metric.key) is not None for values in shown.values()):
                cells = "".join(f" {_cell(values.get(metric.key)):>11}" for values in shown.values())
                lines.append(f"{metric.label:<20}{cells} {metric.unit:<10} {metric.better} is better")
        if self.cuts:
            lines.append(f"cuts, not measured across: before frame {', '.join(map(str, self.cuts))}")
        return "\n".join([*lines, *self.notes])


def rounded(value: float | None) -> float | None:
    """Six significant digits; None for what no JSON number can say."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"

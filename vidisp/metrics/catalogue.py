"""Which figures there are: their names, units and meaning. Short keys name them everywhere: JSON, curves, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

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

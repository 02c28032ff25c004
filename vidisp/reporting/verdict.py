"""What the figures say, in plain words: one line about the likeness, one about the steadiness.

The bounds in words are our own. One is the sensor's: two shots of one scene differ by twice the variance of its noise,
so an error below that of two shots is lost among what the camera itself changes from frame to frame. The other is
VMAF's: about six points are one just noticeable difference (Z. Li et al., "VMAF: The Journey Continues", Netflix
Technology Blog, 2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from vidisp.metrics.measures import METRICS, Measures

Level = Literal["good", "fair", "poor"]

TWO_SHOTS_DB = 10 * math.log10(2)
"""How much worse two noisy shots match than one shot and the scene without noise."""
Bounds = tuple[float, float]
"""From where on something is good, and from where on it is fair."""
RAW_BOUNDS: Bounds = (45.0, 38.0)
"""In dB of the linear samples, for a camera that does not state its noise."""
VMAF_BOUNDS: Bounds = (94.0, 80.0)
PSNR_BOUNDS: Bounds = (42.0, 34.0)
RAW_WORDS: dict[Level, str] = {
    "good": "The recovered RAW matches the original closely",
    "fair": "The recovered RAW is near the original",
    "poor": "The recovered RAW differs clearly from the original",
}
VIDEO_WORDS: dict[Level, str] = {
    "good": "Hardly any viewer will tell the video from the original",
    "fair": "The video is close to the original, but attentive viewers will see differences",
    "poor": "The video differs visibly from the original",
}
UNSTEADY = 1.25
"""Times the original's own figure from which a clip counts as less steady."""
FLICKER = {
    "flicker": "flickers",
    "raw_flicker": "flickers",
    "flicker_colour": "flickers in colour",
    "raw_flicker_colour": "flickers in colour",
}
BEATS = ("even_odd_beat", "raw_even_odd_beat")
"""Measured on the difference to the original, so that the original's own beat is 0."""
LEAST_VISIBLE = {"codes": 0.2, "% of white": 0.05}
"""Steadiness figures below this, by unit, are no difference."""


@dataclass(frozen=True)
class Verdict:
    """One line of plain words, how good that is, and one line about steadiness ("" if nothing is known of it)."""

    level: Level
    line: str
    steadiness: str


def judge(measures: Measures) -> Verdict:
    """The verdict on a video or RAW clip that was measured against a reference."""
    level, line = _raw(measures) if measures.kind == "raw" else _video(measures)
    unsteady = _unsteady(measures)
    if unsteady:
        return Verdict("fair" if level == "good" else level, line, f"It {_list(unsteady)}.")
    known = any(measures.summary.get(key) is not None for key in BEATS)
    return Verdict(level, line, "It is as steady as the original." if known else "")


def _raw(measures: Measures) -> tuple[Level, str]:
    psnr, shots = measures.summary.get("raw_psnr"), measures.noise_summary.get("raw_psnr")
    if psnr is None:
        return "good", "The recovered RAW is the original, sample for sample."
    if shots is None:
        level = _level(psnr, RAW_BOUNDS)
        return level, f"{RAW_WORDS[level]}: {psnr:.1f} dB."
    noise = shots + TWO_SHOTS_DB
    return _raw_by_noise(10 ** ((noise - psnr) / 20), f"{psnr:.1f} dB, the noise alone {noise:.1f} dB")


def _raw_by_noise(ratio: float, figures: str) -> tuple[Level, str]:
    """`ratio`: the error over the noise, as standard deviations."""
    subject = "The recovered RAW differs from the original by"
    if ratio <= 1:
        return "good", f"{subject} less than the sensor's own noise: {figures}."
    if ratio <= math.sqrt(2):
        return "good", f"{subject} no more than a second shot of the same scene would: {figures}."
    return ("fair" if ratio <= 3 else "poor"), f"{subject} {ratio:.1f} times the sensor's own noise: {figures}."


def _video(measures: Measures) -> tuple[Level, str]:
    luma, vmaf = measures.summary.get("psnr"), measures.summary.get("vmaf")
    psnr = measures.summary.get("psnr_chroma") if luma is None else luma
    if psnr is None:
        return "good", "The video shows the same pictures as the original, sample for sample."
    level = _level(psnr, PSNR_BOUNDS) if vmaf is None else _level(vmaf, VMAF_BOUNDS)
    figures = f"{psnr:.1f} dB" if vmaf is None else f"VMAF {vmaf:.0f} of 100, {psnr:.1f} dB"
    return level, f"{VIDEO_WORDS[level]}: {figures}."


def _level(value: float, bounds: Bounds) -> Level:
    return "good" if value >= bounds[0] else "fair" if value >= bounds[1] else "poor"


def _unsteady(measures: Measures) -> list[str]:
    """What is less steady than in the original, with the figures."""
    found = []
    for key, words in FLICKER.items():
        own, before, unit = measures.summary.get(key), measures.reference_summary.get(key), METRICS[key].unit
        if own is None or before is None:
            continue
        if own > UNSTEADY * before and own - before > LEAST_VISIBLE[unit]:
            found.append(f"{words} more than the original ({own:.2g} against {before:.2g} {unit})")
    for key in BEATS:
        beat, unit = measures.summary.get(key), METRICS[key].unit
        if beat is not None and beat > LEAST_VISIBLE[unit]:
            found.append(f"beats between even and odd frames by {beat:.2g} {unit}")
    return found


def _list(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))

"""What the figures say, in plain words: one line about the likeness, one about the steadiness.

The bounds in words are our own. One is the sensor's: two shots of one scene differ by twice the variance of its noise,
so an error below that of two shots is lost among what the camera itself changes from frame to frame. Another is
VMAF's: about six points are one just noticeable difference (Z. Li et al., "VMAF: The Journey Continues", Netflix
Technology Blog, 2018). The last is the eye's, see `LEAST_VISIBLE`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from vidisp.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from vidisp.metrics.measures import Measures

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
"""Times the original's own figure from which a clip is said to flicker more. The figure rests on the static areas of a
few frames, and encodings of one clip at about the same rate differ by less."""
FLICKER = {
    "flicker": "flickers",
    "raw_flicker": "flickers",
    "flicker_colour": "flickers in colour",
    "raw_flicker_colour": "flickers in colour",
}
BEATS = ("even_odd_beat", "raw_even_odd_beat")
"""Measured on the difference to the original, so that the original's own beat is 0."""
LEAST_VISIBLE = {"codes": 0.2, "% of white": 0.05}
"""What flicker or a beat has to add, by unit, to be seen and to lower the verdict. Both are about half a per cent of
the light of a middle tone (a code of 125 of 8 bit; a tenth of white), the least flicker that an eye sees, in a bright
field at the frequency it sees best (D. H. Kelly, "Visual responses to time-dependent stimuli. I", JOSA 51(4), 1961)."""


class Flicker(NamedTuple):
    """A figure of flicker of a clip and of its original; `words` say what the clip does."""

    words: str
    own: float
    before: float
    unit: str

    @property
    def more(self) -> bool:
        return self.own > UNSTEADY * self.before

    @property
    def visible(self) -> bool:
        return self.more and self.own - self.before > LEAST_VISIBLE[self.unit]

    def __str__(self) -> str:
        return f"{self.own:.2g} against {self.before:.2g} {self.unit}"


@dataclass(frozen=True)
class Verdict:
    """One line of plain words, how good that is, and one line about steadiness ("" if nothing is known of it)."""

    level: Level
    line: str
    steadiness: str

    @property
    def lines(self) -> list[str]:
        return [self.line, self.steadiness] if self.steadiness else [self.line]


def judge(measures: Measures) -> Verdict:
    """The verdict on a video or RAW clip that was measured against a reference."""
    level, line = _raw(measures) if measures.kind == "raw" else _video(measures)
    unsteady = _unsteady(measures)
    if unsteady:
        return Verdict("fair" if level == "good" else level, line, f"It {_list(unsteady)}.")
    return Verdict(level, line, _steady(_flickers(measures)))


def noise_ratio(measures: Measures) -> float | None:
    """A recovered RAW's error over the noise of one shot, as standard deviations; None if the noise is not known."""
    psnr, shots = measures.summary.get("raw_psnr"), measures.noise_summary.get("raw_psnr")
    if shots is None:
        return None
    return 0.0 if psnr is None else float(10 ** ((shots + TWO_SHOTS_DB - psnr) / 20))


def _raw(measures: Measures) -> tuple[Level, str]:
    psnr, shots, ratio = measures.summary.get("raw_psnr"), measures.noise_summary.get("raw_psnr"), noise_ratio(measures)
    if psnr is None:
        return "good", "The recovered RAW is the original, sample for sample."
    if shots is None or ratio is None:
        level = _level(psnr, RAW_BOUNDS)
        return level, f"{RAW_WORDS[level]}: {psnr:.1f} dB."
    noise = f"the noise alone makes {shots + TWO_SHOTS_DB:.1f} dB, two shots of the scene {shots:.1f} dB"
    return _raw_by_noise(ratio, f"{psnr:.1f} dB, where {noise}")


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


def _flickers(measures: Measures) -> list[Flicker]:
    """What was measured of both."""
    own, before = measures.summary, measures.reference_summary
    found = ((words, own.get(key), before.get(key), METRICS[key].unit) for key, words in FLICKER.items())
    return [Flicker(words, a, b, unit) for words, a, b, unit in found if a is not None and b is not None]


def _unsteady(measures: Measures) -> list[str]:
    """What is visibly less steady than in the original, with the figures."""
    found = [f"{f.words} more than the original ({f})" for f in _flickers(measures) if f.visible]
    for key in BEATS:
        beat, unit = measures.summary.get(key), METRICS[key].unit
        if beat is not None and beat > LEAST_VISIBLE[unit]:
            found.append(f"beats between even and odd frames by {beat:.2g} {unit}")
    return found


def _steady(flickers: list[Flicker]) -> str:
    """Of a clip that is not visibly less steady."""
    if not flickers:
        return ""
    more = [f"{f.words} a little more than the original ({f})" for f in flickers if f.more]
    if more:
        return f"It {_list(more)}, too little to be seen in a middle tone."
    return f"It is about as steady as the original (flicker {flickers[0]})."


def _list(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))

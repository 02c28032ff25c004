"""Steadiness of a video: warping error, PSNR of temporal differences, and the beat between even and odd frames.

All take luma frames (H, W) of any number type, 0..`peak`, one by one and in order, from any iterable; no more than
three are held at a time. Cuts are not looked for: measure shot by shot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np

from vidisp.errors import InputError, VidispError
from vidisp.metrics.fidelity import psnr

Frames = Iterable[np.ndarray]


def warping_error(frames: Frames, guide: Frames | None = None, *, peak: float = 255) -> float:
    """Mean squared change along the motion, 0..1 with `peak` as 1; lower is steadier, 0 is a picture that only moves.

    Over each two consecutive frames, with V' the second one fetched back along the optical flow and M the samples
    that both frames show: sum(M * (V - V')^2) / sum(M); then the mean over all such pairs. Sensor noise counts in
    full, so compare with the same clip's reference, not across clips.

    Source: W.-S. Lai et al., "Learning Blind Video Temporal Consistency", ECCV 2018, section 4; on luma here. M is
    the forward-backward check of Ruder et al. (`visible`), without their motion boundaries; the flow is DIS
    (Kroeger et al., ECCV 2016) instead of FlowNet2.

    Args:
        guide: frames of the same scene to take the flow from, so that all videos of a clip are measured along the
            same motion; by default the video's own.

    Raises:
        InputError: fewer than two frames, sizes that differ, or a guide of another length.
        VidispError: OpenCV is not installed.
    """
    errors = [_pair_error(a, b, peak) for a, b in pairwise(_together(frames, guide))]
    if not errors:
        raise InputError("a single frame has no steadiness", hint="two frames at least")
    return float(np.mean(errors))


def temporal_psnr(frames: Frames, reference: Frames, *, peak: float = 255) -> float:
    """tPSNR in dB: PSNR of the differences of consecutive frames against the reference's; higher is better.

    -10 log10 of the mean of ((V[t+1] - V[t]) - (R[t+1] - R[t]))^2 / peak^2 over all samples and pairs. Errors that
    stay the same from frame to frame do not count; errors that are new in every frame cost 3 dB against plain PSNR.
    Infinite if only a constant picture differs. No motion is compensated. A plain definition, of no one paper; the
    first difference as the measure of flicker is old (see Yang et al., VCIP 2010, for its history).

    Raises:
        InputError: fewer than two frames, sizes or lengths that differ.
    """
    errors = (a - b for a, b in _together(frames, reference))
    squares = [float(np.mean(np.square(after - before))) for before, after in pairwise(errors)]
    if not squares:
        raise InputError("a single frame has no steadiness", hint="two frames at least")
    return psnr(float(np.mean(squares)) / peak**2)


@dataclass(frozen=True)
class Beat:
    """How even and odd frames differ beside what frames differ anyway.

    Args:
        level, sharpness: mean absolute difference between neighbours, one even and one odd, in code values.
        level_ratio, sharpness_ratio: the same over that of a random pair of frames at most two apart, 0..2: 1 is
            no beat, 2 is nothing but beat, below 1 is a drift. From n frames of mere noise it scatters by about
            1/sqrt(n) around 1.
    """

    level: float
    level_ratio: float
    sharpness: float
    sharpness_ratio: float


def beat(frames: Frames, reference: Frames) -> Beat:
    """Whether every other frame is darker or softer, as a temporal layer that treats parities unlike would make it.

    Per frame: its mean level less the reference's, and its sharpness less the reference's, which is the mean absolute
    4-neighbour Laplacian. Two frames apart, parity is the same; one apart, it is not; a random pair is the mean of
    both. Own definition, no outside source. B-frames beat too: compare with the reference's own video.

    Raises:
        InputError: fewer than three frames, sizes or lengths that differ.
    """
    found = [(np.mean(a - b), _sharpness(a) - _sharpness(b)) for a, b in _together(frames, reference)]
    if len(found) < 3:
        raise InputError(f"{len(found)} frame(s) have no beat", hint="three frames at least")
    level, sharpness = np.array(found).T
    return Beat(*_parity_gap(level), *_parity_gap(sharpness))


def optical_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where each sample of `first` went: (H, W, 2) float32, x then y in samples. Both are (H, W) uint8, 12x12 at least.

    Raises:
        VidispError: OpenCV is not installed.
    """
    cv2 = _opencv()
    return np.asarray(cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(first, second, None))


def warp(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """`image` (H, W) or (H, W, C), fetched at p + flow(p) for every p, float32; bilinear, in 1/32 of a sample."""
    x, y = _targets(flow)
    cv2 = _opencv()
    moved = cv2.remap(image.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved)


def visible(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """(H, W) bool: samples of the first frame that the second one shows too.

    Their target lies inside, and the flow back from there returns: |w + w'|^2 < 0.01 (|w|^2 + |w'|^2) + 0.5.

    Source: M. Ruder, A. Dosovitskiy, T. Brox, "Artistic Style Transfer for Videos", GCPR 2016, equation 5.
    """
    back = warp(backward, forward)
    size = np.square(forward).sum(-1) + np.square(back).sum(-1)
    returns = np.square(forward + back).sum(-1) < 0.01 * size + 0.5
    (x, y), (height, width) = _targets(forward), forward.shape[:2]
    return np.asarray(returns & (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))


def _pair_error(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray], peak: float) -> float:
    """Of two frames, each with its guide. Frames that show nothing in common count as their plain difference."""
    guides = [np.rint(np.clip(guide * (255 / peak), 0, 255)).astype(np.uint8) for _, guide in (a, b)]
    flow = optical_flow(*guides)
    change = np.square((a[0] - warp(b[0], flow)) / peak)
    mask = visible(flow, optical_flow(*reversed(guides)))
    return float(change[mask].mean()) if mask.any() else float(np.square((a[0] - b[0]) / peak).mean())


def _parity_gap(values: np.ndarray) -> tuple[float, float]:
    unlike = float(np.abs(values[1:] - values[:-1]).mean())
    like = float(np.abs(values[2:] - values[:-2]).mean())
    return unlike, 1.0 if unlike + like == 0 else 2 * unlike / (unlike + like)


def _sharpness(image: np.ndarray) -> float:
    around = image[:-2, 1:-1] + image[2:, 1:-1] + image[1:-1, :-2] + image[1:-1, 2:]
    return float(np.abs(image[1:-1, 1:-1] - around / 4).mean())


def _together(frames: Frames, others: Frames | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frames with their partners as float32, checked; without partners, each with itself."""
    first: tuple[int, ...] | None = None
    for number, (a, b) in enumerate(((a, a) for a in frames) if others is None else zip_longest(frames, others)):
        if a is None or b is None:
            raise InputError("the two videos do not have the same number of frames", hint=f"one ends after {number}")
        first = first or a.shape
        if len(first) != 2 or a.shape != first or b.shape != first:
            what = f"luma of shape {a.shape} and {b.shape}, where (H, W) like the first frame's is needed"
            raise InputError(what, frame=number)
        yield a.astype(np.float32), b.astype(np.float32)


def _targets(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x + flow[..., 0], y + flow[..., 1]


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise VidispError("optical flow needs OpenCV", hint="pip install 'vidisp[tools]'") from error
    return cv2

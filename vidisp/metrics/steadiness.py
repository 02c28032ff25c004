"""Steadiness of a video, frame by frame: warping error, flicker, temporal PSNR, tOF.

Each function takes a `Moment` and gives a value of this frame against the frame before it, None at the first frame of
a shot (and where nothing can be compared).
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from vidisp.metrics.moment import Moment, Side
from vidisp.metrics.motion import PATCH


def warping_error(now: Moment, side: Side = "video") -> float | None:
    """Mean squared change of luma along the motion, 0..1 with the peak as 1; lower is steadier.

    With V' this picture fetched back along the optical flow from the one before, V, and M the samples that both
    show: sum(M * (V - V')^2) / sum(M); a video's is the mean over its frames. 0 is a picture that only moves.
    Sensor noise counts in full, so compare with the same clip's reference, not across clips. The motion is the
    reference's where there is one.

    Source: W.-S. Lai et al., "Learning Blind Video Temporal Consistency", ECCV 2018, section 4; on luma, and with DIS
    flow instead of FlowNet2. Where two frames show nothing in common, their plain difference.
    """
    if now.before is None or now.motion is None:
        return None
    before, seen = now.before.side(side).y, now.motion.seen
    if not seen.any():
        return float((before - now.side(side).y).square().mean())
    return float((before - now.fetched(side)[0]).square()[seen].mean())


def flicker(now: Moment, side: Side = "video") -> float | None:
    """Mean square jump of the level of static areas from frame to frame, luma; lower is steadier. Its root is shown.

    Areas are static patches of 16x16 samples, a moving camera followed (see `Motion.areas`); a jump is the change of
    a patch's mean, fetched back along the motion: noise averages out. A level that alternates by A scores A. A fade
    and a change of exposure count as what they are.

    Source: own definition; the change of local means in static areas as the measure of flicker goes back to X. Fan et
    al., "Flicking reduction in all intra frame coding", JVT-E070, 2002.
    """
    jumps = _jumps(now, side, 0)
    return None if jumps is None else float(jumps.square().mean())


def flicker_colour(now: Moment, side: Side = "video") -> float | None:
    """As `flicker`, of chroma: the mean square distance that (Cb, Cr) of an area jumps. Lower is steadier."""
    blue, red = _jumps(now, side, 1), _jumps(now, side, 2)
    return None if blue is None or red is None else float((blue.square() + red.square()).mean())


def temporal_error(now: Moment) -> float | None:
    """Mean square of ((V[t] - V[t-1]) - (R[t] - R[t-1])) over all samples, peak 1. tPSNR is its PSNR in dB.

    Higher tPSNR is better. Errors that stay the same from frame to frame do not count; errors that are new in every
    frame cost 3 dB against plain PSNR. No motion is compensated. A plain definition, of no one paper; the first
    difference as the measure of flicker is old (see Yang et al., VCIP 2010, for its history).
    """
    return None if now.before is None else float((now.error - now.before.error).square().mean())


def motion_error(now: Moment) -> float | None:
    """tOF: mean distance between the video's optical flow and the reference's, in samples; lower is better.

    Source: M. Chu et al., "Learning temporal coherence via self-supervision for GAN-based video generation"
    (TecoGAN), ACM TOG 39(4), 2020, section 5; Euclidean as in the authors' evaluation, with DIS flow.
    """
    if now.motion is None or now.own_flow is None:
        return None
    return float((now.own_flow - now.motion.flow).square().sum(0).sqrt().mean())


def _jumps(now: Moment, side: Side, plane: int) -> torch.Tensor | None:
    """(areas,) changes of the areas' means of one plane; None if no area is static."""
    if now.before is None or now.motion is None or not now.motion.areas.any():
        return None
    before, after = now.before.side(side).planes[plane], now.fetched(side)[plane]
    patch = PATCH * before.shape[1] // now.motion.seen.shape[1]
    return F.avg_pool2d((after - before)[None], patch)[0][now.motion.areas]

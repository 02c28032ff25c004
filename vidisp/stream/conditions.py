"""What a model with weights is told about a clip, measured once for the whole of it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import torch

from vidisp.codec import Format
from vidisp.codec.quantiser import implied_step
from vidisp.flow import Conditions, lift_noise
from vidisp.isp import LiftISP, Look, mosaic_to_quads
from vidisp.raw import RawFrame


def choose_conditions(frames: Sequence[RawFrame], look: Look, fmt: Format, crf: float) -> Conditions:
    """The step that the setting implies, and the noise of a typical one of some frames spread over the clip.

    Raises:
        InputError: a step or noise that no model knows.
    """
    lift = LiftISP(look)
    noise = median(_noise(lift, frame) for frame in frames)
    # Digits that differ between machines would give workers that share a clip another id for it.
    return Conditions(step=round(implied_step(fmt, crf), 6), noise=round(min(noise, 255.0), 2))


def _noise(lift: LiftISP, frame: RawFrame) -> float:
    s = frame.sensor
    with torch.inference_mode():
        quads = mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], s.cfa, s.black, s.white)
        return lift_noise(lift, quads)

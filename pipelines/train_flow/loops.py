"""The codec in the loop: a rendered batch as its decoder gives it back, with a gradient, and what it cost."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from samples import Batch
from torch import Tensor

from vidisp.codec import FORMATS
from vidisp.codec.jpeg.tables import step_of_quality
from vidisp.codec.quantiser import frame_step, implied_step
from vidisp.codec.simulate.h26x import Coding, from_pictures, moved, pictures, quantised, straight_through
from vidisp.codec.simulate.jpeg import fourier_rounding, hard_rounding, jpeg_plane
from vidisp.codec.simulate.loop import code
from vidisp.isp.sensitivity import quantiser_offsets

Loop = Literal["real", "simulated"]
PRESETS = {"h264": "faster", "hevc-10": "superfast"}
_DOUBLING = 6  # quantisers in a doubling of the step


class Coded(NamedTuple):
    """Attributes:
    planes: (B*T, 6, h, w) decoded code values.
    steps: (B*T,) each frame's quantiser step, as its record says.
    proxy: bits, with a gradient. bits: the codec's own count, 0 where there is none.
    """

    planes: Tensor
    steps: Tensor
    proxy: Tensor
    bits: int


def implied(batch: Batch) -> float:
    """The step that the batch's setting implies, in codes of eight bits."""
    return float(step_of_quality(int(batch.crf))) if batch.is_still else implied_step(FORMATS[batch.codec], batch.crf)


def through_codec(planes: Tensor, batch: Batch, loop: Loop) -> Coded:
    """Code values (B*T, 6, h, w), rounded, coded and decoded."""
    whole = planes + (planes.round() - planes).detach()
    return _through_jpeg(whole, batch, loop) if batch.is_still else _through_video(whole, batch, loop)


def _through_video(planes: Tensor, batch: Batch, loop: Loop) -> Coded:
    """The real encoder, or one without an encoder; both round more finely where a code is much RAW."""
    fmt, unit = FORMATS[batch.codec], batch.unit
    clips = planes.unflatten(0, (batch.clips, batch.frames))
    offsets = quantiser_offsets(batch.look, planes.detach(), level=batch.level).unflatten(0, clips.shape[:2])
    steps = torch.full((batch.frames,), implied(batch), device=planes.device)
    bits = 0
    if loop == "real":
        coded = code(clips.detach(), batch.codec, batch.crf, PRESETS[batch.codec], offsets)
        steps = steps.new_tensor([frame_step(fmt, q) or implied(batch) for q in coded.quantisers.tolist()])
        coding = Coding(clips / unit, _before(coded.planes / unit, batch), _local(steps, offsets))
        decoded, bits = straight_through(clips / unit, coded.planes / unit, coding) * unit, coded.bits
    else:
        past = _before(clips.detach() / unit, batch)
        coding = Coding(clips / unit, past, _local(steps, offsets))
        decoded = quantised(clips / unit, past, _local(steps, offsets)) * unit
    return Coded(decoded.flatten(0, 1), steps.repeat(batch.clips), coding.bits(), bits)


def _through_jpeg(planes: Tensor, batch: Batch, loop: Loop) -> Coded:
    """Baseline coding is its arithmetic: DCT, rounding, and back. Rounding is whole with the gradient of none, or
    Fourier's."""
    step = implied(batch)
    table = torch.full((8, 8), step)
    rounding = hard_rounding if loop == "real" else fourier_rounding
    stills = planes[:, None]
    decoded = from_pictures(*(jpeg_plane(plane, table, rounding) for plane in pictures(stills)))
    decoded = decoded + (decoded.round() - decoded).detach()
    steps = torch.full((len(planes),), step, device=planes.device)
    coding = Coding(stills, stills[:, :0], steps[:1])
    return Coded(decoded[:, 0], steps, coding.bits(), 0)


def _local(steps: Tensor, offsets: Tensor) -> Tensor:
    """(B, T, rows, columns) steps of blocks, of each frame's (T,) and the blocks' offsets."""
    return steps.reshape(1, -1, 1, 1) * torch.exp(offsets * (math.log(2) / _DOUBLING))


def _before(decoded: Tensor, batch: Batch) -> Tensor:
    """For every frame but the first, the decoded one before it, moved as the scene moved."""
    return moved(decoded[:, :-1], *batch.speed)

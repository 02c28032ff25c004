"""What a model is trained for: RAW fidelity, bits and the look of the picture, in one number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from samples import Batch
from torch import Tensor

from vidisp.codec import FORMATS
from vidisp.codec.quantiser import frame_step, implied_step
from vidisp.codec.simulate.h26x import Coding, moved, quantised, straight_through
from vidisp.codec.simulate.loop import code
from vidisp.flow import FlowISP, Network
from vidisp.isp import LiftISP

LINEAR = 0.75  # of the RAW term; the rest is the error of square roots, where shadows count
LOOK_FLOOR = 39.0  # dB to the lift's picture: a look that close costs nothing more
LOOK_WEIGHT = 2.5  # dB of RAW for one of look below that
UNIT = 2.5  # dB in one unit of the loss
PRESETS = {"h264": "faster", "hevc-10": "superfast"}

Loop = Literal["real", "simulated"]


@dataclass(frozen=True)
class Score:
    """One batch, judged. dB are PSNR; `bits` is the codec's own count, 0 where it was simulated."""

    loss: Tensor
    linear: float
    root: float
    look: float
    proxy: float
    bits: int


def judge(network: Network, batch: Batch, loop: Loop = "real", jitter: float = 0.0) -> Score:
    """Render, code, recover; all with a gradient."""
    fmt, passage = FORMATS[batch.codec], batch.passage
    implied = implied_step(fmt, batch.crf)
    steps = torch.full((batch.frames,), implied, device=batch.quads.device)
    isp = FlowISP(batch.look, network, batch.conditions(implied * 2**jitter))
    unit = isp.range.unit
    planes = isp.forward(batch.quads, passage)
    clips = planes.reshape(batch.clips, batch.frames, *planes.shape[1:])
    whole = clips + (clips.round() - clips).detach()
    bits = 0
    if loop == "real":
        coded = code(whole.detach(), batch.codec, batch.crf, PRESETS[batch.codec])
        steps = steps.new_tensor([frame_step(fmt, q) or implied for q in coded.quantisers.tolist()])
        coding = Coding(whole / unit, _before(coded.planes / unit, batch), steps)
        decoded, bits = straight_through(whole / unit, coded.planes / unit, coding) * unit, coded.bits
    else:
        past = _before(whole.detach() / unit, batch)
        coding = Coding(whole / unit, past, steps)
        decoded = quantised(whole / unit, past, steps) * unit
    recovered = isp.recover(decoded.flatten(0, 1), steps.repeat(batch.clips), passage)
    linear, root = _decibels(_within_extent(recovered, batch.quads), batch.quads)
    look = _look(planes, batch)
    proxy = coding.bits() / (batch.quads.numel())
    term = LINEAR * linear + (1 - LINEAR) * root
    worth = decibels_per_doubling((bits or float(proxy.detach()) * batch.quads.numel()) / batch.quads.numel())
    loss = (worth * torch.log2(proxy) - term + LOOK_WEIGHT * torch.relu(LOOK_FLOOR - look)) / UNIT
    numbers = [float(x.detach()) for x in (linear, root, look, proxy)]
    return Score(loss, *numbers, bits)


def decibels_per_doubling(bpp: float) -> float:
    """What twice the bits are worth at a rate: fitted to the lift's curve on a noisy scene, 6.3 dB at 3.7 bits a
    pixel, 4.5 at 2.1, 2.3 at 0.8. With any other price a model would be paid for moving along the codec's own curve.
    """
    return min(1.3 + 1.45 * bpp, 7.0)


def _within_extent(recovered: Tensor, quads: Tensor) -> Tensor:
    """As vidisp recovers: cut off beyond what each frame's four sites held (the record's extent)."""
    low, high = quads.amin((-2, -1), keepdim=True), quads.amax((-2, -1), keepdim=True)
    return torch.minimum(torch.maximum(recovered, low), high)


def _before(decoded: Tensor, batch: Batch) -> Tensor:
    """For every frame but the first, the decoded one before it, moved as the scene moved."""
    return moved(decoded[:, :-1], *batch.speed)


def _decibels(recovered: Tensor, quads: Tensor) -> tuple[Tensor, Tensor]:
    """PSNR over the batch, of linear samples and of their square roots, peak 1."""
    linear = (recovered - quads).square().mean()
    # Square roots as the metric takes them, but with a finite slope at black.
    root = ((recovered.clamp(min=0) + 1e-4).sqrt() - (quads.clamp(min=0) + 1e-4).sqrt()).square().mean()
    return _psnr(linear), _psnr(root)


def _look(planes: Tensor, batch: Batch) -> Tensor:
    """PSNR of the picture against the lift's own, in codes with a peak of 255."""
    lift = LiftISP(batch.look)
    with torch.no_grad():
        reference = lift.forward(batch.quads)
    return _psnr(((planes - reference) / (255 * lift.range.unit)).square().mean() + 1e-7)


def _psnr(mse: Tensor) -> Tensor:
    return -10 / math.log(10) * torch.log(mse)

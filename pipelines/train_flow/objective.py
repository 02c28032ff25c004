"""What a model is trained for: RAW fidelity, bits and the look of the picture, in one number."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from loops import Loop, implied, through_codec
from picture import price, psnr
from samples import Batch
from torch import Tensor

from vidisp.flow import FlowISP, Network

LINEAR = 0.75  # of the RAW term; the rest is the error of square roots, where shadows count
UNIT = 2.5  # dB in one unit of the loss


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
    isp = FlowISP(batch.look, network, batch.conditions(implied(batch) * 2**jitter))
    planes = isp.forward(batch.quads, batch.passage)
    coded = through_codec(planes, batch, loop)
    recovered = isp.recover(coded.planes, coded.steps, batch.passage)
    linear, root = decibels(_within_extent(recovered, batch.quads), batch.quads)
    dear, look = price(planes, batch)
    proxy = coded.proxy / batch.quads.numel()
    term = LINEAR * linear + (1 - LINEAR) * root
    worth = decibels_per_doubling(coded.bits / batch.quads.numel() or float(proxy.detach()))
    loss = (worth * torch.log2(proxy) - term + dear) / UNIT
    numbers = [float(x.detach()) for x in (linear, root, look, proxy)]
    return Score(loss, *numbers, coded.bits)


def decibels_per_doubling(bpp: float) -> float:
    """What twice the bits are worth at a rate: fitted to the lift's curve on a noisy scene, 6.3 dB at 3.7 bits a
    pixel, 4.5 at 2.1, 2.3 at 0.8. With any other price a model would be paid for moving along the codec's own curve.
    """
    return min(1.3 + 1.45 * bpp, 7.0)


def _within_extent(recovered: Tensor, quads: Tensor) -> Tensor:
    """As vidisp recovers: cut off beyond what each frame's four sites held (the record's extent)."""
    low, high = quads.amin((-2, -1), keepdim=True), quads.amax((-2, -1), keepdim=True)
    return torch.minimum(torch.maximum(recovered, low), high)


def decibels(recovered: Tensor, quads: Tensor) -> tuple[Tensor, Tensor]:
    """PSNR over the batch, of linear samples and of their square roots, peak 1."""
    linear = (recovered - quads).square().mean()
    # Square roots as the metric takes them, but with a finite slope at black.
    root = ((recovered.clamp(min=0) + 1e-4).sqrt() - (quads.clamp(min=0) + 1e-4).sqrt()).square().mean()
    return psnr(linear), psnr(root)

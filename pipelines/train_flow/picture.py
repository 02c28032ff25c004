"""What the trainer asks of the picture: near to the reference look, where the lift's is, and as steady as that look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from samples import Batch
from torch import Tensor
from torch.nn import functional as F

from vidisp.codec.simulate.h26x import moved
from vidisp.isp import LiftISP, ReferenceISP

NEAR_ENOUGH = 45.0  # dB: closer to the reference look than that costs nothing more
FLAT_ENOUGH = 54.0  # dB, of means over areas: half a code of eight bits
AREA = 8  # quads: the eye sees a pattern or a cast over so many, and noise in fewer
FAINT = 1e-7  # squared error of a rounding, peak 1: below it nothing is seen
_FLAT_PRICE, _STEADY_PRICE = 0.1, 0.5  # dB of RAW for one of each; one of the look is worth one
_PATTERNS = ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1))  # level, columns, rows, chequer


@dataclass(frozen=True)
class Picture:
    """How far a picture is from the reference look.

    `look` is PSNR in dB; `flat` is PSNR of the means over areas, for level and three patterns of luma and for U and V;
    `flicker` is how much more consecutive frames differ along their motion, in dB.
    """

    look: Tensor
    flat: Tensor
    flicker: Tensor


def price(planes: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """What a rendered batch (B*T, 6, h, w) costs beside the lift's picture, in dB of RAW; and its look in dB."""
    with torch.no_grad():
        lift = distance(LiftISP(batch.look).forward(batch.quads), batch)
    mine = distance(planes, batch)
    near = torch.relu(lift.look.clamp(max=NEAR_ENOUGH) - mine.look)
    flat = torch.relu(lift.flat.clamp(max=FLAT_ENOUGH) - mine.flat).sum()
    return near + _FLAT_PRICE * flat + _STEADY_PRICE * torch.relu(mine.flicker), mine.look


def distance(planes: Tensor, batch: Batch) -> Picture:
    """A rendered batch (B*T, 6, h, w) against the reference look: of the scene without its noise, or else a picture
    would have to keep chroma's; but as unsteady as noise makes it."""
    with torch.no_grad():
        isp = ReferenceISP(batch.look)
        reference, noisy = isp.forward(batch.clean), isp.forward(batch.quads)
    peak = 255 * batch.unit
    error = (planes - reference) / peak
    patterns = error.new_tensor(_PATTERNS) / 4
    parts = torch.cat([torch.einsum("ij,njhw->nihw", patterns, error[:, :4]), error[:, 4:]], dim=1)
    areas = F.avg_pool2d(parts, AREA).square().mean((0, 2, 3))
    flicker = _change(planes / peak, batch) / _change(noisy / peak, batch)
    return Picture(psnr(error.square().mean()), psnr(areas), -psnr(flicker))


def _change(planes: Tensor, batch: Batch) -> Tensor:
    """Mean squared difference of luma between consecutive frames, along the motion; of single pictures, none."""
    if batch.frames == 1:
        return planes.new_tensor(FAINT)
    luma = planes.reshape(batch.clips, batch.frames, *planes.shape[1:])[:, :, :4]
    return (luma[:, 1:] - moved(luma[:, :-1], *batch.speed)).square().mean() + FAINT


def psnr(mse: Tensor) -> Tensor:
    """In dB, for a peak of 1."""
    return -10 / math.log(10) * torch.log(mse + 1e-12)

"""Where a code of the picture is worth much RAW: the codec should round more finely there.

A step of luma in a highlight is many times a step in a shadow once it is linear light again. At equal bits the squared
error of RAW is least where every block's step is in inverse proportion to that slope; the error of the picture, where
all steps are the same. Half-way between, in exponents, most of the RAW is gained and next to nothing of the picture or
of the shadows is lost (`pipelines/benchmark/RESULTS.md`).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from vidisp.isp.lifting import LiftISP
from vidisp.isp.look import Look
from vidisp.isp.mosaic import flip
from vidisp.raw.frame import CFA

BLOCK = 16
"""Side in luma samples of what gets a quantiser of its own: the macroblock of H.264."""
FURTHEST = 8
"""Bound of an offset."""
_SHARE = 0.5
_QUANTISERS = 6  # in a doubling of the step: ITU-T H.264, 8.5.9, and H.265, 8.6.3
_SPARSE = 2  # every other quad in either direction says enough about a block
_LEAST = 1e-8


def quantiser_offsets(look: Look, planes: Tensor, cfa: CFA = "RGGB", level: float | None = None) -> Tensor:
    """Offsets of the quantiser, (N, ceil(h/8), ceil(w/8)) whole numbers up to `FURTHEST`; lower is finer.

    Args:
        look: of the pictures.
        planes: (N, 6, h, w) code values.
        cfa: pattern of the picture, in whose own orientation the offsets are.
        level: what `sensitivity_level` gives for the frame that the planes are a part of; default: their own, frame by
            frame.
    """
    sensitivity = _of_blocks(look, planes, cfa)
    mean = sensitivity.mean((-2, -1), keepdim=True) if level is None else level
    return (-_QUANTISERS / 2 * _SHARE * (sensitivity - mean)).round().clamp(-FURTHEST, FURTHEST)


def sensitivity_level(look: Look, planes: Tensor) -> float:
    """The mean over all blocks of how much linear light a code is, as the logarithm to base 2 of its square."""
    return float(_of_blocks(look, planes, "RGGB").mean())


def _of_blocks(look: Look, planes: Tensor, cfa: CFA) -> Tensor:
    isp = LiftISP(look)
    sparse = planes[..., ::_SPARSE, ::_SPARSE]
    code = torch.zeros_like(sparse)
    code[:, :4] = isp.range.unit
    slope = (isp.recover(sparse + code) - isp.recover(sparse - code)) / 2
    squares = slope.square().mean(1, keepdim=True)
    means = F.avg_pool2d(flip(squares, cfa), BLOCK // 2 // _SPARSE, ceil_mode=True)
    return means[:, 0].clamp(min=_LEAST**2).log2()

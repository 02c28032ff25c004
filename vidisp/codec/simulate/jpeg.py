"""JPEG as a function with a gradient: what baseline coding at a quality makes of a picture's planes.

Level shift, 8x8 DCT, quantisation and the way back, as ITU-T T.81 (1992) has them; entropy coding loses nothing and is
left out. Tables and quality are those of the Independent JPEG Group's library.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from vidisp.codec.simulate.h26x import BLOCK, block_dct, block_idct
from vidisp.errors import UsageError

Rounding = Callable[[Tensor], Tensor]

LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Quantisers of luma at quality 50, vertical frequency down: T.81, table K.1."""
CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *[(99,) * BLOCK] * 4,
)
"""The same of chroma: T.81, table K.2."""
_SHIFT = 128.0  # T.81, A.3.1, for eight bits
_TERMS = 10


def fourier_rounding(x: Tensor) -> Tensor:
    """Almost the nearest whole number, and smooth: the first ten terms of the sawtooth's Fourier series.

    Invertible ISP (Xing, Qian, Chen, CVPR 2021), equation 6: x - sum over k of (-1)^(k+1) sin(2 pi k x) / (k pi). It
    meets whole numbers and the middles between them; off these it swings about the staircase, by 0.09 at the most
    further than 0.05 from a step.
    """
    whole = x.detach().round()
    angle = 2 * math.pi * (x - whole)  # the sines of a small angle: those of a large one have lost digits
    wave = [(-1) ** (k + 1) / (k * math.pi) * torch.sin(k * angle) for k in range(1, _TERMS + 1)]
    return x - torch.stack(wave).sum(0)


def hard_rounding(x: Tensor) -> Tensor:
    """The nearest whole number, with the gradient of no rounding at all (straight through)."""
    return x + (x.round() - x).detach()


def quantisers(table: tuple[tuple[int, ...], ...], quality: int) -> Tensor:
    """(8, 8) whole quantisers from 1 to 255 of `LUMA` or `CHROMA` at a quality of the IJG's scale (`jcparam.c`).

    Raises:
        UsageError: a quality that is not from 1 to 100.
    """
    if not 1 <= quality <= 100:
        raise UsageError(f"a JPEG quality of {quality} is not from 1 to 100")
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return torch.tensor(table).mul(percent).add(50).div(100, rounding_mode="floor").clamp(1, 255).float()


def jpeg_plane(plane: Tensor, table: Tensor, rounding: Rounding) -> Tensor:
    """One component, coded and decoded.

    Args:
        plane: (..., H, W) code values 0..255 of any size. Columns and rows that the last blocks lack repeat the last
            there is (T.81, A.2.4).
        table: (8, 8) quantisers, see `quantisers`; or one of each block, (N, 1, ceil(H/8), ceil(W/8), 1, 1) for N
            planes.
        rounding: of coefficients in units of their quantiser: `fourier_rounding` or `hard_rounding`.

    Returns:
        The decoder's values, clamped to 0..255 and not rounded, in the shape of `plane`.
    """
    rows, columns = plane.shape[-2:]
    flat = plane.reshape(-1, 1, rows, columns) - _SHIFT
    padded = F.pad(flat, (0, -columns % BLOCK, 0, -rows % BLOCK), mode="replicate")
    table = table.to(plane)
    blocks = block_idct(rounding(block_dct(padded) / table) * table)
    return (blocks[..., :rows, :columns] + _SHIFT).clamp(0, 255).reshape(plane.shape)


def jpeg_planes(y: Tensor, uv: Tensor, quality: int, rounding: Rounding) -> tuple[Tensor, Tensor]:
    """A picture's three components at one quality: full-range Y'CbCr of BT.601, as JFIF has it.

    Args:
        y: (..., H, W) luma.
        uv: (..., 2, h, w) Cb and Cr, in the size of luma (4:4:4) or half of it (4:2:0).
        quality: 1 to 100.
        rounding: as `jpeg_plane`'s.

    Raises:
        UsageError: as `quantisers`.
    """
    luma, chroma = quantisers(LUMA, quality), quantisers(CHROMA, quality)
    return jpeg_plane(y, luma, rounding), jpeg_plane(uv, chroma, rounding)

"""The squeezed domain: a picture as 192 coefficients of each block of 8x8 pixels, at an eighth of its sides."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from einops import rearrange
from torch import Tensor, nn

from vidisp.codec.simulate.h26x import BLOCK, block_dct, block_idct
from vidisp.codec.simulate.jpeg import CHROMA, LUMA, quantisers

Carrier = Literal["png", "jpeg"]
CARRIERS: tuple[Carrier, ...] = get_args(Carrier)
SLOTS = 3 * BLOCK * BLOCK
"""Coefficients of a block: 64 of each of three colour planes, by rising vertical, then horizontal frequency."""
PEAK = 255.0
_OPPONENT = ((1, 1, 1), (1, 0, -1), (1, -2, 1))
"""Grey and two colour differences; of equal length they turn rounded codes into equal noise on every plane."""
_JFIF = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
"""Y'CbCr of ITU-T T.871 (JFIF), section 7."""


class Squeeze(nn.Module):
    """R'G'B' to coefficients and back: a change of the colour basis and the orthonormal 8x8 DCT, exact but for floats.

    Args:
        carrier: whose steps the coefficients must line up with: "png" has an orthonormal colour basis, "jpeg" its own.
    """

    basis: Tensor
    inverse_basis: Tensor
    weights: Tensor

    def __init__(self, carrier: Carrier) -> None:
        super().__init__()
        basis = torch.tensor(_OPPONENT if carrier == "png" else _JFIF, dtype=torch.float64)
        if carrier == "png":
            basis = basis / basis.norm(dim=1, keepdim=True)
        inverse = torch.linalg.inv(basis)
        self.register_buffer("basis", basis.float(), persistent=False)
        self.register_buffer("inverse_basis", inverse.float(), persistent=False)
        weights = inverse.square().sum(0).float().repeat_interleave(BLOCK * BLOCK)
        self.register_buffer("weights", weights, persistent=False)
        """(192,): squared error of R'G'B' for one of each coefficient."""

    def forward(self, pictures: Tensor) -> Tensor:
        """(..., 3, H, W) codes, of a difference or with 128 taken off, to (..., 192, H/8, W/8)."""
        planes = torch.einsum("ij,...jhw->...ihw", self.basis, pictures)
        return rearrange(block_dct(planes), "... c h w i j -> ... (c i j) h w")

    def inverse(self, coefficients: Tensor) -> Tensor:
        """The pictures that `forward` took to these coefficients."""
        blocks = rearrange(coefficients, "... (c i j) h w -> ... c h w i j", i=BLOCK, j=BLOCK)
        return torch.einsum("ij,...jhw->...ihw", self.inverse_basis, block_idct(blocks))


def quantiser(quality: int) -> Tensor:
    """(192,) steps of a JPEG of that quality in 4:4:4."""
    luma, chroma = (quantisers(table, quality).flatten() for table in (LUMA, CHROMA))
    return torch.cat([luma, chroma, chroma])


def exchange(reference: Tensor, fine: Tensor, step: Tensor) -> Tensor:
    """What a still holds: the coefficient next to the reference's whose place within its step is `fine`.

    Quantisation index modulation (B. Chen, G. Wornell, IEEE Trans. Information Theory 47(4), 2001), with an analogue
    `fine`: the still's error is even over -step/2..step/2, whatever it holds. Where `step` is 0 nothing is held.
    """
    safe = step.clamp(min=1e-6)
    held = fine + safe * torch.round((reference - fine) / safe)
    return torch.where(step > 0, held, reference)


def within_step(still: Tensor, step: Tensor) -> Tensor:
    """The inverse of `exchange`: `fine`, -step/2..step/2."""
    safe = step.clamp(min=1e-6)
    return torch.where(step > 0, still - safe * torch.round(still / safe), torch.zeros_like(still))


def place(plane: int, row: int, column: int) -> int:
    """The number of a coefficient, 0..191."""
    return math.prod((plane, BLOCK, BLOCK)) + row * BLOCK + column

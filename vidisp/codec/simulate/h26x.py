"""What H.26x would make of planes, as functions with a gradient: bits, and which detail survives.

Codes are those of eight bits here, whatever the format, and planes (B, T, 6, h, w): B clips of T frames.
"""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

BLOCK = 8
_SLOPE = 3.5
"""0.8 bits for half a step, 1.8 for one, 2.8 for two: on average a bit below the entropy of a quantised normal
variable, and growing like it."""


def block_dct(planes: Tensor) -> Tensor:
    """Orthonormal 8x8 DCT-II of (..., H, W), sides multiples of 8: (..., H/8, W/8, 8, 8)."""
    blocks = rearrange(planes, "... (h i) (w j) -> ... h w i j", i=BLOCK, j=BLOCK)
    dct = _matrix(planes)
    return dct @ blocks @ dct.T


def block_idct(coefficients: Tensor) -> Tensor:
    """The inverse of `block_dct`."""
    dct = _matrix(coefficients)
    return rearrange(dct.T @ coefficients @ dct, "... h w i j -> ... (h i) (w j)")


def _matrix(like: Tensor) -> Tensor:
    k = torch.arange(BLOCK, device=like.device, dtype=torch.float32)
    rows = torch.cos(math.pi / BLOCK * k[:, None] * (k[None, :] + 0.5)) * math.sqrt(2 / BLOCK)
    rows[0] /= math.sqrt(2)
    return rows.to(like.dtype)


def coefficient_bits(coefficients: Tensor, step: Tensor) -> Tensor:
    """Bits of each coefficient at a quantiser step: log2 above it, next to nothing below (the encoders' dead zone)."""
    return torch.log2(1 + (_SLOPE * coefficients / step).pow(4)) / 4


class Coding:
    """A batch of clips seen as transform coefficients of what is left after the better of two predictions.

    A block's prediction is either nothing but its mean, or the decoded frame before, moved as the scene moves: the
    rate of a single picture would teach a model to spend on what the codec gets from the past for free.

    Args:
        planes: (B, T, 6, h, w), h and w multiples of 8.
        before: (B, T - 1, 6, h, w): for each frame but the first, the decoded frame before it, aligned.
        steps: (T,) quantiser steps of frames, or (B, T, h/8, w/8) of blocks of 16 samples of luma and what chroma goes
            with them.
    """

    def __init__(self, planes: Tensor, before: Tensor, steps: Tensor) -> None:
        clips, frames, _, rows, columns = planes.shape
        shape = (clips, frames, rows // BLOCK, columns // BLOCK)
        self.steps = steps.reshape(1, -1, 1, 1).expand(shape) if steps.dim() == 1 else steps
        pairs = zip(pictures(planes), pictures(before), strict=True)
        self.coefficients = [self._residual(block_dct(now), block_dct(past)) for now, past in pairs]

    def bits(self) -> Tensor:
        """Of the whole batch."""
        return sum((coefficient_bits(c, self._steps(c)).sum() for c in self.coefficients), torch.zeros(()))

    def surviving(self, planes: Tensor) -> Tensor:
        """`planes` (B, T, 6, h, w) without the coefficients that the quantiser zeroes, softly: w/(1 + w)."""
        kept = []
        for part, c in zip(pictures(planes), self.coefficients, strict=True):
            weight = (1.5 * c.detach() / self._steps(c)).pow(4)
            kept.append(block_idct(block_dct(part) * (weight / (1 + weight))))
        return from_pictures(*kept)

    def _residual(self, now: Tensor, past: Tensor) -> Tensor:
        alone = now.clone()
        alone[..., 0, 0] = 0  # the mean is foretold by the blocks around it
        if now.shape[1] == 1:
            return alone
        inter = torch.cat([alone[:, :1], now[:, 1:] - past], dim=1)
        steps = self._steps(now)
        cost = [coefficient_bits(c.detach(), steps).sum((-2, -1), keepdim=True) for c in (inter, alone)]
        return torch.where(cost[0] < cost[1] + 2, inter, alone)

    def _steps(self, coefficients: Tensor) -> Tensor:
        if coefficients.dim() == 7:  # chroma
            return self.steps[:, :, None, :, :, None, None]
        return self.steps.repeat_interleave(2, -1).repeat_interleave(2, -2)[..., None, None]


def pictures(planes: Tensor) -> tuple[Tensor, Tensor]:
    """Luma (B, T, 2h, 2w) and chroma (B, T, 2, h, w)."""
    return rearrange(planes[:, :, :4], "b t (i j) h w -> b t (h i) (w j)", i=2), planes[:, :, 4:]


def from_pictures(luma: Tensor, chroma: Tensor) -> Tensor:
    """The inverse of `pictures`."""
    return torch.cat([rearrange(luma, "b t (h i) (w j) -> b t (i j) h w", i=2, j=2), chroma], dim=2)


def straight_through(planes: Tensor, decoded: Tensor, coding: Coding) -> Tensor:
    """The real decoder's planes, with the gradient of what survives the quantiser."""
    change = planes - planes.detach()
    return decoded + coding.surviving(change)


def moved(planes: Tensor, rows: int, columns: int) -> Tensor:
    """Planes (..., h, w) seen so many quads further down and right; the border repeats."""
    shape = planes.shape
    flat = planes.reshape(-1, 1, *shape[-2:])
    r, c = abs(rows), abs(columns)
    padded = F.pad(flat, (c, c, r, r), mode="replicate")
    return padded[..., r + rows : r + rows + shape[-2], c + columns : c + columns + shape[-1]].reshape(shape)


def quantised(planes: Tensor, before: Tensor, steps: Tensor) -> Tensor:
    """A codec without one: the better prediction's coefficients rounded to the step, straight through.

    For training where no encoder is at hand, and to measure what the real one is worth.
    """
    coding = Coding(planes, before, steps)
    errors = []
    for c in coding.coefficients:
        step = coding._steps(c)
        size = (c.detach().abs() / step + 1 / 3).floor() * step
        errors.append(block_idct(c.detach().sign() * size - c.detach()))
    return straight_through(planes, planes.detach() + from_pictures(*errors), coding)

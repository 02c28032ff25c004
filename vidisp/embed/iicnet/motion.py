"""The relation of the other pictures to the reference: which of its blocks, moved, foretells each of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from einops import rearrange, repeat
from torch import Tensor
from torch.nn import functional as F

from vidisp.codec.simulate.h26x import BLOCK

Window = tuple[int, int, int, int]
"""Displacements that are tried, in pixels: rows from, to, columns from, to, both ends included."""
_STILL_BONUS = 2.0
"""Squared codes by which another displacement must be better than none: less is noise."""


def count(window: Window) -> int:
    """Displacements in a window."""
    top, bottom, left, right = window
    return (bottom - top + 1) * (right - left + 1)


def extent(window: Window) -> int:
    """The longest displacement along an axis."""
    return max(abs(side) for side in window)


def search(reference: Tensor, others: Tensor, window: Window) -> Tensor:
    """The displacement of every block of 8x8 that leaves the smallest squared difference.

    Args:
        reference, others: (B, 3, H, W) and (B, K, 3, H, W) codes.

    Returns:
        (B, K, H/8, W/8) numbers of displacements, see `moved`.
    """
    target = others.mean(2)
    found = torch.full_like(F.avg_pool2d(target, BLOCK), torch.inf)
    best = torch.zeros_like(found, dtype=torch.int64)
    for number, still, source in _candidates(reference.mean(1, keepdim=True), window):
        error = F.avg_pool2d((source - target).square(), BLOCK) + (0.0 if still else _STILL_BONUS)
        better = error < found
        found, best = torch.where(better, error, found), torch.where(better, number, best)
    return best


def moved(reference: Tensor, numbers: Tensor, window: Window) -> Tensor:
    """(B, K, 3, H, W): for each of the others, the reference's pixels from where its blocks say.

    Displacements are numbered row by row, from none, which is 0, to the last, and on from the first.
    """
    top, _, left, right = window
    size, columns = extent(window), right - left + 1
    numbers = (numbers + _none(window)) % count(window)
    padded = F.pad(reference, (size,) * 4, mode="replicate")
    rows, width = reference.shape[-2:]
    dy, dx = numbers // columns + top, numbers % columns + left
    y, x = (repeat(d, "b k h w -> b k (h i) (w j)", i=BLOCK, j=BLOCK) for d in (dy, dx))
    y = y + torch.arange(size, size + rows, device=y.device)[:, None]
    x = x + torch.arange(size, size + width, device=x.device)
    places = (y * padded.shape[-1] + x).flatten(2)
    flat = repeat(padded, "b c h w -> b k c (h w)", k=numbers.shape[1])
    values = flat.gather(-1, repeat(places, "b k p -> b k c p", c=3))
    return rearrange(values, "b k c (h w) -> b k c h w", h=rows)


def _candidates(grey: Tensor, window: Window) -> Iterator[tuple[int, bool, Tensor]]:
    """The number of each displacement, whether it is none, and the picture so displaced."""
    top, bottom, left, right = window
    size, (rows, columns) = extent(window), grey.shape[-2:]
    padded = F.pad(grey, (size,) * 4, mode="replicate")
    shifts = [(dy, dx) for dy in range(top, bottom + 1) for dx in range(left, right + 1)]
    for number, (dy, dx) in enumerate(shifts):
        displaced = padded[..., size + dy :, size + dx :][..., :rows, :columns]
        yield (number - _none(window)) % len(shifts), dy == dx == 0, displaced


def _none(window: Window) -> int:
    """Where no displacement is among all, row by row."""
    top, _, left, right = window
    return -top * (right - left + 1) - left

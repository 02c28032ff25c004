"""Neighbours in half-resolution planes, and the way between quad centres and the four sites of a quad.

Plane (i, j) of R, G1, G2, B is the mosaic's sample at row 2i + 0, 0, 1, 1 and column 2j + 0, 1, 0, 1.
Beyond the border a plane is taken to repeat its outermost samples.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def pad(plane: Tensor) -> Tensor:
    """(N, h, w) with its border repeated once on each side, for `at`."""
    return F.pad(plane, (1, 1, 1, 1), mode="replicate")


def at(padded: Tensor, dy: int, dx: int) -> Tensor:
    """The plane seen `dy` rows down and `dx` columns right; `padded` comes from `pad`, and -1 <= dy, dx <= 1."""
    rows, columns = padded.shape[-2] - 2, padded.shape[-1] - 2
    return padded[..., 1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]


def upsample(plane: Tensor) -> Tensor:
    """Bilinear, from quad centres (N, h, w) to the four sites (N, 4, h, w): weights 9, 3, 3, 1 of 16."""
    padded = pad(plane).div_(16)
    middle = 3 * padded[..., 1:-1]
    left, right = middle + padded[..., :-2], middle + padded[..., 2:]
    rows = [3 * side[..., 1:-1, :] for side in (left, right)]
    up = [row + side[..., :-2, :] for row, side in zip(rows, (left, right), strict=True)]
    down = [row + side[..., 2:, :] for row, side in zip(rows, (left, right), strict=True)]
    return torch.stack(up + down, dim=1)


def to_sites(chroma: Tensor) -> Tensor:
    """Chroma at the four sites (N, 4, h, w), where 4:4:4 has it; that of 4:2:0 (N, h, w) is brought there."""
    return chroma if chroma.ndim == 4 else upsample(chroma)


def median_cross(plane: Tensor) -> Tensor:
    """Median of each sample of (N, h, w) and its four direct neighbours.

    The middle of five is the middle of one of them, of the larger of the two lower ones of two pairs, and of the
    smaller of the two upper ones.
    """
    padded = pad(plane)
    row, column = (at(padded, 0, -1), at(padded, 0, 1)), (at(padded, -1, 0), at(padded, 1, 0))
    low = torch.maximum(torch.minimum(*row), torch.minimum(*column))
    high = torch.minimum(torch.maximum(*row), torch.maximum(*column))
    return torch.maximum(torch.minimum(low, high), torch.minimum(torch.maximum(low, high), plane))


def lowest_around(plane: Tensor) -> Tensor:
    """Least of what `to_sites` makes a quad's four sites of: of each sample of (N, h, w) and its eight neighbours, or
    of the four of (N, 4, h, w)."""
    if plane.ndim == 4:
        return lowest(plane)
    padded = pad(plane)
    rows = torch.minimum(torch.minimum(padded[..., :-2, :], padded[..., 2:, :]), padded[..., 1:-1, :])
    return torch.minimum(torch.minimum(rows[..., :-2], rows[..., 2:]), rows[..., 1:-1])


def lowest(planes: Tensor) -> Tensor:
    """Least of the four planes of (N, 4, h, w); pairwise, for a reduction over dimension 1 is many times slower."""
    first, second, third, fourth = planes.unbind(1)
    return torch.minimum(torch.minimum(first, second), torch.minimum(third, fourth))

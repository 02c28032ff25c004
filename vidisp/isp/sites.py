"""Neighbours in the quad planes: plane (i, j) of R, G1, G2, B sits at mosaic site (2i, 2j) plus 00, 01, 10, 11."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def pad(plane: Tensor) -> Tensor:
    """(N, h, w) with its border repeated once on each side, for `at`."""
    return F.pad(plane, (1, 1, 1, 1), mode="replicate")


def at(padded: Tensor, dy: int, dx: int) -> Tensor:
    """The plane seen `dy` rows down and `dx` columns to the right; `padded` comes from `pad`, -1 <= dy, dx <= 1."""
    rows, columns = padded.shape[-2] - 2, padded.shape[-1] - 2
    return padded[..., 1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]


def cross(padded: Tensor) -> Tensor:
    """Sum of the four direct neighbours."""
    return at(padded, 0, 1) + at(padded, 0, -1) + at(padded, 1, 0) + at(padded, -1, 0)

"""Interpolating colours: green along edges for the lifting ISP, Malvar's filters for the reference look.

Both take R, G1, G2, B planes as (N, 4, h, w).
"""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.isp.rendering import RGB
from vidisp.isp.sites import at, pad

FLAT = 0.02
"""Gradients well below this, with white at 1, are noise: there rows and columns count alike."""


def quad_colour(quads: Tensor) -> RGB:
    """Camera RGB at the quad centres, (N, h, w) each: the mean over a quad of a careful demosaic.

    Green at red and blue sites is estimated along rows and along columns (Hamilton and Adams, US patent 5,629,734,
    1997, expired: mean of two greens plus a quarter of the own colour's second difference), and the two are mixed
    by the inverse squares of their gradients, so that no decision is sudden. Differences to green are bilinear.
    """
    r, g1, g2, b = quads.unbind(1)
    pr, p1, p2, pb = (pad(plane) for plane in (r, g1, g2, b))
    green_r = _along_edges(pr, (at(p1, 0, -1), g1), (at(p2, -1, 0), g2))
    green_b = _along_edges(pb, (g2, at(p2, 0, 1)), (g1, at(p1, 1, 0)))
    green = (g1 + g2).add_(green_r).add_(green_b).div_(4)
    return green + _towards(r - green_r, 1), green, green + _towards(b - green_b, -1)


def _along_edges(own: Tensor, row: tuple[Tensor, Tensor], column: tuple[Tensor, Tensor]) -> Tensor:
    """Green at a red or blue site: `own` is its padded colour, `row` and `column` its green neighbours."""
    twice = 2 * at(own, 0, 0)
    bend_x = (twice - at(own, 0, 1)).sub_(at(own, 0, -1))
    bend_y = twice.sub_(at(own, 1, 0)).sub_(at(own, -1, 0))
    rough_x = (row[1] - row[0]).abs_().add_(bend_x.abs()).add_(FLAT).square_()
    rough_y = (column[1] - column[0]).abs_().add_(bend_y.abs()).add_(FLAT).square_()
    along_x = (row[0] + row[1]).add_(bend_x, alpha=0.5)
    along_y = (column[0] + column[1]).add_(bend_y, alpha=0.5)
    share = rough_y.div(rough_x.add_(rough_y))
    return along_x.sub_(along_y).mul_(share).add_(along_y).div_(2)


def _towards(plane: Tensor, step: int) -> Tensor:
    """(N, h, w) moved by a quarter of a sample down and right (`step` 1) or up and left (-1), bilinear."""
    padded = pad(plane)
    side = (3 * padded).add_(padded.roll(-step, -1))
    return (3 * at(side, 0, 0)).add_(at(side, step, 0)).div_(16)


def malvar(quads: Tensor) -> RGB:
    """Full colour at all four sites, (N, 4, h, w) each.

    Malvar, He and Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color images",
    ICASSP 2004: the filters of its figure 2.
    """
    r, g1, g2, b = quads.unbind(1)
    pr, p1, p2, pb = (pad(plane) for plane in (r, g1, g2, b))
    green_r = (2 * (g1 + at(p1, 0, -1) + g2 + at(p2, -1, 0)) + 4 * r - _cross(pr)) / 8
    green_b = (2 * (g1 + at(p1, 1, 0) + g2 + at(p2, 0, 1)) + 4 * b - _cross(pb)) / 8
    blues = b + at(pb, 0, -1) + at(pb, -1, 0) + at(pb, -1, -1)
    reds = r + at(pr, 0, 1) + at(pr, 1, 0) + at(pr, 1, 1)
    near_1 = g2 + at(p2, 0, 1) + at(p2, -1, 0) + at(p2, -1, 1)
    near_2 = g1 + at(p1, 0, -1) + at(p1, 1, 0) + at(p1, 1, -1)
    row_1, column_1 = _pair(r + at(pr, 0, 1), b + at(pb, -1, 0), p1, near_1)
    row_2, column_2 = _pair(b + at(pb, 0, -1), r + at(pr, 1, 0), p2, near_2)
    red = torch.stack([r, row_1, column_2, (4 * reds + 12 * b - 3 * _cross(pb)) / 16], dim=1)
    blue = torch.stack([(4 * blues + 12 * r - 3 * _cross(pr)) / 16, column_1, row_2, b], dim=1)
    return red, torch.stack([green_r, g1, g2, green_b], dim=1), blue


def _cross(padded: Tensor) -> Tensor:
    """Sum of the four direct neighbours."""
    return at(padded, 0, 1) + at(padded, 0, -1) + at(padded, 1, 0) + at(padded, -1, 0)


def _pair(row: Tensor, column: Tensor, green: Tensor, diagonals: Tensor) -> tuple[Tensor, Tensor]:
    """At a green site, the colour of its row neighbours and that of its column neighbours (sums of two each)."""
    in_row = at(green, 0, 1) + at(green, 0, -1)
    in_column = at(green, 1, 0) + at(green, -1, 0)
    centre = 10 * at(green, 0, 0) - 2 * diagonals
    along_row = (8 * row + centre - 2 * in_row + in_column) / 16
    along_column = (8 * column + centre - 2 * in_column + in_row) / 16
    return along_row, along_column

"""The look to stay near to, and the rival to beat: a careful demosaic, 4:2:0, and the plain analytic way back.

The same exposure, colour matrix, tone curve and code range as the lifting ISP, around Malvar, He and Cutler, "High-
quality linear interpolation for demosaicing of Bayer-patterned color images", ICASSP 2004.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.isp.curves import Tone
from vidisp.isp.look import Look
from vidisp.isp.sites import at, cross, pad
from vidisp.isp.stages import CodeRange, Exposure


class ReferenceISP:
    """Renders as a camera would, and inverts as a user would; what 4:2:0 and rounding took is gone."""

    id = "reference"

    def __init__(self, look: Look) -> None:
        self.look = look
        self.exposure, self.tone, self.range = Exposure(look), Tone(look.foot), CodeRange(look)
        self.matrix = torch.tensor(look.matrix, dtype=torch.float64).reshape(3, 3)

    def forward(self, quads: Tensor) -> Tensor:
        """(N, 4, h, w) linear quads to (N, 6, h, w) code values, laid out as the lifting ISP's."""
        return self.render(malvar(self.exposure.forward(quads)))

    def render(self, rgb: Tensor) -> Tensor:
        """Exposed full-colour camera RGB, (N, 4, 3, h, w) with one RGB for each site of a quad, to code values."""
        r, g, b = self.tone.forward(_mix(self.matrix, rgb)).unbind(2)
        kr, kb = self.look.luma
        luma = kr * r + (1 - kr - kb) * g + kb * b
        u = ((b - luma) / (2 * (1 - kb))).mean(1)
        v = ((r - luma) / (2 * (1 - kr))).mean(1)
        return self.range.encode(list(luma.unbind(1)), u, v)

    def inverse(self, planes: Tensor) -> Tensor:
        """The plain recipe: chroma up to every site, curves and matrix backwards, and each site's own colour."""
        luma, u, v = self.range.decode(planes)
        kr, kb = self.look.luma
        y, cb, cr = torch.stack(luma, 1), _upsample(u) * (2 * (1 - kb)), _upsample(v) * (2 * (1 - kr))
        rgb = torch.stack([y + cr, y - (kr * cr + kb * cb) / (1 - kr - kb), y + cb], dim=2)
        camera = _mix(self.matrix.inverse(), self.tone.inverse(rgb))
        return self.exposure.inverse([camera[:, 0, 0], camera[:, 1, 1], camera[:, 2, 1], camera[:, 3, 2]])


def malvar(planes: list[Tensor]) -> Tensor:
    """Full colour at each site, (N, 4, 3, h, w), of R, G1, G2, B planes (N, h, w); the paper's filters of figure 2."""
    r, g1, g2, b = planes
    pr, p1, p2, pb = (pad(plane) for plane in planes)
    green_r = (2 * (g1 + at(p1, 0, -1) + g2 + at(p2, -1, 0)) + 4 * r - cross(pr)) / 8
    green_b = (2 * (g1 + at(p1, 1, 0) + g2 + at(p2, 0, 1)) + 4 * b - cross(pb)) / 8
    diagonal_b = b + at(pb, 0, -1) + at(pb, -1, 0) + at(pb, -1, -1)
    diagonal_r = r + at(pr, 0, 1) + at(pr, 1, 0) + at(pr, 1, 1)
    blue_r = (4 * diagonal_b + 12 * r - 3 * cross(pr)) / 16
    red_b = (4 * diagonal_r + 12 * b - 3 * cross(pb)) / 16
    near_1 = g2 + at(p2, 0, 1) + at(p2, -1, 0) + at(p2, -1, 1)
    near_2 = g1 + at(p1, 0, -1) + at(p1, 1, 0) + at(p1, 1, -1)
    red_1 = _along(r + at(pr, 0, 1), p1, near_1, horizontal=True)
    blue_1 = _along(b + at(pb, -1, 0), p1, near_1, horizontal=False)
    red_2 = _along(r + at(pr, 1, 0), p2, near_2, horizontal=False)
    blue_2 = _along(b + at(pb, 0, -1), p2, near_2, horizontal=True)
    sites = [(r, green_r, blue_r), (red_1, g1, blue_1), (red_2, g2, blue_2), (red_b, green_b, b)]
    return torch.stack([torch.stack(site, dim=1) for site in sites], dim=1)


def _along(pair: Tensor, padded: Tensor, diagonals: Tensor, *, horizontal: bool) -> Tensor:
    """Red or blue at a green site from its two neighbours in one direction, corrected by green's curvature."""
    near = at(padded, 0, 1) + at(padded, 0, -1)
    far = at(padded, 1, 0) + at(padded, -1, 0)
    along, across = (near, far) if horizontal else (far, near)
    return (8 * pair + 10 * at(padded, 0, 0) - 2 * (along + diagonals) + across) / 16


def _mix(matrix: Tensor, rgb: Tensor) -> Tensor:
    return torch.einsum("ij,nsjhw->nsihw", matrix.to(rgb), rgb)


def _upsample(chroma: Tensor) -> Tensor:
    """Bilinear, from quad centres (N, h, w) to the four sites (N, 4, h, w)."""
    c = pad(chroma)
    corners = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    sites = [9 * chroma + 3 * (at(c, dy, 0) + at(c, 0, dx)) + at(c, dy, dx) for dy, dx in corners]
    return torch.stack(sites, dim=1) / 16

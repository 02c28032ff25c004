"""Invertible layers inside one frame: the affine coupling and the 1x1 mixing of the four luma planes."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from vidisp.flow.nets import ConvNet, around_green, around_red_blue, shown

Sites = Literal["red and blue", "green"]
SCALE = 0.9
"""Bound of the logarithm of a coupling's scale: factors from 0.41 to 2.5."""
_GREEN, _RED_BLUE = [1, 2], [0, 3]


class SpatialCoupling(nn.Module):
    """Affine coupling of Invertible ISP (Xing, Qian, Chen, CVPR 2021, equation 2), over luma at two kinds of sites.

    With `a` the luma at one pair of sites and `b` at the other:

        a += r(b),    b = m(a) + (b - m(a)) * exp(s(a)) + t(a),

    where m is the mean of the four neighbours. What is scaled is thus what the neighbours do not foretell: below 1,
    noise costs fewer bits; above 1, it comes back more precisely. All three also see chroma, which stays.

    Args:
        width: planes inside the two networks.
        moves: which sites are `b`.
    """

    def __init__(self, width: int, moves: Sites) -> None:
        super().__init__()
        self.moves = moves
        self.shift = ConvNet(5, width, 2, 2)
        self.affine = ConvNet(5, width, 4, 3)
        self.reach = self.shift.reach + self.affine.reach + 2  # and one for each of `shown` and m

    def forward(self, luma: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """Luma (N, 4, h, w), with chroma (N, 2, h, w) and the clip's facts beside it."""
        a, b = self._split(luma)
        a = a + self.shift(shown(b, chroma), facts) / 32
        log_scale, shift, mean = self._affine(a, chroma, facts)
        return self._join(a, torch.addcmul(b + shift, b - mean, log_scale.expm1()))

    def inverse(self, luma: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """The luma that `forward` took to this one."""
        a, b = self._split(luma)
        log_scale, shift, mean = self._affine(a, chroma, facts)
        b = b - shift
        b = torch.addcmul(b, b - mean, (-log_scale).expm1())
        return self._join(a - self.shift(shown(b, chroma), facts) / 32, b)

    def _affine(self, a: Tensor, chroma: Tensor, facts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scale, shift = self.affine(shown(a, chroma), facts).chunk(2, dim=1)
        mean = around_red_blue(a) if self.moves == "red and blue" else around_green(a)
        return SCALE * torch.tanh(scale), shift / 32, mean

    def _split(self, luma: Tensor) -> tuple[Tensor, Tensor]:
        green, rest = luma[:, 1:3], luma[:, ::3]
        return (green, rest) if self.moves == "red and blue" else (rest, green)

    def _join(self, a: Tensor, b: Tensor) -> Tensor:
        green, rest = (a, b) if self.moves == "red and blue" else (b, a)
        return torch.cat([rest[:, :1], green, rest[:, 1:]], dim=1)


class Mixing(nn.Module):
    """Invertible 1x1 convolution (Kingma and Dhariwal, Glow, 2018) of the four luma planes, as (I + L)(I + U)."""

    reach = 0

    def __init__(self) -> None:
        super().__init__()
        self.lower = nn.Parameter(torch.zeros(4, 4))
        self.upper = nn.Parameter(torch.zeros(4, 4))

    def forward(self, luma: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """Luma (N, 4, h, w); the others are there so that all layers look alike."""
        return torch.einsum("ij,njhw->nihw", self._matrix(), luma)

    def inverse(self, luma: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """The luma that `forward` took to this one."""
        return torch.einsum("ij,njhw->nihw", torch.linalg.inv(self._matrix()), luma)

    def _matrix(self) -> Tensor:
        one = torch.eye(4, device=self.lower.device)
        return (one + self.lower.tril(-1)) @ (one + self.upper.triu())

"""The two ends that every rendering shares: white balance and exposure at one, the code range at the other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vidisp.isp.curves import Limiter, Shoulder
from vidisp.isp.look import Look

BALANCE_KNEE = 0.76
"""Where red and blue start to bend, with green's saturation at 1. Lower, and bright greys turn green."""


class Exposure:
    """Gains and shoulders per channel, after which the sensor's saturation is `white` in green.

    First the white balance, after which red and blue saturate above green: they are bent down. Then the
    exposure, the same for all channels, so that what was neutral stays neutral.

    Args:
        look: gains.
        ceiling: where red and blue may saturate, in linear light with the picture's white at 1. Above 1, they
            are bent less and come back more precisely; but then saturation is not neutral by itself.
    """

    def __init__(self, look: Look, ceiling: float = 1.0) -> None:
        self.exposure = look.exposure
        self.white = min(1.0, self.exposure)
        ceiling = ceiling if self.exposure >= 1 else 1.0
        top = ceiling + (self.exposure - 1) * ceiling**2
        self.headroom = Shoulder(0.0, top, ceiling)
        """From black on, for the gentlest bend. Its slope is 1 there, and it takes the exposure to 1."""
        r, g, b = look.white_balance
        self.gains = (r, g, g, b)
        self.balance = tuple(Shoulder(BALANCE_KNEE, gain, top / self.exposure) for gain in self.gains)

    def forward(self, quads: Tensor) -> Tensor:
        """Linear quads (N, 4, h, w) to exposed ones."""
        channels = zip(quads.unbind(1), self.gains, self.balance, strict=True)
        balanced = torch.stack([shoulder.forward(plane * gain) for plane, gain, shoulder in channels], dim=1)
        return self.headroom.forward(balanced.mul_(self.exposure))

    def inverse(self, exposed: Tensor) -> Tensor:
        balanced = self.headroom.inverse(exposed) / self.exposure
        channels = zip(balanced.unbind(1), self.gains, self.balance, strict=True)
        return torch.stack([shoulder.inverse(plane) / gain for plane, gain, shoulder in channels], dim=1)


@dataclass(frozen=True)
class CodeRange:
    """Luma in 0..1 and chroma in -0.5..0.5 to code values.

    Limited range as BT.709-6, item 3.4. Full range leaves a margin at both ends, as limited range does, and
    scales chroma by the same factor, so that hues stay. Luma is as it is from `low` to `high`, at eight bits 9
    to 246, and folded into 1..254 beyond.
    """

    bits: int
    full: bool

    @property
    def unit(self) -> float:
        """A step of eight bits."""
        return 2.0 ** (self.bits - 8)

    @property
    def black(self) -> float:
        return (9 if self.full else 16) * self.unit

    @property
    def span(self) -> float:
        return (232 if self.full else 219) * self.unit

    @property
    def chroma_span(self) -> float:
        return (232 if self.full else 224) * self.unit

    @property
    def limiter(self) -> Limiter:
        return Limiter(9 * self.unit, 246 * self.unit, 8 * self.unit)

    @property
    def highest_luma(self) -> float:
        """Luma that is not folded yet."""
        return (self.limiter.high - self.black) / self.span

    def encode(self, luma: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Luma (N, 4, h, w), chroma (N, h, w) each, to (N, 6, h, w) code values: luma limited, chroma as it is.

        Chroma of 4:4:4, (N, 4, h, w) each, makes (N, 12, h, w).
        """
        y = self.limiter.forward(luma.mul(self.span).add_(self.black))
        chroma = torch.stack([u, v], dim=1).flatten(1, -3).mul_(self.chroma_span).add_(128 * self.unit)
        return torch.cat([y, chroma], dim=1)

    def decode(self, planes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y = self.limiter.inverse(planes[:, :4]).sub_(self.black).div_(self.span)
        u, v = ((planes[:, 4:] - 128 * self.unit) / self.chroma_span).chunk(2, dim=1)
        return y, u.squeeze(1), v.squeeze(1)

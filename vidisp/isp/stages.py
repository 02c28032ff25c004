"""The two ends that every rendering shares: white balance and exposure at one, the code range at the other."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.isp.curves import Limiter, Shoulder
from vidisp.isp.look import Look

BALANCE_KNEE = 0.8
"""Where red and blue start to bend, with green's saturation at 1."""
EXPOSURE_KNEE = 0.5
"""Where all channels start to bend when the exposure lifts saturation above 1."""


class Exposure:
    """Gains and shoulders per channel: sensor saturation of every channel goes to the same value, at most 1.

    First the white balance, after which red and blue saturate above green: they are bent down to it. Then the
    exposure, the same for all channels, so that what was neutral stays neutral.
    """

    def __init__(self, look: Look) -> None:
        r, g, b = look.white_balance
        self.gains = (r, g, g, b)
        self.balance = tuple(Shoulder(BALANCE_KNEE, gain) for gain in self.gains)
        self.exposure = look.exposure
        self.headroom = Shoulder(EXPOSURE_KNEE, look.exposure)

    def forward(self, quads: Tensor) -> list[Tensor]:
        """(N, 4, h, w) linear quads to exposed R, G1, G2, B, each (N, h, w)."""
        channels = zip(quads.unbind(1), self.gains, self.balance, strict=True)
        balanced = (shoulder.forward(plane * gain) for plane, gain, shoulder in channels)
        return [self.headroom.forward(plane * self.exposure) for plane in balanced]

    def inverse(self, planes: list[Tensor]) -> Tensor:
        channels = zip(planes, self.gains, self.balance, strict=True)
        return torch.stack(
            [s.inverse(self.headroom.inverse(p) / self.exposure) / g for p, g, s in channels], 1
        )


class CodeRange:
    """Luma in 0..1 and chroma in -0.5..0.5 to code values, tails folded in.

    Limited range as BT.709-6, item 3.4. Full range keeps a margin of 8 codes at either end for the tails (black is
    code 8, not 0), and scales chroma by the same factor, so that hues stay.
    """

    def __init__(self, look: Look) -> None:
        unit = 2.0 ** (look.bits - 8)
        low, luma_high, chroma_high = (8.0, 247.0, 247.0) if look.full_range else (16.0, 235.0, 240.0)
        self.black, self.span = low * unit, (luma_high - low) * unit
        self.centre, self.chroma_span = 128 * unit, (chroma_high - low) * unit
        self.luma = Limiter(low * unit, luma_high * unit, unit, 254 * unit)
        self.chroma = Limiter(low * unit, chroma_high * unit, unit, 254 * unit)

    def encode(self, luma: list[Tensor], u: Tensor, v: Tensor) -> Tensor:
        """Four luma planes and two chroma planes, each (N, h, w), to (N, 6, h, w) limited code values."""
        y = self.luma.forward(torch.stack(luma, dim=1).mul_(self.span).add_(self.black))
        uv = self.chroma.forward(torch.stack([u, v], dim=1).mul_(self.chroma_span).add_(self.centre))
        return torch.cat([y, uv], dim=1)

    def decode(self, planes: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        y = self.luma.inverse(planes[:, :4]).sub_(self.black).div_(self.span)
        uv = self.chroma.inverse(planes[:, 4:]).sub_(self.centre).div_(self.chroma_span)
        return list(y.unbind(1)), uv[:, 0], uv[:, 1]

    def clipped(self, planes: Tensor) -> Tensor:
        """How many of the samples round to an end code, whose way back is a guess: a scalar tensor."""
        return self.luma.clipped(planes[:, :4]) + self.chroma.clipped(planes[:, 4:])

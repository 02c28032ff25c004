"""The elementwise curves of the lifting ISP. Each is strictly monotone and comes with its inverse.

All three are built from square roots forwards and from multiplications backwards: cheap, with no overflow for
whatever a decoder returns, and close to what makes sensor noise uniform (variance grows with the signal, so its
square root has constant noise: Anscombe, "The transformation of Poisson, binomial and negative-binomial data",
Biometrika 35, 1948).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Shoulder:
    """Identity up to `knee`, then a bend that takes `top` to `target`; the slope is continuous and never zero.

    Above the knee the value is `knee + (sqrt(1 + 2*k*d) - 1)/k` with `d = x - knee`. Where `top` does not exceed
    `target` there is nothing to bend and the curve is the identity everywhere.
    """

    knee: float
    top: float
    target: float = 1.0

    @property
    def bend(self) -> float:
        """k of the formula: solves value(top) = target."""
        room = self.target - self.knee
        return 2 * (self.top - self.target) / room**2

    @property
    def is_identity(self) -> bool:
        return self.top <= self.target * (1 + 1e-4)

    def forward(self, x: Tensor) -> Tensor:
        if self.is_identity:
            return x
        above = (x - self.knee).relu_().mul_(2 * self.bend).add_(1).sqrt_().sub_(1)
        return x.clamp(max=self.knee).add_(above, alpha=1 / self.bend)

    def inverse(self, y: Tensor) -> Tensor:
        if self.is_identity:
            return y
        above = (y - self.knee).relu_()
        return torch.addcmul(y, above, above, value=self.bend / 2)


@dataclass(frozen=True)
class Tone:
    """Square root with a foot, odd about black: `c*(sqrt(|x| + foot) - sqrt(foot))`, 1 at x = 1.

    With the default foot it stays within 0.02 of the BT.709 camera curve. A larger foot lowers the slope at
    black, and with it the share of the code values that goes to noise.
    """

    foot: float

    @property
    def scale(self) -> float:
        return math.sqrt(1 + self.foot) + math.sqrt(self.foot)

    def forward(self, x: Tensor) -> Tensor:
        """Written as a quotient: the difference of roots would lose digits near black."""
        return x.mul(self.scale).div_(x.abs().add_(self.foot).sqrt_().add_(math.sqrt(self.foot)))

    def inverse(self, y: Tensor) -> Tensor:
        root = y.div(self.scale)
        return root.abs().add_(2 * math.sqrt(self.foot)).mul_(root)

    def slope_of_inverse(self, y: Tensor) -> Tensor:
        """d(linear)/d(tone value) at tone value y."""
        return y.abs().add_(self.scale * math.sqrt(self.foot)).mul_(2 / self.scale**2)


@dataclass(frozen=True)
class Limiter:
    """Keeps code values strictly between `lowest` and `highest`; identity from `low` to `high`.

    A tail d beyond `high` is folded to `room*d/(room + d)` with `room = highest - high`, and so below `low`.
    """

    low: float
    high: float
    lowest: float
    highest: float

    def forward(self, x: Tensor) -> Tensor:
        over, under = (x - self.high).relu_(), (self.low - x).relu_()
        y = x.clamp(self.low, self.high)
        y.add_(over.div_(over / (self.highest - self.high) + 1))
        return y.sub_(under.div_(under / (self.low - self.lowest) + 1))

    def inverse(self, y: Tensor) -> Tensor:
        """A code at or beyond the ends, which `forward` never gives, counts as a little inside of them."""
        over, under = (y - self.high).relu_(), (self.low - y).relu_()
        x = y.clamp(self.low, self.high)
        x.add_(_unfold(over, self.highest - self.high))
        return x.sub_(_unfold(under, self.low - self.lowest))

    def clipped(self, y: Tensor) -> Tensor:
        """How many samples of `y` (limited, not yet rounded) round to an end code, whose way back is a guess."""
        return ((y < self.lowest + 0.5) | (y > self.highest - 0.5)).sum()


def _unfold(tail: Tensor, room: float) -> Tensor:
    """Inverse of `room*d/(room + d)`; a quarter of a code short of the pole the distance is held."""
    tail = tail.clamp_(max=room * _LAST_FOLD)
    return tail.div_(1 - tail / room)


_LAST_FOLD = 0.99

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
    """Identity up to `knee`, a bend that takes `top` to `target`, and from there on a slope of 1 again.

    Between knee and top the value is `knee + (sqrt(1 + 2*k*d) - 1)/k` with `d = x - knee`: its slope falls from 1
    and is never zero. The slope of 1 beyond the top keeps what lies above the sensor's white in order, and keeps
    a codec's overshoot there from becoming a huge value on the way back. Where `top` does not exceed `target` there
    is nothing to bend: the identity.
    """

    knee: float
    top: float
    target: float = 1.0

    @property
    def bend(self) -> float:
        """k of the formula: it solves value(top) = target."""
        return 2 * (self.top - self.target) / (self.target - self.knee) ** 2

    @property
    def is_identity(self) -> bool:
        return self.top <= self.target

    def forward(self, x: Tensor) -> Tensor:
        """The bend is written as `2*d/(sqrt(1 + 2*k*d) + 1)`: the difference of the formula would lose digits."""
        if self.is_identity:
            return x
        inside = x.clamp(self.knee, self.top)
        outside = x - inside
        distance = inside.sub_(self.knee)
        bent = distance.div(distance.mul(2 * self.bend).add_(1).sqrt_() + 1)
        return outside.add_(bent, alpha=2).add_(self.knee)

    def inverse(self, y: Tensor) -> Tensor:
        if self.is_identity:
            return y
        distance = y.clamp(self.knee, self.target).sub_(self.knee)
        return torch.addcmul(y, distance, distance, value=self.bend / 2)


@dataclass(frozen=True)
class Tone:
    """Square root with a foot, odd about black: `c*(sqrt(|x| + foot) - sqrt(foot))`, 1 at x = 1.

    The slope at black is finite, `scale/(2*sqrt(foot))`, so that noise there does not fill the codes; 0.18 goes
    to 0.37, as BT.709's camera curve takes it to 0.41 and a square root to 0.42.
    """

    foot: float

    @property
    def scale(self) -> float:
        return math.sqrt(1 + self.foot) + math.sqrt(self.foot)

    @property
    def half_slope(self) -> float:
        """b of the inverse's closed form, `y*(|y| + 2*b)/scale^2`."""
        return self.scale * math.sqrt(self.foot)

    def forward(self, x: Tensor) -> Tensor:
        """Written as a quotient: the difference of roots would lose digits near black."""
        return x.mul(self.scale).div_(x.abs().add_(self.foot).sqrt_() + math.sqrt(self.foot))

    def inverse(self, y: Tensor) -> Tensor:
        return y.abs().add_(2 * self.half_slope).mul_(y).div_(self.scale**2)

    def linear(self, y: float) -> float:
        """`inverse` of one number."""
        return y * (abs(y) + 2 * self.half_slope) / self.scale**2


@dataclass(frozen=True)
class Limiter:
    """Keeps values strictly within `room` of `low`..`high`, and as they are inside of it.

    A tail d beyond either end is folded to `room*d/(room + d)`.
    """

    low: float
    high: float
    room: float

    def forward(self, x: Tensor) -> Tensor:
        inside = x.clamp(self.low, self.high)
        tail = x - inside
        return inside.add_(tail.div(tail.abs().add_(self.room)), alpha=self.room)

    def inverse(self, y: Tensor) -> Tensor:
        """Values at or beyond the ends, which `forward` never gives, count as a little inside of them."""
        inside = y.clamp(self.low, self.high)
        tail = (y - inside).clamp_(-_LAST * self.room, _LAST * self.room)
        return inside.add_(tail.div(self.room - tail.abs()), alpha=self.room)


_LAST = 0.97
"""Share of the room that `inverse` takes at its word: a tail of at most 32 rooms."""

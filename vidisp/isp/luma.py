"""The luma at which the plain analytic way back gives exactly what the sensor saw: one equation per sample.

With weights w (summing to 1) and offsets a of the three tones at a site, and the tone curve's inverse
`t*(|t| + 2*b)/scale^2`, the luma y solves

    sum_c w_c * t_c*(|t_c| + 2*b) = scale^2 * sample,    t_c = y + a_c.

The left side grows with y where `sum_c w_c * (|t_c| + b)` is positive: everywhere if no weight is negative, and for
tones up to 2 if none is below `-b/(2 + b)`, which `LEAST_RESPONSE` and the narrowest foot see to. So there is one
solution; and the equation is quadratic once the signs of the t_c are known.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from vidisp.isp.rendering import Rendering, dot
from vidisp.isp.sites import lowest, lowest_around, to_sites


class LumaSolver:
    """The inverse of `Rendering.to_samples` in its first argument."""

    def __init__(self, rendering: Rendering) -> None:
        self.rendering = rendering
        offsets = torch.tensor(rendering.offsets, dtype=torch.float64)
        mean = rendering.response @ offsets
        second = torch.einsum("sc,ci,cj->sij", rendering.response, offsets, offsets)
        spread = second - mean[:, :, None] * mean[:, None, :]
        self._mean = mean.T.reshape(2, 4, 1, 1)
        """Mean of a site's offsets, as multiples of u and v."""
        self._spread = torch.stack([spread[:, 0, 0], 2 * spread[:, 0, 1], spread[:, 1, 1]]).reshape(3, 4, 1, 1)
        """Their variance, as multiples of u*u, u*v and v*v."""

    def solve(self, samples: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Luma (N, 4, h, w) for samples of that shape and chroma (N, h, w) at the quad centres or (N, 4, h, w).

        Where all three t_c are positive, as in nearly every sample, their weighted mean m solves
        `m^2 + 2*b*m + variance of the offsets = scale^2 * sample`.
        """
        at_sites = to_sites(u), to_sites(v)
        luma = self._solve_positive(samples, *at_sites)
        offsets = [by_u * u + by_v * v for by_u, by_v in self.rendering.offsets]
        least = lowest_around(torch.minimum(torch.minimum(offsets[0], offsets[1]), offsets[2]))
        doubtful = least.add_(lowest(luma)) < 0
        if doubtful.any():
            n, i, j = doubtful.nonzero(as_tuple=True)
            luma[n, :, i, j] = self._solve_any(*(x[n, :, i, j] for x in (samples, *at_sites)))
        return luma

    def _solve_positive(self, samples: Tensor, u: Tensor, v: Tensor) -> Tensor:
        tone, b = self.rendering.tone, self.rendering.tone.half_slope
        uu, uv, vv = self._spread.to(u).neg()
        rest = (uv * u).addcmul_(vv, v).mul_(v).addcmul_(uu * u, u).add_(samples, alpha=tone.scale**2)
        root = (rest + b * b).clamp_min_(b * b / 16).sqrt_() + b
        by_u, by_v = self._mean.to(u).neg()
        luma: Tensor = (by_u * u).addcmul_(by_v, v).add_(rest.div(root))
        return luma

    def _solve_any(self, samples: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """The same for whole quads, (count, 4) each, whatever the signs."""
        weights = self.rendering.response.to(u).unbind(1)
        offsets = [by_u * u + by_v * v for by_u, by_v in self.rendering.offsets]
        target = samples * self.rendering.tone.scale**2
        return solve_signed(weights, offsets, target, self.rendering.tone.half_slope)


def solve_signed(weights: Sequence[Tensor], offsets: Sequence[Tensor], target: Tensor, b: float) -> Tensor:
    """The solution for any signs.

    `t_c` is negative at the solution if the left side at `y = -a_c` exceeds the target. Then one equation,
    `square*y^2 + 2*linear*y + rest = 0`, is left; its form is chosen so that nothing cancels.
    """
    signs = [(target - _left_side(-a, weights, offsets, b)).sign() for a in offsets]
    signed = [weight * sign for weight, sign in zip(weights, signs, strict=True)]
    square = signed[0] + signed[1] + signed[2]
    linear = dot(signed, offsets).add_(b)
    rest = dot(signed, [a.square() for a in offsets]) + 2 * b * dot(weights, offsets) - target
    root = (linear.square() - square * rest).clamp_min_(b * b / 16).sqrt()
    straight = linear > 0
    return torch.where(straight, -rest, root - linear) / torch.where(straight, linear + root, square)


def _left_side(y: Tensor, weights: Sequence[Tensor], offsets: Sequence[Tensor], b: float) -> Tensor:
    arguments = [y + a for a in offsets]
    return dot(weights, [t * (t.abs() + 2 * b) for t in arguments])

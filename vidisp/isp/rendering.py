"""Colour and tone: camera RGB to luma and chroma, and luma and chroma back to what a site saw."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from vidisp.isp.curves import Tone
from vidisp.isp.look import Look
from vidisp.isp.sites import to_sites

RGB = tuple[Tensor, Tensor, Tensor]


class Rendering:
    """Linear camera RGB, exposed, to Y'CbCr with luma in 0..1 and chroma in -0.5..0.5 (BT.709-6, items 3.2 and 3.3).

    Attributes:
        tone: the tone curve, of each of R, G, B.
        response: how much of BT.709's linear R, G, B each site's filter sees: (4, 3), rows summing to 1, no entry
            more negative than `LEAST_RESPONSE`.
        offsets: R' - Y', G' - Y' and B' - Y' as multiples of U and V: three pairs.
    """

    def __init__(self, look: Look) -> None:
        self.tone = Tone(look.foot)
        matrix = torch.tensor(look.matrix, dtype=torch.float64).reshape(3, 3)
        self.matrix = matrix.tolist()
        self.response = matrix.inverse()[[0, 1, 1, 2]]
        kr, kb = look.luma
        self.luma_weights = (kr, 1 - kr - kb, kb)
        red, blue = 2 * (1 - kr), 2 * (1 - kb)
        self.offsets = ((0.0, red), (-kb * blue / (1 - kr - kb), -kr * red / (1 - kr - kb)), (blue, 0.0))

    def tones(self, camera: RGB) -> RGB:
        """R', G', B' of camera RGB of any shape."""
        r, g, b = (self.tone.forward(dot(row, camera)) for row in self.matrix)
        return r, g, b

    def luma(self, tones: RGB) -> Tensor:
        return dot(self.luma_weights, tones)

    def chroma(self, tones: RGB) -> tuple[Tensor, Tensor]:
        """U and V of R', G', B'."""
        luma = self.luma(tones)
        return (tones[2] - luma).div_(self.offsets[2][0]), (tones[0] - luma).div_(self.offsets[0][1])

    def to_samples(self, luma: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """What each site's own filter saw, (N, 4, h, w): the plain analytic way back.

        Args:
            luma: (N, 4, h, w).
            u, v: (N, h, w) at the quad centres, from where they reach the sites by bilinear interpolation; or
                (N, 4, h, w), at the sites.
        """
        u, v = to_sites(u), to_sites(v)
        saw = torch.zeros_like(luma)
        for (by_u, by_v), weight in zip(self.offsets, self.weights(luma), strict=True):
            tone = luma.add(u, alpha=by_u).add_(v, alpha=by_v)
            saw.addcmul_(self.tone.inverse(tone), weight)
        return saw

    def weights(self, like: Tensor) -> RGB:
        """Columns of `response` as (4, 1, 1), of the type and on the device of `like`."""
        r, g, b = self.response.to(like).reshape(4, 3, 1, 1).unbind(1)
        return r, g, b


def dot(weights: Sequence[float | Tensor], tensors: Sequence[Tensor]) -> Tensor:
    """Weighted sum of three tensors."""
    (wr, wg, wb), (r, g, b) = weights, tensors
    total = wr * r
    return total.add_(wg * g).add_(wb * b)

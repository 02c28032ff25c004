"""The lifting ISP: a mosaic and a 4:2:0 picture, each the exact inverse of the other, with no learned weights.

Two steps take the four quad planes and two planes of zeros to luma at four sites and chroma at one:

1. chroma += render(quads): the zeros become the chroma of a careful rendering (an additive coupling). Any function
   will do here, for on the way back it is only subtracted again: edge-directed green, the mean over the quad, a
   median against noise, a clamp to legal codes.
2. luma = solve(quads; chroma): at every site, the one luma at which the *plain analytic way back* (chroma up to
   the site, tone and matrix backwards) gives exactly the sample that the sensor saw there (an elementwise coupling,
   monotone in each sample).

So the inverse is what a user would do to any video; only that here it is exact, and that a codec's errors in chroma
are averaged by the interpolation before they reach a sample. What the two zero planes hold after decoding is the
codec's own error: the syndrome.

Luma that makes up for chroma's interpolation is the idea of Ström, Samuelsson and Dovstam, "Luma adjustment for high
dynamic range video", DCC 2016; there for the picture, here for the way back.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.isp.demosaic import quad_colour
from vidisp.isp.look import Look
from vidisp.isp.luma import LumaSolver
from vidisp.isp.rendering import Rendering
from vidisp.isp.sites import median_cross
from vidisp.isp.stages import CodeRange, Exposure


class LiftISP:
    """A bijection between linear quads (N, 4, h, w) with two zero planes, and code values (N, 6, h, w).

    Quads are R, G1, G2, B with 0 at black and 1 at white; planes are Y at the four sites, then U and V at the
    quad's centre. Float32 on any device; a round trip is exact to about 1e-5 of white.
    """

    id = "lift-1"
    reach = 4
    """How many rows and columns of quads around it a value depends on, in either direction, at most."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.range = CodeRange(look.bits, look.full_range)
        self.rendering = Rendering(look)
        self.exposure = Exposure(look, self.rendering.tone.linear(self.range.highest_luma))
        self.solver = LumaSolver(self.rendering)

    def forward(self, quads: Tensor) -> Tensor:
        """Linear quads to code values inside the legal range, not yet rounded."""
        samples = self.exposure.forward(quads)
        u, v = self.chroma(samples)
        return self.range.encode(self.solver.solve(samples, u, v), u, v)

    def codes(self, quads: Tensor) -> Tensor:
        """Whole code values, ready to be stored. Chroma is rounded first, so that luma makes up for it."""
        samples = self.exposure.forward(quads)
        step = self.range.chroma_span
        u, v = (plane.mul_(step).round_().div_(step) for plane in self.chroma(samples))
        return self.range.encode(self.solver.solve(samples, u, v), u, v).round_()

    def inverse(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Code values to linear quads, and the syndrome (N, 2, h, w): how far U and V are off, in code values."""
        luma, u, v = self.range.decode(planes)
        samples = self.rendering.to_samples(luma, u, v)
        syndrome = torch.stack([u, v], dim=1) - torch.stack(self.chroma(samples), dim=1)
        return self.exposure.inverse(samples), syndrome.mul_(self.range.chroma_span)

    def recover(self, planes: Tensor) -> Tensor:
        """The linear quads of `inverse` without the syndrome, in about half the time."""
        return self.exposure.inverse(self.rendering.to_samples(*self.range.decode(planes)))

    @property
    def end_codes(self) -> tuple[int, int]:
        """The luma codes at and beyond which a rounded value's way back is a guess: the sample was clipped."""
        limiter = self.range.limiter
        return round(limiter.low - limiter.room), round(limiter.high + limiter.room)

    def chroma(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """U and V (N, h, w), held within the codes that video allows.

        Samples above white count as white here, so that saturation is neutral, whatever the white balance; luma
        alone keeps what red and blue have above it, in the codes above white that screens show as white.

        The median takes out what is left of aliasing and some of the noise, which would be coded a second time here,
        and leaves edges sharp: where chroma is blurred, luma has to make up for it in a chequer.
        """
        tones = self.rendering.tones(quad_colour(samples.clamp(max=self.exposure.white)))
        u, v = (median_cross(plane) for plane in self.rendering.chroma(tones))
        return u.clamp_(-0.5, 0.5), v.clamp_(-0.5, 0.5)

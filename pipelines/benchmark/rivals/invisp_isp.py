"""Invertible ISP's network as an ISP for vidisp's codecs: what happens before it and after it.

As in the paper (section 4.1), white balance, exposure and a gamma are taken out of its hands, and it sees a bilinear
demosaic; here exposure is the look's own, so that it does not have to guess it.
"""

from __future__ import annotations

import torch
from einops import rearrange
from rivals.invisp import InvISP
from torch import Tensor

from vidisp.isp import Look, ReferenceISP
from vidisp.isp.demosaic import malvar
from vidisp.isp.full_chroma import planes_from_444, planes_to_444
from vidisp.isp.rendering import RGB
from vidisp.isp.sites import to_sites
from vidisp.metrics.demosaic import bilinear_demosaic, channel_masks
from vidisp.raw import CFA

GAMMA = 2.2
CFA_OF_QUADS: CFA = "RGGB"
_DARKEST = 1e-4  # the power's slope has no bound at zero


class InvISPRenderer:
    """Linear quads (N, 4, h, w) to code values (N, 6, h, w) of a 4:2:0 picture and back, for one look."""

    def __init__(self, look: Look, network: InvISP) -> None:
        self.look, self.network, self._reference = look, network, ReferenceISP(look)

    def forward(self, quads: Tensor) -> Tensor:
        """Code values, not yet rounded."""
        return self.planes(self.network(self.raw(quads)))

    def inverse(self, planes: Tensor) -> Tensor:
        """Linear quads: chroma up to every pixel, the network backwards, each site's own colour."""
        return self.quads(self.network.inverse(self.picture(planes)))

    def raw(self, quads: Tensor) -> Tensor:
        """What the network sees, (N, 3, 2h, 2w)."""
        exposed = self._reference.exposure.forward(quads).clamp(min=_DARKEST).pow(1 / GAMMA)
        mosaics = rearrange(exposed, "n (a b) h w -> n (h a) (w b)", a=2)
        return torch.stack([bilinear_demosaic(mosaic, CFA_OF_QUADS) for mosaic in mosaics])

    def quads(self, raw: Tensor) -> Tensor:
        """The inverse of `raw`."""
        mosaic = (raw * channel_masks(*raw.shape[-2:], CFA_OF_QUADS).to(raw)).sum(1)
        samples = rearrange(mosaic, "n (h a) (w b) -> n (a b) h w", a=2, b=2)
        return self._reference.exposure.inverse(samples.clamp(min=0).pow(GAMMA))

    def target(self, quads: Tensor) -> Tensor:
        """The reference look (N, 3, 2h, 2w), R', G', B' in 0..1."""
        tones = self._reference.rendering.tones(malvar(self._reference.exposure.forward(quads)))
        return planes_to_444(torch.cat(tones, dim=1), CFA_OF_QUADS)

    def planes(self, picture: Tensor) -> Tensor:
        """Code values of a picture (N, 3, 2h, 2w)."""
        r, g, b = planes_from_444(picture, CFA_OF_QUADS).chunk(3, dim=1)
        tones: RGB = (r, g, b)
        u, v = self._reference.rendering.chroma(tones)
        return self._reference.range.encode(self._reference.rendering.luma(tones), u.mean(1), v.mean(1))

    def picture(self, planes: Tensor) -> Tensor:
        """The picture that a player shows of code values."""
        luma, u, v = self._reference.range.decode(planes)
        u, v = to_sites(u), to_sites(v)
        tones = [luma + by_u * u + by_v * v for by_u, by_v in self._reference.rendering.offsets]
        return planes_to_444(torch.cat(tones, dim=1), CFA_OF_QUADS)

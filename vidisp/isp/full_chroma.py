"""The lifting ISP with chroma at every pixel: a mosaic and a 4:4:4 picture, each the exact inverse of the other."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor

from vidisp.isp.demosaic import malvar
from vidisp.isp.lifting import LiftISP
from vidisp.isp.mosaic import flip
from vidisp.isp.sites import median_cross
from vidisp.raw.frame import CFA


class FullLiftISP(LiftISP):
    """As `LiftISP`, with eight planes of zeros beside the four quad planes, and code values (N, 12, h, w): Y, U and V
    at the four sites each.

    Chroma needs no interpolation on the way back: each pixel holds its own. The syndrome is (N, 2, 4, h, w).
    """

    id = "lift-444-1"
    reach = 2

    def chroma(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """U and V (N, 4, h, w) of Malvar's full colour, held within the codes that JPEG allows.

        Samples above white count as white and a median takes aliasing out, as in `LiftISP.chroma`. Without the median,
        luma would be that of Malvar's demosaic to the last digit; with it, files are a tenth to a quarter smaller,
        the RAW that comes back is a little better, and false colours at edges go.
        """
        tones = self.rendering.tones(malvar(samples.clamp(max=self.exposure.white)))
        u, v = (_to_quads(median_cross(_to_pixels(plane))) for plane in self.rendering.chroma(tones))
        return u.clamp_(-0.5, 0.5), v.clamp_(-0.5, 0.5)


def planes_to_444(planes: Tensor, cfa: CFA) -> Tensor:
    """The picture (N, 3, 2h, 2w) of twelve planes (N, 12, h, w), as the scene was seen."""
    return flip(rearrange(planes, "n (c a b) h w -> n c (h a) (w b)", a=2, b=2), cfa)


def planes_from_444(picture: Tensor, cfa: CFA) -> Tensor:
    """Twelve planes (N, 12, h, w) of a picture (N, 3, 2h, 2w): the inverse of `planes_to_444`."""
    return rearrange(flip(picture, cfa), "n c (h a) (w b) -> n (c a b) h w", a=2, b=2)


def _to_pixels(sites: Tensor) -> Tensor:
    return rearrange(sites, "n (a b) h w -> n (h a) (w b)", a=2, b=2)


def _to_quads(pixels: Tensor) -> Tensor:
    return rearrange(pixels, "n (h a) (w b) -> n (a b) h w", a=2, b=2)

"""Between a sensor's mosaic, its four quad planes at half resolution, and the six planes of a 4:2:0 picture.

Quad planes are always R, G1, G2, B with R at the top left. Other patterns are *flipped* into that order (GRBG
left to right, GBRG top to bottom, BGGR both), and the six picture planes are flipped back, so that the picture is
not mirrored. Odd sizes are padded by a reflection that keeps the pattern: sample n takes the value of n - 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from vidisp.raw.frame import CFA

LAST_DN = 65535
_FLIPS: dict[CFA, tuple[int, ...]] = {"RGGB": (), "GRBG": (-1,), "GBRG": (-2,), "BGGR": (-2, -1)}


def flip(image: Tensor, cfa: CFA) -> Tensor:
    """`image` (..., rows, columns), flipped so that `cfa` becomes RGGB, or back: flipping twice changes nothing."""
    return image.flip(_FLIPS[cfa]) if _FLIPS[cfa] else image


def mosaic_to_quads(mosaic: Tensor, cfa: CFA, black: Sequence[float], white: float) -> Tensor:
    """Linear quad planes of mosaics of any number type.

    Args:
        mosaic: (N, H, W) in DN, with at least two rows and columns.
        cfa: pattern at the top left.
        black: black level in DN of the four sites of that pattern, row by row.
        white: DN at which the sensor saturates.

    Returns:
        (N, 4, ceil(H/2), ceil(W/2)) float32, order R, G1, G2, B; 0 is black and 1 is white.
    """
    values = _pad_to_even(mosaic.to(torch.float32))
    quads = rearrange(flip(values, cfa), "n (h a) (w b) -> n (a b) h w", a=2, b=2)
    levels = _levels(cfa, black, quads)
    return (quads - levels).div_(white - levels)


def quads_to_mosaic(quads: Tensor, cfa: CFA, black: Sequence[float], white: float, height: int, width: int) -> Tensor:
    """Mosaics (N, height, width) of quad planes: the inverse of `mosaic_to_quads`, in whole DN.

    Values are rounded and clamped to 0..65535, what the storage holds; not to the white level.

    Returns:
        uint16.
    """
    levels = _levels(cfa, black, quads)
    values = torch.addcmul(levels, quads, white - levels).round_().clamp_(0, LAST_DN).to(torch.int32)
    mosaic = flip(rearrange(values, "n (a b) h w -> n (h a) (w b)", a=2, b=2), cfa)
    return mosaic[:, :height, :width].to(torch.uint16)


def planes_to_yuv(planes: Tensor, cfa: CFA) -> tuple[Tensor, Tensor]:
    """The picture of six planes (N, 6, h, w): luma (N, 2h, 2w) and chroma (N, 2, h, w), as the scene was seen."""
    luma = rearrange(planes[:, :4], "n (a b) h w -> n (h a) (w b)", a=2, b=2)
    return flip(luma, cfa), flip(planes[:, 4:], cfa)


def yuv_to_planes(y: Tensor, uv: Tensor, cfa: CFA) -> Tensor:
    """Six planes (N, 6, h, w) of luma (N, 2h, 2w) and chroma (N, 2, h, w): the inverse of `planes_to_yuv`."""
    luma = rearrange(flip(y, cfa), "n (h a) (w b) -> n (a b) h w", a=2, b=2)
    return torch.cat([luma, flip(uv, cfa)], dim=1)


def _pad_to_even(mosaic: Tensor) -> Tensor:
    """An odd last row or column gets a neighbour: the sample two before it, which has the same colour."""
    rows, columns = mosaic.shape[-2] % 2, mosaic.shape[-1] % 2
    if not rows and not columns:
        return mosaic
    return F.pad(mosaic[None], (0, columns, 0, rows), mode="reflect")[0]


def _levels(cfa: CFA, black: Sequence[float], like: Tensor) -> Tensor:
    """Black levels as (4, 1, 1) in the order R, G1, G2, B, on the device of `like`."""
    levels = torch.tensor(tuple(black), dtype=torch.float32, device=like.device).reshape(2, 2)
    return flip(levels, cfa).reshape(4, 1, 1)

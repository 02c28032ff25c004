"""Looks and scenes that the tests of the ISP share."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from vidisp.isp import Look
from vidisp.isp.rendering import RGB

MATRICES = (
    (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    (1.5332, -0.1789, -0.3543, -0.2848, 1.6792, -0.3944, -0.0289, -0.4420, 1.4709),
    (1.8251, -0.7623, -0.0628, -0.2102, 1.6258, -0.4156, 0.0248, -0.4956, 1.4708),
    (1.5119, -0.5749, 0.0630, -0.0357, 1.5312, -0.4955, 0.0612, -0.5066, 1.4454),
)
"""Camera to BT.709: none at all, a mild camera's, a strong camera's, and one with a negative response to red."""


def make_look(balance: tuple[float, float, float] = (2.0, 1.0, 1.6), ev: float = 0.0, **fields: object) -> Look:
    r, g, b = (gain * 2**ev for gain in balance)
    return Look((r, g, b), **{"matrix": MATRICES[1], **fields})  # type: ignore[arg-type]


def random_quads(seed: int, low: float = -0.02, high: float = 1.0, size: tuple[int, int] = (12, 14)) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(2, 4, *size, generator=generator)


def smooth_scene(seed: int = 0, size: int = 48) -> Tensor:
    """Full-colour white-balanced camera RGB (3, 2*size, 2*size) in about 0..0.7, without fine detail."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, size // 6, size // 6, generator=generator) * 0.5
    coarse = coarse.mean(1, keepdim=True) + 0.4 * (coarse - coarse.mean(1, keepdim=True)) + 0.05
    return F.interpolate(coarse, size=(2 * size, 2 * size), mode="bicubic", align_corners=False)[0].clamp(0.01, 0.7)


def sites_of(scene: Tensor) -> RGB:
    """(3, 2h, 2w) as red, green, blue at the four sites, each (1, 4, h, w)."""
    sites = torch.stack([scene[:, a::2, b::2] for a in (0, 1) for b in (0, 1)], dim=1)
    r, g, b = (channel[None] for channel in sites)
    return r, g, b


def quads_of(scene: Tensor, look: Look) -> Tensor:
    """What a sensor with the look's white balance sees of the scene: (1, 4, h, w)."""
    r, g, b = sites_of(scene)
    gain_r, gain_g, gain_b = look.white_balance
    return torch.stack([r[:, 0] / gain_r, g[:, 1] / gain_g, g[:, 2] / gain_g, b[:, 3] / gain_b], dim=1)


def psnr(error: Tensor) -> float:
    """Of an error with peak 1, in dB."""
    return float(-10 * error.square().mean().log10())

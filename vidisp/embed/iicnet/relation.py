"""The relation module of the way back: what the still and all pictures together say about the error in each."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from vidisp.codec.simulate.h26x import BLOCK

_FOLD = 2
_LEAK = 0.1
_SCALE = 24.0
"""Networks see codes, and give corrections, in this unit."""
REACH = 8
"""Pixels: four convolutions at half the sides."""


class Relation(nn.Module):
    """Corrects pictures that came back, the reference among them. At half the sides; starts at no correction.

    Every picture goes through the same convolutions beside the still, with the mean over all pictures' features as what
    relates them; where in its block of 8x8 a value lies is known too.

    Args:
        width: planes between.
        related: whether the mean takes part; without it, each picture is corrected alone.
    """

    def __init__(self, width: int, related: bool) -> None:
        super().__init__()
        planes = 3 * _FOLD**2
        self.first = nn.Conv2d(2 * planes, width, 3, padding=1)
        self.role = nn.Parameter(torch.zeros(2, width, 1, 1))
        self.position = nn.Parameter(torch.zeros(width, BLOCK // _FOLD, BLOCK // _FOLD))
        self.alone = nn.Conv2d(width, width, 3, padding=1)
        self.together = nn.Conv2d(width, width, 3, padding=1, bias=False) if related else None
        self.further = nn.Conv2d(width, width, 3, padding=1)
        self.last = nn.Conv2d(width, planes, 3, padding=1)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

    def forward(self, still: Tensor, pictures: Tensor) -> Tensor:
        """Corrections of pictures (B, N, 3, H, W), the reference first, in codes; `still` is (B, 3, H, W)."""
        batch, number = pictures.shape[:2]
        seen = _folded(still)
        change = _folded((pictures - still[:, None]).flatten(0, 1))
        seen = seen.repeat_interleave(number, 0)
        features = self.first(torch.cat([seen / (4 * _SCALE), change / _SCALE], 1))
        features = features + self._place(features) + self._roles(batch, number)
        features = F.leaky_relu(features, _LEAK)
        mixed = self.alone(features)
        if self.together is not None:
            mean = rearrange(features, "(b n) c h w -> b n c h w", b=batch).mean(1)
            mixed = mixed + self.together(mean).repeat_interleave(number, 0)
        features = F.leaky_relu(mixed, _LEAK)
        features = F.leaky_relu(self.further(features), _LEAK)
        found = F.pixel_shuffle(self.last(features).float() * _SCALE, _FOLD)
        return rearrange(found, "(b n) c h w -> b n c h w", b=batch)

    def _place(self, features: Tensor) -> Tensor:
        rows, columns = features.shape[-2:]
        side = self.position.shape[-1]
        return self.position.repeat(1, -(-rows // side), -(-columns // side))[:, :rows, :columns]

    def _roles(self, batch: int, number: int) -> Tensor:
        """The reference's bias, and the others'."""
        roles = torch.tensor([0] + [1] * (number - 1), device=self.role.device).repeat(batch)
        return self.role[roles]


def _folded(pictures: Tensor) -> Tensor:
    return F.pixel_unshuffle(pictures, _FOLD)

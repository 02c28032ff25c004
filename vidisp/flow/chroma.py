"""Learned chroma: what the lifting ISP lets any function decide, decided by a network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vidisp.flow.nets import DETAIL, ConvNet, blur


class LearnedChroma(nn.Module):
    """Adds a correction to the lift's chroma: smoother where noise would be coded twice, truer at edges.

    Chroma is an additive coupling onto zeros, and luma is solved for whatever it is, so the way back needs no network
    for this, and a codec's errors never pass through it.

    Args:
        width, depth, dilations: of its network. Noise goes in smooth places, and to see them takes reach.
    """

    def __init__(self, width: int, depth: int, dilations: Sequence[int] = ()) -> None:
        super().__init__()
        self.net = ConvNet(11, width, 2, depth, dilations)
        self.reach = self.net.reach + 2

    def forward(self, samples: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """Chroma (N, 2, h, w) in -0.5..0.5, corrected.

        Args:
            samples: (N, 4, h, w), exposed.
            chroma: (N, 2, h, w), the lift's.
            facts: the clip's.
        """
        tones = samples * (samples.abs() + 1e-6).rsqrt()  # signed square roots, with a slope at zero
        base = blur(tones)
        detail = (chroma - blur(chroma)) * DETAIL
        seen = torch.cat(
            [(tones - base) * DETAIL / 2, base.mean(1, True) * 2 - 1, detail, chroma * 4, blur(blur(chroma)) * 4], 1
        )
        correction: Tensor = self.net(seen, facts)
        return (chroma + correction / 32).clamp(-0.5, 0.5)

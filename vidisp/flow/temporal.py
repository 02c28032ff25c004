"""The temporal-consistency coupling: frames are drawn towards what the frames around them say, invertibly."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vidisp.flow.conditions import Passage
from vidisp.flow.nets import DETAIL, ConvNet, blur

PULL = 0.6
"""Bound of how far a sample is drawn towards its neighbours' mean; also of how far it is pushed away."""


class TemporalCoupling(nn.Module):
    """Affine coupling whose split is along time, one lifting step for each parity.

    A frame of one parity becomes `y + k*(m - y)`, m being the mean of the frames before and after it and k a function
    of those two frames alone; then the other parity likewise, given the frames already changed. Both neighbours are
    known in either direction, so all frames of a parity are done at once, and nothing drifts. Frames at a segment's
    ends and at cuts stay as they are.

    Where the neighbours agree, k may draw a frame's noise and a codec's flicker towards their mean; where they differ,
    something moves, and k has to be near zero.

    Args:
        width: planes inside the network.
        leads: parity of the frames that are changed first.
    """

    frames = 2
    """Frames on either side that a frame may depend on, in either direction."""

    def __init__(self, width: int, leads: int) -> None:
        super().__init__()
        self.leads = leads
        self.gate = ConvNet(12, width, 4, 2)
        self.reach = self.gate.reach + 1

    def forward(self, luma: Tensor, chroma: Tensor, facts: Tensor, passage: Passage) -> Tensor:
        """Luma (T, 4, h, w) of consecutive frames, chroma (T, 2, h, w), the clip's facts, the frames' places."""
        for parity in (self.leads, 1 - self.leads):
            luma = self._step(luma, chroma, facts, passage.between(parity), back=False)
        return luma

    def inverse(self, luma: Tensor, chroma: Tensor, facts: Tensor, passage: Passage) -> Tensor:
        """The luma that `forward` took to this one."""
        for parity in (1 - self.leads, self.leads):
            luma = self._step(luma, chroma, facts, passage.between(parity), back=True)
        return luma

    def _step(self, luma: Tensor, chroma: Tensor, facts: Tensor, frames: list[int], back: bool) -> Tensor:
        if not frames:
            return luma
        before, after = [i - 1 for i in frames], [i + 1 for i in frames]
        mean = (luma[before] + luma[after]) / 2
        apart = torch.cat([luma[after] - luma[before], chroma[after] - chroma[before]], dim=1).abs()
        base = blur(mean.mean(1, keepdim=True))
        roughness = (mean - base).abs()
        seen = torch.cat(
            [apart * DETAIL, roughness * DETAIL, base * 4 - 2, blur(apart[:, :4].mean(1, True)) * DETAIL], 1
        )
        pull = PULL * torch.tanh(self.gate(seen, facts))
        mine = luma[frames]
        moved = (mine - pull * mean) / (1 - pull) if back else torch.lerp(mine, mean, pull)
        return luma.index_copy(0, torch.tensor(frames, device=luma.device), moved)

"""The recover side's own network: it takes back what it can of the codec's errors, before the exact inverse."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vidisp.flow.nets import ConvNet, blur, shown


class Restorer(nn.Module):
    """Corrects decoded planes by a few quantiser steps at the most: the finer the step, the less it touches.

    It sees the planes, their details in units of the quantiser step, and the syndrome: what the two zero planes of
    the exact inverse hold after decoding, which is the codec's error in chroma, seen directly.

    Args:
        width, depth: of its network.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.net = ConvNet(15, width, 6, depth)
        self.reach = self.net.reach + 1

    def forward(self, planes: Tensor, syndrome: Tensor, step: Tensor, facts: Tensor) -> Tensor:
        """Corrected planes.

        Args:
            planes: (N, 6, h, w), luma in 0..1 and chroma in -0.5..0.5.
            syndrome: (N, 2, h, w) in the same unit.
            step: (N,) quantiser steps of the frames in the same unit, above 0.
            facts: (N, FACTS), with each frame's own quantiser.
        """
        step = step.reshape(-1, 1, 1, 1)
        details = torch.cat([planes - blur(planes), syndrome], dim=1) / step
        seen = torch.cat([torch.asinh(details), shown(planes[:, :4], planes[:, 4:])], dim=1)
        return torch.addcmul(planes, self.net(seen, facts), step)

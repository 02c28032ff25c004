"""The small convolutional networks inside the couplings, and the neighbourhoods they look at."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vidisp.flow.conditions import FACTS

DETAIL = 24.0
"""Details of luma, with white at 1, are shown to the networks this much larger."""
_LEAK = 0.1


class ConvNet(nn.Module):
    """3x3 convolutions of one width; the clip's facts join in after the first, the last starts at zero.

    Args:
        inputs, outputs: planes.
        width: planes between.
        depth: how many convolutions, at least 2; each reaches one quad further.
        dilations: of the `depth` - 2 convolutions in the middle, each reaching that much further; default: all 1.

    Raises:
        ValueError: another number of dilations.
    """

    def __init__(self, inputs: int, width: int, outputs: int, depth: int, dilations: Sequence[int] = ()) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, width, 3, padding=1)
        self.facts = nn.Linear(FACTS, width, bias=False)
        apart = tuple(dilations) or (1,) * (depth - 2)
        if len(apart) != depth - 2 or min(apart, default=1) < 1:
            raise ValueError(f"dilations {apart} of a network with {depth} convolutions")
        self.middle = nn.ModuleList(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in apart)
        self.last = nn.Conv2d(width, outputs, 3, padding=1)
        for layer in (self.first, *self.middle):  # torch's own way leaves next to nothing after six of them
            nn.init.kaiming_normal_(layer.weight, _LEAK)
            nn.init.zeros_(layer.bias)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)
        self.reach = 2 + sum(apart)

    def forward(self, planes: Tensor, facts: Tensor) -> Tensor:
        """(N, inputs, h, w) and (FACTS,) or (N, FACTS) to (N, outputs, h, w) float32."""
        x = self.first(planes) + self.facts(facts).reshape(-1, self.first.out_channels, 1, 1)
        x = F.leaky_relu_(x, _LEAK)
        for layer in self.middle:
            x = F.leaky_relu_(layer(x), _LEAK)
        out: Tensor = self.last(x)
        return out.float()


def blur(planes: Tensor) -> Tensor:
    """Mean over 3x3 quads, of every plane; the border repeats."""
    return F.avg_pool2d(F.pad(planes, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def shown(luma: Tensor, chroma: Tensor) -> Tensor:
    """What a network is shown of some luma planes (N, k, h, w) and chroma (N, 2, h, w): (N, k + 3, h, w).

    The details of each luma plane over their common mean, magnified; that mean, and chroma, at about unit size.
    """
    base = blur(luma.mean(1, keepdim=True))
    return torch.cat([(luma - base) * DETAIL, base * 4 - 2, chroma * 4], dim=1)


def around_green(red_blue: Tensor) -> Tensor:
    """Means of the four red and blue sites around G1 and G2: (N, 2, h, w) each."""
    r, b = F.pad(red_blue, (1, 1, 1, 1), mode="replicate").unbind(1)
    g1 = r[:, 1:-1, 1:-1] + r[:, 1:-1, 2:] + b[:, 1:-1, 1:-1] + b[:, :-2, 1:-1]
    g2 = b[:, 1:-1, 1:-1] + b[:, 1:-1, :-2] + r[:, 1:-1, 1:-1] + r[:, 2:, 1:-1]
    return torch.stack([g1, g2], dim=1) / 4


def around_red_blue(green: Tensor) -> Tensor:
    """Means of the four green sites around R and B: (N, 2, h, w) each."""
    g1, g2 = F.pad(green, (1, 1, 1, 1), mode="replicate").unbind(1)
    r = g1[:, 1:-1, 1:-1] + g1[:, 1:-1, :-2] + g2[:, 1:-1, 1:-1] + g2[:, :-2, 1:-1]
    b = g2[:, 1:-1, 1:-1] + g2[:, 1:-1, 2:] + g1[:, 1:-1, 1:-1] + g1[:, 2:, 1:-1]
    return torch.stack([r, b], dim=1) / 4

"""What the tests of the flow share: small networks with random weights, inputs, and one way to call every layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidisp.flow import Conditions, FlowISP, Network, Passage, Sizes
from vidisp.flow.spatial import Mixing, SpatialCoupling
from vidisp.flow.temporal import TemporalCoupling
from vidisp.isp import Look

SIZES = Sizes(chroma=(8, 3), couplings=2, coupling_width=8, temporal_layers=2, temporal_width=6, restorer=(8, 3))
CODES = 219.0
"""Codes of eight bits from luma 0 to luma 1."""
FACTS = torch.tensor([0.3, -0.5, 0.4, 0.7, 0.2])
CONDITIONS = Conditions(4.0, 1.5)
MATRICES = (
    (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    (1.5332, -0.1789, -0.3543, -0.2848, 1.6792, -0.3944, -0.0289, -0.4420, 1.4709),
    (1.5119, -0.5749, 0.0630, -0.0357, 1.5312, -0.4955, 0.0612, -0.5066, 1.4454),
)
"""Camera to BT.709: none at all, a mild camera's, and one with a negative response to red."""


def randomised(module: nn.Module, seed: int = 0, ends: float = 0.5) -> nn.Module:
    """The module with every weight random; those that start at zero as strong as `ends` says."""
    generator = torch.Generator().manual_seed(seed)
    for name, weight in module.named_parameters():
        inputs = weight[0].numel() if weight.dim() > 1 else 16
        size = ends if name.endswith(("last.weight", "lower", "upper")) else 1.0
        weight.data.copy_(torch.randn(weight.shape, generator=generator) * size / math.sqrt(2 * inputs))
    return module


@dataclass(frozen=True)
class Layer:
    """An invertible layer over luma, called alike whether it looks at time or not."""

    name: str
    make: Callable[[], nn.Module]
    timed: bool
    bound: float  # of the round trip, in codes of eight bits

    def forward(self, module: nn.Module, luma: Tensor, chroma: Tensor, passage: Passage) -> Tensor:
        return module(luma, chroma, self._facts(luma), *([passage] if self.timed else []))

    def inverse(self, module: nn.Module, luma: Tensor, chroma: Tensor, passage: Passage) -> Tensor:
        return module.inverse(luma, chroma, self._facts(luma), *([passage] if self.timed else []))

    def _facts(self, like: Tensor) -> Tensor:
        return FACTS.to(like)

    def __str__(self) -> str:
        return self.name


LAYERS = (
    Layer("red and blue move", lambda: SpatialCoupling(8, "red and blue"), False, 0.001),
    Layer("green moves", lambda: SpatialCoupling(8, "green"), False, 0.001),
    Layer("mixing", Mixing, False, 0.001),
    Layer("even frames lead", lambda: TemporalCoupling(6, 0), True, 0.001),
    Layer("odd frames lead", lambda: TemporalCoupling(6, 1), True, 0.001),
    Layer("network", lambda: Network(SIZES), True, 0.004),
)


def planes(seed: int, frames: int = 3, size: tuple[int, int] = (10, 12)) -> tuple[Tensor, Tensor]:
    """Uncorrelated luma (frames, 4, h, w) in -0.05..1.1 and chroma (frames, 2, h, w) in -0.5..0.5: the hardest."""
    generator = torch.Generator().manual_seed(seed)
    luma = torch.rand(frames, 4, *size, generator=generator) * 1.15 - 0.05
    return luma, torch.rand(frames, 2, *size, generator=generator) - 0.5


def random_quads(
    seed: int, frames: int = 3, size: tuple[int, int] = (10, 12), low: float = -0.02, high: float = 1.0
) -> Tensor:
    """Uncorrelated linear samples (frames, 4, h, w)."""
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(frames, 4, *size, generator=generator)


def make_look(balance: Sequence[float] = (2.0, 1.0, 1.6), exposure: float = 1.0, **fields: object) -> Look:
    r, g, b = (gain * exposure for gain in balance)
    return Look((r, g, b), **{"matrix": MATRICES[1], **fields})  # type: ignore[arg-type]


def make_isp(look: Look | None = None, seed: int | None = 0, ends: float = 0.03, sizes: Sizes = SIZES) -> FlowISP:
    """With random weights; those that training starts from if there is no seed."""
    network = Network(sizes)
    if seed is not None:
        randomised(network, seed, ends)
    return FlowISP(look or make_look(), network.requires_grad_(False), CONDITIONS)

"""A network with plans that no training made: every number of other pictures has them, sound but not good."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape
from vidisp.embed.iicnet.plan import NOWHERE, Plan
from vidisp.embed.iicnet.squeeze import SLOTS, place, quantiser

STILL = Shape(3, "png", classes=4, width=8)
MOVING = Shape(2, "png", (), (-1, 1, -3, 9), 2, 2, 8)
JPEG = Shape(1, "jpeg", (90, 75), classes=2)


def planned(shape: Shape) -> EmbeddingNetwork:
    """With the lowest frequencies of every picture in the slots."""
    torch.manual_seed(0)
    network = EmbeddingNetwork(shape)
    for quality in shape.qualities or (None,):
        for count in range(1, shape.others + 1):
            _fill(network.plan(count, quality), quality)
    return network.eval()


def pictures(seed: int, count: int, rows: int = 64, columns: int = 96) -> Tensor:
    """(count, 3, rows, columns) 0..1 in 8 bits: soft shapes, of any brightness from black to white."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 5, 6, generator=generator) * 1.6 - 0.3
    soft = torch.nn.functional.interpolate(coarse, size=(rows, columns), mode="bicubic").clamp(0, 1)
    grain = 0.01 * torch.randn(soft.shape, generator=generator)
    return (soft + grain).clamp(0, 1).mul(255).round() / 255


def rounded(still: Tensor) -> Tensor:
    """As a PNG keeps it."""
    return still.clamp(0, 1).mul(255).round() / 255


def _fill(plan: Plan, quality: int | None) -> None:
    if quality is None:
        plan.step.fill_(12.0)
        plan.levels.fill_(3)
        plan.noise.fill_(1 / 12)
        plan.reach.fill_(5.0)
    else:
        quantum = quantiser(quality)
        used = (quantum >= 3) & (quantum < 12)
        plan.levels[used] = 3
        plan.step[used] = 3 * quantum[used]
        plan.noise.copy_(quantum.square() / 12)
        plan.reach.copy_(quantum)
    plan.step[place(0, 0, 0)] = 0
    plan.mix.copy_(torch.linalg.qr(torch.randn(plan.others, plan.others))[0])
    free = (plan.step > 0).nonzero()[:, 0].tolist()
    for number, values in enumerate([plan.classes] + [plan.displacements] * plan.others):
        digits = 1
        while digits < values:
            plan.numbers[free.pop(0)] = number
            digits *= 3
    _allocate(plan, free)


def _allocate(plan: Plan, free: list[int]) -> None:
    """The means of the three planes travel in three slots, what else there is room for in one each."""
    size = plan.others * SLOTS
    at = torch.arange(SLOTS) % 64
    order = (at // 8 + at % 8).repeat(plan.others).argsort(stable=True).tolist()
    means = [value for value in order if value % 64 == 0]
    ways = [(stage, value) for value in means for stage in range(3)]
    ways += [(0, value) for value in order if value % 64]
    plan.source.fill_(NOWHERE)
    for slot, (stage, value) in zip(free, ways[: len(free)], strict=True):
        plan.source[:, slot] = stage * size + value
    plan.scale.copy_(torch.tensor([400.0 if value % 64 == 0 else 40.0 for value in range(size)]))
    plan.scale.mul_(1.5 ** torch.arange(plan.classes)[:, None])

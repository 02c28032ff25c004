"""Fit the plans of an embedding network to training material: the analytic start, without any training.

For every number of other pictures: which of them travel as differences in each class of blocks, an orthonormal mix of
the pictures, the classes (Lloyd's algorithm), and for each the values that travel, by falling worth, in the slots of a
block.
"""

from __future__ import annotations

import heapq

import torch
from samples import COUNTS, Family, Sampler, batch
from torch import Tensor

from vidisp.codec.simulate.h26x import BLOCK
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.embed.iicnet.plan import NOWHERE, Plan, compressible
from vidisp.embed.iicnet.squeeze import PEAK, SLOTS, place, quantiser

_CENTRE = 128.0
_ROUNDING = 1 / 12  # variance of rounded codes
_MARGIN = 0.8  # codes; rounding minds such limits (`vidisp.embed.iicnet.rounding`)
_APART = 1.55  # codes between levels at the least; closer ones are missed though rounding minds them
_UNTOUCHED = place(0, 0, 0)
"""The slot that stays: the mean of luma, where the eye sees steps."""
_FINE = 3  # codes: where a JPEG's steps are below, codes rounded as Y'CbCr and as R'G'B' miss a step now and then
_ROUNDS = 6
_BLOCKS = 60000  # to fit to, times others
_KEPT = 150  # of a sample
_FAINTEST = 0.02  # codes: the smallest scale


def fit(
    network: EmbeddingNetwork, family: Family, sampler: Sampler, steps: list[float], draws: int, shares: bool = True
) -> None:
    """Fill the plans of a network.

    Args:
        steps: of the still, in codes, for every number of others that there may be; for each quality in turn.
        draws: samples that each plan is fitted to.
        shares: False if every coefficient of every picture shall travel as a difference, for the ablation.
    """
    qualities = network.shape.qualities or (None,)
    counts = COUNTS[family]
    for number, count in enumerate(counts):
        blocks = collect(network, family, sampler, network.plan(count), draws)
        for tier, quality in enumerate(qualities):
            plan = network.plan(count, quality)
            set_slots(plan, steps[tier * len(counts) + number], quality)
            if shares:
                plan.foretold.copy_(foretold(family, plan.classes, count)[..., None].expand_as(plan.foretold))
            plan.mix.copy_(_mix(blocks[0] - plan.foretold[0] * blocks[1]))
            fit_classes(plan, *blocks, network.squeeze.weights, shares)


def foretold(family: Family, classes: int, count: int) -> Tensor:
    """(classes, count) which of the other pictures travel as differences. What has nothing to do with the reference
    does not; where there is a cut, or one layer covers the other, a part of the classes is for that."""
    flags = torch.ones(classes, count, dtype=torch.bool)
    if family == "hide":
        flags[:] = False
    elif family == "layers":
        flags[:, -1] = False
        flags[classes // 2 :, 1:] = False
    else:
        flags[classes - classes // 4 :] = False
    return flags


@torch.no_grad()
def collect(
    network: EmbeddingNetwork, family: Family, sampler: Sampler, plan: Plan, draws: int
) -> tuple[Tensor, Tensor]:
    """(N, K, 192) twice: random blocks of samples, and what their references foretell."""
    found: list[tuple[Tensor, Tensor]] = []
    for _ in range(draws):
        reference, others = batch([sampler.draw(family, plan.others)])
        *blocks, _ = network.blocks(reference * PEAK - _CENTRE, others * PEAK - _CENTRE, plan)
        chosen = torch.randperm(len(blocks[0]))[: min(_KEPT, _BLOCKS // plan.others // draws)]
        found.append((blocks[0][chosen], blocks[1][chosen]))
    actual, said = zip(*found, strict=True)
    return torch.cat(actual), torch.cat(said)


def set_slots(plan: Plan, step: float, quality: int | None) -> None:
    """The steps, levels and noise of slots, and which of them hold numbers; for rounded codes, or a JPEG's quality."""
    if quality is None:
        _rounded(plan, step)
    else:
        _quantised(plan, step, quality)
    plan.step[_UNTOUCHED] = 0
    plan.levels[_UNTOUCHED] = 1
    free = iter(_by_frequency(plan))
    plan.numbers.fill_(NOWHERE)
    for number, values in enumerate([plan.classes] + [plan.displacements] * plan.others):
        digits = 1
        while digits < values:
            slot = next(free)
            plan.numbers[slot] = number
            digits *= int(plan.levels[slot])


def _rounded(plan: Plan, step: float) -> None:
    """A file that keeps rounded codes: every coefficient has the same noise."""
    plan.step.fill_(step)
    plan.levels.fill_(max(3, (int(step / _APART) - 1) // 2 * 2 + 1))
    plan.noise.fill_(_ROUNDING)
    plan.reach.fill_(step / 2 - _MARGIN)


def _quantised(plan: Plan, step: float, quality: int) -> None:
    """A JPEG: levels are its own, and as many as go into the step."""
    quantum = quantiser(quality)
    apart = torch.where(quantum < _FINE, 3 * quantum, quantum)
    levels = ((step / apart - 1) / 2).round() * 2 + 1
    levels[[place(plane, 0, 0) for plane in range(3)]] = 1  # a decoder's rounding to codes of Y'CbCr has a bias
    used = levels >= 3
    plan.levels.copy_(torch.where(used, levels, 1))
    plan.step.copy_(torch.where(used, levels * apart, 0))
    plan.noise.copy_(quantum.square() / 12)
    plan.reach.copy_(((plan.step / 2 - 1) / quantum).floor().clamp(min=1) * quantum)


def _by_frequency(plan: Plan) -> list[int]:
    """Slots that are used, the most levels first, then the lowest frequencies."""
    at = torch.arange(SLOTS) % BLOCK**2
    order = (at // BLOCK + at % BLOCK).tolist()
    used = (plan.step > 0).nonzero()[:, 0].tolist()
    return sorted(used, key=lambda slot: (-int(plan.levels[slot]), order[slot], slot))


def _mix(values: Tensor) -> Tensor:
    """The Karhunen-Loeve transform over pictures, the largest part first."""
    covariance = torch.einsum("njc,nkc->jk", values, values)
    return torch.linalg.eigh(covariance)[1].flip(1).T.contiguous()


def fit_classes(plan: Plan, others: Tensor, foretold: Tensor, weights: Tensor, shares: bool) -> None:
    """Classes by Lloyd's algorithm, from blocks of rising energy; blocks as `collect` returns them."""
    weighted = weights.repeat(plan.others)
    kinds = _first_kinds(plan, others, foretold, weighted)
    related = plan.foretold > 0
    for _ in range(_ROUNDS if plan.classes > 1 else 1):
        for kind in range(plan.classes):
            mine = kinds == kind
            if bool(mine.any()):
                if shares:
                    plan.foretold[kind] = related[kind] * _share_foretold(plan, others[mine], foretold[mine])
                values = plan.values(kind, others[mine], foretold[mine])
                allocate(plan, kind, values.square().mean(0), weighted)
        kinds = plan.choose(others, foretold, weights)


def _first_kinds(plan: Plan, others: Tensor, foretold: Tensor, weights: Tensor) -> Tensor:
    """(N,) the way to travel that leaves least, and of the classes alike, one by the energy left."""
    values = (plan.values(kind, others, foretold) for kind in range(plan.classes))
    energy = torch.stack([(each.square() * weights).sum(1) for each in values], 1)
    kinds = energy.argmin(1)
    for first in kinds.unique().tolist():
        alike = [kind for kind in range(plan.classes) if torch.equal(plan.foretold[kind], plan.foretold[first])]
        mine = (kinds == first).nonzero()[:, 0]
        order = mine[energy[mine, first].argsort()]
        kinds[order] = torch.tensor(alike)[torch.arange(len(order)) * len(alike) // len(order)]
    return kinds


def _share_foretold(plan: Plan, others: Tensor, foretold: Tensor) -> Tensor:
    """(K, 192) Wiener's: how much of a reference that comes back with the still's error foretells the others best."""
    power = foretold.square().mean(0) + plan.still_error()
    return ((others * foretold).mean(0) / power).clamp(0, 1)


def allocate(plan: Plan, kind: int, power: Tensor, weights: Tensor) -> None:
    """Give the slots of a class, one after the other, to the value for which one more is worth most.

    Args:
        power: (K * 192,) mean squares of the values.
        weights: (K * 192,) of their errors.
    """
    plan.scale[kind] = power.sqrt().clamp(min=_FAINTEST)
    plan.source[kind] = NOWHERE
    free = [slot for slot in _by_frequency(plan) if plan.numbers[slot] == NOWHERE]
    size, typical = len(power), free[len(free) // 2]
    last = float(plan.noise[typical] / plan.reach[typical] ** 2)
    finer = float(plan.levels[typical]) ** -2
    losses = [1.0] + [_share(last * finer**stage) for stage in range(4)]
    worth = (power * weights).tolist()
    heap = [(-value * (losses[0] - losses[1]), 0, number) for number, value in enumerate(worth)]
    heapq.heapify(heap)
    chosen: list[tuple[int, int]] = []
    while heap and len(chosen) < len(free):
        _, stage, number = heapq.heappop(heap)
        chosen.append((stage, number))
        if stage < 3:
            gain = worth[number] * (losses[stage + 1] - losses[stage + 2])
            heapq.heappush(heap, (-gain, stage + 1, number))
    # digits first: their slots have the most levels
    several = {number for stage, number in chosen if stage > 0}
    chosen.sort(key=lambda way: way[1] not in several)
    for slot, (stage, number) in zip(free[: len(chosen)], chosen, strict=True):
        plan.source[kind, slot] = stage * size + number


def _share(variance: float) -> float:
    """Of a value's square, what noise of that variance on its compressed form costs."""
    noise = torch.tensor(variance)
    return min(0.9, float(2 * torch.asinh(compressible(noise)).square() * noise))

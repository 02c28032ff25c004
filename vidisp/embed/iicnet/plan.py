"""Who travels where: which coefficients of the other pictures go into which slots of a block, and how large.

All numbers here are fitted to training material (`pipelines/train_embed/fit.py`), none is computed from a picture but
the class of each block, which travels in the still.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vidisp.embed.iicnet.squeeze import SLOTS

NOWHERE = -1


class Plan(nn.Module):
    """The plan for one number of other pictures.

    A value x with scale c is compressed, u = asinh(x / c) / asinh(r), so that the error of large values is in
    proportion to them; the more precisely u travels, the larger the range r, beyond which values are cut off. A slot of
    m levels carries u as it is, over most of its step; or, if u travels in several slots, the nearest of m levels, and
    the next slot what is left, m times larger.

    Args:
        others: other pictures, K.
        classes: of blocks, each with its own way to use the slots.
        displacements: that a block of each other picture may choose from; 1 if none are sent.
    """

    mix: Tensor
    step: Tensor
    levels: Tensor
    noise: Tensor
    reach: Tensor
    numbers: Tensor
    source: Tensor
    scale: Tensor
    foretold: Tensor

    def __init__(self, others: int, classes: int, displacements: int) -> None:
        super().__init__()
        self.others, self.classes, self.displacements = others, classes, displacements
        values = others * SLOTS
        self.register_buffer("mix", torch.eye(others))
        """(K, K) orthonormal, over the other pictures."""
        self.register_buffer("step", torch.zeros(SLOTS))
        """(192,) in codes, 0 where the still keeps the reference's own coefficient."""
        self.register_buffer("levels", torch.ones(SLOTS, dtype=torch.int16))
        """(192,) odd: levels that a slot tells apart for certain."""
        self.register_buffer("noise", torch.ones(SLOTS))
        """(192,) variance of what the carrier adds."""
        self.register_buffer("reach", torch.ones(SLOTS))
        """(192,) the largest value of a slot; what is left of half a step keeps noise from the next step."""
        self.register_buffer("numbers", torch.full((SLOTS,), NOWHERE, dtype=torch.int16))
        """(192,) the number that a slot holds a digit of: 0 the class, k the displacement in picture k; else -1."""
        self.register_buffer("source", torch.full((classes, SLOTS), NOWHERE, dtype=torch.int16))
        """(classes, 192) the value that a slot carries, plus K * 192 times how many slots carry it before; else -1."""
        self.register_buffer("scale", torch.ones(classes, values))
        """(classes, K * 192) of the values."""
        self.register_buffer("foretold", torch.ones(classes, others, SLOTS))
        """(classes, K, 192) how much of the reference's coefficients is foretold of each picture's: the less they have
        to do with each other, the less, for the still's error comes with it."""

    def write(self, others: Tensor, foretold: Tensor, displacements: Tensor, weights: Tensor) -> Tensor:
        """What the slots hold.

        Args:
            others, foretold: (N, K, 192) of N blocks: the other pictures, and what the reference says of them.
            displacements: (N, K) numbers.
            weights: (192,) of squared errors, by which the class is chosen.

        Returns:
            (N, 192) within each slot's step.
        """
        classes = self.choose(others, foretold, weights)
        fine = others.new_zeros(len(others), SLOTS)
        for number, column in enumerate((classes, *displacements.unbind(1))):
            self._write_number(fine, number, column)
        for kind in range(self.classes):
            rows = (classes == kind).nonzero()[:, 0]
            if len(rows):
                fine = fine.index_add(0, rows, self._pack(kind, self.values(kind, others[rows], foretold[rows])))
        return fine

    def read(self, fine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of N blocks, from what is within each slot's step: (N, K, 192) what the other pictures differ by from what is
        foretold of them; (N, K) the displacements, as in `write`; (N, K, 192) how much is."""
        classes = self._class_of(fine)
        displacements = [self._read_number(fine, 1 + k).clamp(max=self.displacements - 1) for k in range(self.others)]
        values = fine.new_zeros(len(fine), self.others * SLOTS)
        for kind in range(self.classes):
            rows = (classes == kind).nonzero()[:, 0]
            if len(rows):
                values = values.index_copy(0, rows, self._unpack(kind, fine[rows]))
        changes = torch.einsum("ij,nic->njc", self.mix, values.view(-1, self.others, SLOTS))
        return changes, torch.stack(displacements, 1), self.foretold[classes]

    def sensible(self, fine: Tensor) -> Tensor:
        """(N,) whether the numbers of each block are such as `write` leaves there."""
        limits = [self.classes] + [self.displacements] * self.others
        return torch.stack([self._read_number(fine, n) < limit for n, limit in enumerate(limits)]).all(0)

    def room(self, fine: Tensor) -> tuple[Tensor, Tensor]:
        """How far down and up (N, 192) each slot's value may go astray until it says something else: to the next level
        of a digit, to the end of the step of what is not one. Endless where nothing travels."""
        digits = self._digits()[self._class_of(fine)]
        half, rim = self.step / self.levels.float() / 2, self.step / 2
        endless = torch.where(self.step > 0, torch.zeros_like(half), torch.inf)
        lowest, highest = (torch.where(digits, sign * half, sign * rim - fine) for sign in (-1, 1))
        return lowest - endless, highest + endless

    def values(self, kind: int, others: Tensor, foretold: Tensor) -> Tensor:
        """What would travel in a class, (N, K * 192), mixed over pictures; the arguments as in `write`."""
        return torch.einsum("ij,njc->nic", self.mix, others - self.foretold[kind] * foretold).flatten(1)

    @torch.no_grad()
    def choose(self, others: Tensor, foretold: Tensor, weights: Tensor) -> Tensor:
        """(N,) the class in which each block loses least: values that do not travel, what is cut off, noise, and
        the still's error; the arguments as in `write`."""
        kinds = range(self.classes)
        costs = [self.cost(kind, self.values(kind, others, foretold), weights) for kind in kinds]
        return torch.stack(costs, 1).argmin(1)

    def cost(self, kind: int, values: Tensor, weights: Tensor) -> Tensor:
        """(N,) the squared error that is to be expected if these values (N, K * 192) travel as a class does."""
        variance, scale, weights = self.variance()[kind], self.scale[kind], weights.repeat(self.others)
        sent, largest = variance > 0, compressible(variance)
        noise = torch.where(sent, torch.asinh(largest).square() * variance, 1)
        limit = torch.where(sent, scale * largest, torch.inf)
        always = (torch.where(sent, noise * scale.square(), 0) * weights).sum()
        of_still = (self.foretold[kind].square() * self.still_error()).flatten() @ weights
        return (
            values.square() @ (noise * weights) + (values.abs() - limit).relu().square() @ weights + always + of_still
        )

    def still_error(self) -> Tensor:
        """(192,) mean squares: of the exchange, or of the carrier where a slot keeps the reference's own value."""
        return torch.maximum(self.step.square() / 12, self.noise)

    def variance(self) -> Tensor:
        """(classes, K * 192) of the noise on compressed values, 0 for those that do not travel."""
        found = torch.zeros_like(self.scale)
        for stage in reversed(range(self._stages())):
            kind, slot, value = self._carriers(stage)
            last = self.noise[slot] / self.reach[slot].square()
            finer = found[kind, value] / self.levels[slot].float().square()
            found[kind, value] = torch.where(self._final(stage)[kind, slot], last, finer)
        return found

    def _stages(self) -> int:
        return int(self.source.max()) // (self.others * SLOTS) + 1 if bool((self.source >= 0).any()) else 0

    def _carriers(self, stage: int) -> tuple[Tensor, Tensor, Tensor]:
        """Classes, slots and values of what travels in that stage."""
        source, size = self.source.long(), self.others * SLOTS
        kind, slot = ((source >= stage * size) & (source < (stage + 1) * size)).nonzero(as_tuple=True)
        return kind, slot, source[kind, slot] - stage * size

    def _final(self, stage: int) -> Tensor:
        """(classes, 192) whether a slot of that stage is the last of its value."""
        kind, _, value = self._carriers(stage + 1)
        goes_on = torch.zeros_like(self.scale, dtype=torch.bool)
        goes_on[kind, value] = True
        at = (self.source.long() - stage * self.others * SLOTS).clamp(0, self.others * SLOTS - 1)
        return ~goes_on.gather(1, at)

    def _digits(self) -> Tensor:
        """(classes, 192) which slots hold digits: of numbers, and of values that other slots go on with."""
        found = (self.numbers >= 0).expand(self.classes, SLOTS).clone()
        for stage in range(self._stages()):
            kind, slot, _ = self._carriers(stage)
            found[kind, slot] = ~self._final(stage)[kind, slot]
        return found

    def _class_of(self, fine: Tensor) -> Tensor:
        return self._read_number(fine, 0).clamp(max=self.classes - 1)

    def _pack(self, kind: int, values: Tensor) -> Tensor:
        largest = torch.asinh(compressible(self.variance()[kind]))
        compressed = (torch.asinh(values / self.scale[kind]) / largest).clamp(-1, 1)
        fine = values.new_zeros(len(values), SLOTS)
        for stage in range(self._stages()):
            slots, sources, final = self._of_class(kind, stage)
            u = compressed[:, sources]
            width = 2 / self.levels[slots].float()
            level = torch.round(u / width)
            most = (self.levels[slots].float() - 1) / 2
            level = torch.minimum(torch.maximum(level, -most), most)
            digit = level * self.step[slots] * width / 2
            fine = fine.index_copy(1, slots, torch.where(final, u * self.reach[slots], digit))
            compressed = compressed.index_copy(1, sources, (u - level * width) / (width / 2))
        return fine

    def _unpack(self, kind: int, fine: Tensor) -> Tensor:
        compressed = fine.new_zeros(len(fine), self.others * SLOTS)
        for stage in reversed(range(self._stages())):
            slots, sources, final = self._of_class(kind, stage)
            width = 2 / self.levels[slots].float()
            digit = self._level(fine, slots) * width + compressed[:, sources] * width / 2
            found = torch.where(final, (fine[:, slots] / self.reach[slots]).clamp(-1, 1), digit)
            compressed = compressed.index_copy(1, sources, found)
        return torch.sinh(compressed * torch.asinh(compressible(self.variance()[kind]))) * self.scale[kind]

    def _of_class(self, kind: int, stage: int) -> tuple[Tensor, Tensor, Tensor]:
        kinds, slots, sources = self._carriers(stage)
        mine = kinds == kind
        return slots[mine], sources[mine], self._final(stage)[kind, slots[mine]]

    def _write_number(self, fine: Tensor, number: int, column: Tensor) -> None:
        """Digits in mixed radix, the lowest first; 0, which is common, leaves no trace that the eye might follow."""
        for slot in (self.numbers == number).nonzero()[:, 0].tolist():
            levels = int(self.levels[slot])
            level = (column % levels + levels // 2) % levels - levels // 2
            fine[:, slot] = level * self.step[slot] / levels
            column = column // levels

    def _read_number(self, fine: Tensor, number: int) -> Tensor:
        slots = (self.numbers == number).nonzero()[:, 0]
        total, unit = torch.zeros(len(fine), dtype=torch.int64, device=fine.device), 1
        digits = self._level(fine, slots).long() % self.levels[slots].long()
        for digit, levels in zip(digits.unbind(1), self.levels[slots].tolist(), strict=True):
            total = total + digit * unit
            unit *= levels
        return total

    def _level(self, fine: Tensor, slots: Tensor) -> Tensor:
        """The nearest level of slots, from -(m - 1) / 2 to (m - 1) / 2."""
        levels = self.levels[slots].float()
        most = (levels - 1) / 2
        return torch.minimum(torch.maximum(torch.round(fine[:, slots] * levels / self.step[slots]), -most), most)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *others: Any) -> None:
        """The first networks that were released foretell every picture, and do not say so."""
        state_dict.setdefault(f"{prefix}foretold", torch.ones_like(self.foretold))
        super()._load_from_state_dict(state_dict, prefix, *others)


def compressible(variance: Tensor) -> Tensor:
    """How many scales a value may reach if its compressed form travels with noise of that variance: about the best
    for values of a Laplace distribution."""
    return 1.4 * variance.clamp(min=1e-9).pow(-0.2)

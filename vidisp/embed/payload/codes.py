"""Syndrome-trellis codes: how sequences of numbers stand for messages, and which of them is nearest to a cover.

A number x has the label x mod 4, two bits: 2*l1 + l0. A register of v bits goes along the sequence; each number adds
its column (h0 if l0, and h1 if l1, modulo 2), and then as many of the lowest bits of the register are the message's
next bits, and are shifted out, as the step's `emits` says: none, one or two. Reading a message is one pass over labels.
Writing it is to find, among all sequences that read so, the one nearest to the cover: Viterbi's algorithm over the 2^v
states of the register.

Source: T. Filler, J. Judas, J. Fridrich, "Minimizing Additive Distortion in Steganography Using Syndrome-Trellis
Codes", IEEE TIFS 6(3), 2011, with labels modulo 4 as trellis-coded quantisation has them (M. Marcellin, T. Fischer,
IEEE Trans. Communications 38(1), 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

LABELS = 4
_FAR = np.float32(1e30)


@dataclass(frozen=True)
class Step:
    """What one number does: `emits` bits 0..2, columns `h0` and `h1` of v + emits bits."""

    emits: int
    h0: int
    h1: int

    def column(self, label: int) -> int:
        """What a label adds to the register."""
        return (self.h0 if label & 1 else 0) ^ (self.h1 if label & 2 else 0)


@dataclass(frozen=True)
class Code:
    """`steps` are repeated along the sequence; the register has `memory` bits between them.

    Raises:
        ValueError: the lowest or highest bits of a step's columns do not tell apart what they must.
    """

    memory: int
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        self._leaders  # noqa: B018
        self._branches  # noqa: B018

    @property
    def period(self) -> int:
        """Numbers after which the steps begin again."""
        return len(self.steps)

    @property
    def bits(self) -> int:
        """Message bits in a period."""
        return sum(step.emits for step in self.steps)

    def read(self, labels: np.ndarray) -> np.ndarray:
        """The messages of sequences.

        Args:
            labels: (length, sequences) integers; only the last two bits count. The length is whole periods.

        Returns:
            (length / period * bits, sequences) uint8, bits.
        """
        register = np.zeros(labels.shape[1], np.int64)
        bits = []
        for place, label in enumerate(labels):
            step = self.steps[place % self.period]
            register ^= self._columns[place % self.period][label & 3]
            bits += [(register >> i & 1).astype(np.uint8) for i in range(step.emits)]
            register >>= step.emits
        return np.stack(bits)

    def nearest(self, costs: np.ndarray, message: np.ndarray) -> np.ndarray:
        """The cheapest sequences that read as a message.

        Args:
            costs: (length, 4, sequences) float32, what each label costs; finite.
            message: as `read` returns it.

        Returns:
            (length, sequences) labels, uint8.
        """
        leaders = self._lead(message, len(costs))
        swapped = np.arange(LABELS, dtype=np.uint8)[None, :, None] ^ leaders[:, None, :]
        labels: np.ndarray = leaders ^ self._search(np.take_along_axis(costs, swapped, axis=1))
        return labels

    def _lead(self, message: np.ndarray, length: int) -> np.ndarray:
        """Labels that read as the message, whatever they cost: others differ from them by what reads as zeros."""
        register = np.zeros(message.shape[1], np.int64)
        labels = np.zeros((length, message.shape[1]), np.uint8)
        row = 0
        for place in range(length):
            step = self.steps[place % self.period]
            wanted = sum(message[row + i].astype(np.int64) << i for i in range(step.emits))
            row += step.emits
            if step.emits:
                labels[place] = self._leaders[place % self.period][(register & (1 << step.emits) - 1) ^ wanted]
                register = (register ^ self._columns[place % self.period][labels[place]]) >> step.emits
        return labels

    def _search(self, costs: np.ndarray) -> np.ndarray:
        """Viterbi's algorithm: labels of the cheapest sequences that read as zeros."""
        shape = (1 << self.memory, costs.shape[2])
        total, best, other, cost = (np.full(shape, _FAR, np.float32) for _ in range(4))
        total[0] = 0
        chosen, cheaper = np.zeros((len(costs), *shape), np.uint8), np.empty(shape, np.uint8)
        for place in range(len(costs)):
            for number, branch in enumerate(self._branches[place % self.period]):
                # "clip" lets NumPy write into `out` without a copy, which is five times faster; nothing is ever clipped
                np.take(total, branch.before, axis=0, out=other, mode="clip")
                other += np.take(costs[place], branch.labels, axis=0, out=cost, mode="clip")
                if number == 0:
                    best, other = other, best
                    continue
                np.less(other, best, out=cheaper.view(bool))
                np.maximum(chosen[place], np.multiply(cheaper, np.uint8(number), out=cheaper), out=chosen[place])
                np.minimum(best, other, out=best)
            total, best = best, total
        return self._trace_back(chosen, total.argmin(0))

    def _trace_back(self, chosen: np.ndarray, state: np.ndarray) -> np.ndarray:
        every = np.arange(len(state))
        labels = np.empty((len(chosen), len(state)), np.uint8)
        for place in range(len(chosen) - 1, -1, -1):
            branches = self._branches[place % self.period]
            number = chosen[place, state, every]
            labels[place] = np.stack([branch.labels for branch in branches])[number, state]
            state = np.stack([branch.before for branch in branches])[number, state]
        return labels

    @cached_property
    def _columns(self) -> tuple[np.ndarray, ...]:
        return tuple(np.array([step.column(label) for label in range(LABELS)]) for step in self.steps)

    @cached_property
    def _leaders(self) -> tuple[np.ndarray, ...]:
        """For each step, the label below 2^emits that adds given lowest bits."""
        return tuple(
            _inverse([step.column(n) & (1 << step.emits) - 1 for n in range(1 << step.emits)]) for step in self.steps
        )

    @cached_property
    def _branches(self) -> tuple[tuple[Branch, ...], ...]:
        return tuple(tuple(self._into(step)) for step in self.steps)

    def _into(self, step: Step) -> list[Branch]:
        """The ways into each state when zeros are emitted: 4, 2 or 1 of them, as many for every state."""
        states = 1 << self.memory
        ways = [
            [
                (label, before)
                for label in range(LABELS)
                if (before := (state << step.emits) ^ step.column(label)) < states
            ]
            for state in range(states)
        ]
        if any(len(way) != LABELS >> step.emits for way in ways):
            raise ValueError(f"the highest bits of {step} do not tell its labels apart")
        return [Branch(*(np.array(part) for part in zip(*nth, strict=True))) for nth in zip(*ways, strict=True)]


@dataclass(frozen=True)
class Branch:
    """One way into each state: the label that is taken, and the state before; (2^v,) each."""

    labels: np.ndarray
    before: np.ndarray


def _inverse(values: Sequence[int]) -> np.ndarray:
    if sorted(values) != list(range(len(values))):
        raise ValueError("the lowest bits of a step's columns do not tell its labels apart")
    return np.argsort(values).astype(np.uint8)

"""Stills that were made, written, read and unpacked: what the relation module learns from, renewed as it learns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from carrying import carried
from samples import COUNTS, Family, Sampler, batch
from torch import Tensor

from vidisp.embed.iicnet.network import EmbeddingNetwork

_CENTRE = 128.0
_SLIGHTLY = 3  # a JPEG's quality is at most so far above what the plans are made for


class Item(NamedTuple):
    """Codes less 128: the still as read (3, H, W), the pictures it holds and those it should hold (1 + K, 3, H, W)."""

    still: Tensor
    found: Tensor
    wanted: Tensor


class Pool:
    """Items of one network, of every number of other pictures in turn.

    Args:
        size: items; numbers of others take turns.
        coded: stills go through the real file; else they are only rounded, for the ablation.
    """

    def __init__(
        self, network: EmbeddingNetwork, family: Family, sampler: Sampler, size: int, coded: bool = True
    ) -> None:
        self._network, self._family, self._sampler, self._coded = network, family, sampler, coded
        self._rng = np.random.default_rng(3)
        qualities = network.shape.qualities or (None,)
        self._kinds = [(count, quality) for quality in qualities for count in COUNTS[family]]
        self._by_kind: dict[tuple[int, int | None], list[Item]] = {kind: [] for kind in self._kinds}
        for number in range(size):
            self._add(self._kinds[number % len(self._kinds)])

    @property
    def items(self) -> list[Item]:
        return [item for items in self._by_kind.values() for item in items]

    def draw(self, size: int) -> list[Item]:
        """A batch of one kind; fewer of many pictures."""
        kind = self._kinds[self._rng.integers(len(self._kinds))]
        items = self._by_kind[kind]
        size = max(1, min(size, 4 * size // (1 + kind[0])))
        return [items[i] for i in self._rng.integers(len(items), size=size)]

    def renew(self) -> None:
        """Replace the oldest item of some kind by a new one."""
        kind = self._kinds[self._rng.integers(len(self._kinds))]
        self._by_kind[kind].pop(0)
        self._add(kind)

    @torch.no_grad()
    def _add(self, kind: tuple[int, int | None]) -> None:
        count, quality = kind
        reference, others = batch([self._sampler.draw(self._family, count)])
        still = self._network.rounded(self._network.embed(reference, others, quality), count, quality)[0]
        chosen = None if quality is None else quality + int(self._rng.choice([0, 0, 0, _SLIGHTLY]))
        read = carried(still, chosen if self._coded else None)[None] * 255 - _CENTRE
        found = self._network.found(read, self._network.plan(count, quality))
        wanted = torch.cat([reference[:, None], others], 1) * 255 - _CENTRE
        self._by_kind[kind].append(Item(read[0], found[0].half(), wanted[0].half()))

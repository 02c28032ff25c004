"""Rounding a still to whole codes so that its slots still say what they should when its file is read."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.codec.simulate.h26x import BLOCK, block_dct, block_idct
from vidisp.embed.iicnet.squeeze import PEAK, SLOTS, Squeeze, place

_ROUNDS = 8
_SAFE = 0.15
"""Codes from where a slot begins to say something else."""
_WAVES = [place(plane, *at) for plane in range(3) for at in ((7, 7), (7, 4), (4, 7), (5, 5), (3, 6), (6, 2))]
"""Slots in which a flat block gets another step, ever more of them, so that there are more ways to round it."""
_RUNS = 24
_COLOURS = ((0.3, 0.3, 0.3), (-0.3, 0.1, -0.2), (0.2, -0.3, 0.1), (-0.4, -0.2, 0.4))
"""Codes of R'G'B': the mean of a block changes by multiples of these until a JPEG's roundings spare its slots."""
_MULTIPLES = 10
_DECIDED, _DOUBT = 0.4, 0.4
"""Steps from a multiple within which all encoders agree; codes by which decoders may differ."""
_CENTRE = 128.0


def rounded_for_png(squeeze: Squeeze, blocks: Tensor, lowest: Tensor, highest: Tensor, step: Tensor) -> Tensor:
    """Whole codes near the blocks of a PNG's still whose coefficients stay within limits, nearly always.

    How rounding disturbs a coefficient is known before the file is written. Where it is too much, the still is moved
    against it and rounded again: projections on the convex set of all stills that say the same. Of each block the first
    attempt with the fewest coefficients beyond their limits stays.

    Args:
        blocks: (N, 3, 8, 8) codes less 128, not rounded.
        lowest, highest: (N, 192) limits of the change of coefficients.
        step: (192,) by which a coefficient may change and say the same.
    """
    search = _Search(blocks, lowest, highest)
    waves = squeeze.inverse(torch.diag(step)[_WAVES, :, None, None])
    dice = torch.Generator().manual_seed(0)
    for run in range(_RUNS):
        chosen = torch.randperm(len(_WAVES), generator=dice)[: -(-run // 3)]
        signs = torch.randint(0, 2, (len(chosen), 1, 1, 1), generator=dice) * 2 - 1
        aim = start = search.blocks + (waves[chosen] * signs.to(waves)).sum(0)
        for _ in range(_ROUNDS):
            codes = _codes(aim)
            over, under, left = search.judge(codes, squeeze(codes - start)[..., 0, 0])
            excess = ((over + _SAFE).relu() - (under + _SAFE).relu())[left]
            aim, start = aim[left] - squeeze.inverse(excess[..., None, None]), start[left]
            if not len(aim):
                return search.best
    return search.best


def rounded_for_jpeg(squeeze: Squeeze, blocks: Tensor, lowest: Tensor, highest: Tensor, quantum: Tensor) -> Tensor:
    """The same for a JPEG in 4:4:4 with quantisers (192,): the mean of a block, which holds nothing, is changed until
    all that is rounded on the way through the file leaves its coefficients where they belong."""
    search = _Search(blocks, lowest, highest)
    for attempt in range(_MULTIPLES * len(_COLOURS)):
        colour = blocks.new_tensor(_COLOURS[attempt % len(_COLOURS)])[:, None, None]
        codes = _codes(search.blocks + -(-attempt // len(_COLOURS)) * colour)
        seen, doubt = _decoded(squeeze, codes, quantum)
        search.judge(codes, squeeze(seen - search.blocks)[..., 0, 0], doubt)
        if not len(search.blocks):
            break
    return search.best


class _Search:
    """Of every block the best attempt so far, and the blocks for which none was good."""

    def __init__(self, blocks: Tensor, lowest: Tensor, highest: Tensor) -> None:
        self.best = blocks.clone()
        self.blocks, self._lowest, self._highest = blocks, lowest, highest
        self._left = torch.arange(len(blocks), device=blocks.device)
        self._fewest = torch.full_like(lowest[:, 0], torch.inf)

    def judge(self, codes: Tensor, change: Tensor, doubt: Tensor | float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
        """Keep the codes of blocks for which they are the best, and drop blocks for which they are good.

        Returns:
            By how much (n, 192) coefficients of the blocks that were left are over and under their limits, and which
            (n,) of the blocks are left now.
        """
        over, under = change - self._highest + doubt, self._lowest - change + doubt
        beyond = ((over > 0) | (under > 0)).sum(1).to(over)
        better = beyond < self._fewest
        self.best[self._left[better]] = codes[better]
        self._fewest = torch.minimum(self._fewest, beyond)
        keep = beyond > 0
        held = (self.blocks, self._lowest, self._highest, self._left, self._fewest)
        self.blocks, self._lowest, self._highest, self._left, self._fewest = (each[keep] for each in held)
        return over, under, keep


def _decoded(squeeze: Squeeze, codes: Tensor, quantum: Tensor) -> tuple[Tensor, Tensor]:
    """What comes of blocks (N, 3, 8, 8) in a JPEG in 4:4:4: whole Y'CbCr, coefficients of `quantum`, and back; and by
    how much each coefficient (N, 192) may differ with another library's arithmetic."""
    planes = torch.einsum("ij,njhw->nihw", squeeze.basis, codes).round()
    steps = quantum.view(3, 1, 1, BLOCK, BLOCK)
    places = block_dct(planes) / steps
    undecided = ((places - places.round()).abs() > _DECIDED) * steps
    planes = _codes(block_idct(places.round() * steps))
    seen = _codes(torch.einsum("ij,njhw->nihw", squeeze.inverse_basis, planes))
    return seen, undecided.reshape(-1, SLOTS) + _DOUBT


def _codes(planes: Tensor) -> Tensor:
    return planes.round().clamp(-_CENTRE, PEAK - _CENTRE)

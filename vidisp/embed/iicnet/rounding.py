"""Rounding a still to whole codes so that its slots still say what they should."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.embed.iicnet.squeeze import PEAK, Squeeze

_ROUNDS = 48
_SAFE = (0.15, 0.1, 0.2, 0.05)
"""Codes from where a slot begins to say something else, in turn: a block that one cannot help, another may."""
_CENTRE = 128.0


def rounded(squeeze: Squeeze, blocks: Tensor, lowest: Tensor, highest: Tensor) -> Tensor:
    """Whole codes near the blocks of a still whose coefficients stay within limits, nearly always.

    How rounding disturbs a coefficient is known before the file is written. Where it is too much, the still is moved
    against it and rounded again: projections on the convex set of all stills that say the same. Of each block the
    first attempt with the fewest coefficients beyond their limits stays.

    Args:
        blocks: (N, 3, 8, 8) codes less 128, not rounded.
        lowest, highest: (N, 192) limits of the change of coefficients.
    """
    best, fewest = blocks.clone(), torch.full_like(lowest[:, 0], torch.inf)
    left, aim = torch.arange(len(blocks), device=blocks.device), blocks
    for attempt in range(_ROUNDS):
        codes = aim.round().clamp(-_CENTRE, PEAK - _CENTRE)
        change = squeeze(codes - blocks[left])[..., 0, 0]
        over, under = change - highest[left], lowest[left] - change
        beyond = ((over > 0) | (under > 0)).sum(1).to(fewest)
        better = beyond < fewest[left]
        best[left[better]], fewest[left[better]] = codes[better], beyond[better]
        safe = _SAFE[attempt % len(_SAFE)]
        aim = aim - squeeze.inverse(((over + safe).relu() - (under + safe).relu())[..., None, None])
        left, aim = left[beyond > 0], aim[beyond > 0]
        if not len(left):
            break
    return best

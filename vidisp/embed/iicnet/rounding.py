"""Rounding a still to whole codes so that its slots still say what they should when its file is read."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.codec.simulate.h26x import BLOCK, block_dct, block_idct
from vidisp.embed.iicnet.squeeze import PEAK, Squeeze

_ROUNDS = 48
_SAFE = (0.15, 0.1, 0.2, 0.05)
"""Codes from where a slot begins to say something else, in turn: a block that one cannot help, another may."""
_SHIFTS = ((0.3, 0.3, 0.3), (-0.3, 0.1, -0.2), (0.2, -0.3, 0.1), (-0.4, -0.2, 0.4))
"""Codes of R'G'B': the mean of a block changes by multiples of these until a JPEG's roundings spare its slots."""
_DECIDED, _DOUBT = 0.4, 0.4
"""Steps from a multiple within which all encoders agree; codes by which decoders may differ."""
_CENTRE = 128.0


def rounded(squeeze: Squeeze, blocks: Tensor, lowest: Tensor, highest: Tensor, quantum: Tensor | None) -> Tensor:
    """Whole codes near the blocks of a still whose coefficients stay within limits in its file, nearly always.

    How rounding disturbs a coefficient is known before the file is written. Where it is too much, the still is moved
    and rounded again: for a PNG against the disturbance, by projections on the convex set of all stills that say the
    same; for a JPEG in its mean colour, which holds nothing. Of each block the first attempt with the fewest
    coefficients beyond their limits stays.

    Args:
        blocks: (N, 3, 8, 8) codes less 128, not rounded.
        lowest, highest: (N, 192) limits of the change of coefficients.
        quantum: (192,) of a JPEG; None of a PNG.
    """
    best, fewest = blocks.clone(), torch.full_like(lowest[:, 0], torch.inf)
    left, aim = torch.arange(len(blocks), device=blocks.device), blocks
    for attempt in range(_ROUNDS):
        codes = _codes(aim)
        seen, doubt = (codes, 0.0) if quantum is None else decoded(squeeze, codes, quantum)
        change = squeeze(seen - blocks[left])[..., 0, 0]
        over, under = change - highest[left] + doubt, lowest[left] - change + doubt
        beyond = ((over > 0) | (under > 0)).sum(1).to(fewest)
        better = beyond < fewest[left]
        best[left[better]], fewest[left[better]] = codes[better], beyond[better]
        if quantum is None:
            safe = _SAFE[attempt % len(_SAFE)]
            aim = aim - squeeze.inverse(((over + safe).relu() - (under + safe).relu())[..., None, None])
        else:
            shift = blocks.new_tensor(_SHIFTS[attempt % len(_SHIFTS)])
            aim = blocks[left] + (1 + attempt // len(_SHIFTS)) * shift[:, None, None]
        left, aim = left[beyond > 0], aim[beyond > 0]
        if not len(left):
            break
    return best


def decoded(squeeze: Squeeze, codes: Tensor, quantum: Tensor) -> tuple[Tensor, Tensor]:
    """What comes of blocks (N, 3, 8, 8) in a JPEG in 4:4:4: whole Y'CbCr, coefficients of `quantum`, and back; and by
    how much each coefficient (N, 192) may differ with another library's arithmetic."""
    planes = torch.einsum("ij,njhw->nihw", squeeze.basis, codes).round()
    steps = quantum.view(3, 1, 1, BLOCK, BLOCK)
    places = block_dct(planes) / steps
    undecided = ((places - places.round()).abs() > _DECIDED) * steps
    planes = _codes(block_idct(places.round() * steps))
    doubt = undecided.flatten(1) + _DOUBT
    return _codes(torch.einsum("ij,njhw->nihw", squeeze.inverse_basis, planes)), doubt


def _codes(planes: Tensor) -> Tensor:
    return planes.round().clamp(-_CENTRE, PEAK - _CENTRE)

"""Steps that differ from block to block, in a file that has one table for all blocks.

The table is half as coarse as the quality says, and each block rounds its coefficients to multiples of it: to a step
of its own. Coefficients well below a step become zero, which costs the picture little and saves many bits (the dead
zone: Sullivan, "Efficient scalar quantization of exponential and Laplacian random variables", IEEE Transactions on
Information Theory 42, 1996). The encoder is handed the samples that these coefficients stand for, and its own DCT finds
them again; samples are whole codes, which moves a coefficient by 0.3 codes, too little for a table of 2 or more.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from vidisp.codec.jpeg.components import Components
from vidisp.codec.simulate.h26x import BLOCK, block_dct, block_idct

MACROBLOCK = 16
"""Side in luma samples of what has a step of its own."""
_LEAST_STEP = 3
_COARSER = 2
"""Bound of offsets upwards: a JPEG decoder smooths no block borders, and blocks would show in shadows."""
_OCTAVE = 6  # offsets count as H.264's quantisers do: the step doubles every six
_DEAD = 0.2  # of a step
_MEAN_SHARE = 0.5
"""Of the step that a block's mean is rounded by, for flat places show it first."""
_ROWS = 256
_SHIFT = 128.0


def table_step(step: int) -> int:
    """The quantisers of a file whose blocks are to be rounded by about `step`."""
    return step if step < _LEAST_STEP else (step + 1) // 2


def adapt(picture: Components, offsets: np.ndarray, step: int) -> Components:
    """The picture as it is to be encoded with quantisers of `table_step(step)`.

    Args:
        offsets: (ceil(height/16), ceil(width/16)), lower is finer, a doubling every six; see
            `vidisp.isp.sensitivity.quantiser_offsets`.
        step: of blocks with an offset of 0. Below 3, the picture is given back as it is.
    """
    if step < _LEAST_STEP:
        return picture
    steps = step * np.exp2(block_offsets(torch.from_numpy(offsets), step).numpy() / _OCTAVE)
    planes = []
    for plane in picture.planes:
        blocks = MACROBLOCK * plane.shape[0] // picture.y.shape[0] // BLOCK
        planes.append(_rounded(plane, steps.repeat(blocks, 0).repeat(blocks, 1), table_step(step)))
    return Components(*planes)


def block_offsets(offsets: torch.Tensor, step: int) -> torch.Tensor:
    """Those of the offsets that `adapt` heeds at this step, and how far."""
    return offsets.clamp(max=_COARSER) if step >= _LEAST_STEP else torch.zeros_like(offsets)


def _rounded(plane: np.ndarray, steps: np.ndarray, table: int) -> np.ndarray:
    """(H, W) with coefficients rounded by `steps` (blocks down, blocks across), some rows at a time."""
    out = np.empty_like(plane)
    for top in range(0, len(plane), _ROWS):
        rows = slice(top, top + _ROWS)
        out[rows] = _round_rows(plane[rows], steps[top // BLOCK : (top + _ROWS) // BLOCK], table)
    return out


def _round_rows(plane: np.ndarray, steps: np.ndarray, table: int) -> np.ndarray:
    rows, columns = plane.shape
    samples = torch.from_numpy(plane).float()[None] - _SHIFT
    blocks = block_dct(F.pad(samples, (0, -columns % BLOCK, 0, -rows % BLOCK), mode="replicate"))[0]
    coefficients = blocks.flatten(2)  # (down, across, 64), the mean first
    wanted = torch.from_numpy(steps[: blocks.shape[0], : blocks.shape[1], None]).float().repeat(1, 1, BLOCK**2)
    wanted[..., 0] *= _MEAN_SHARE
    unit = wanted.div_(table).round_().clamp_(min=1).mul_(table)
    dead = torch.full((BLOCK**2,), _DEAD)
    dead[0] = 0
    count = coefficients.div(unit)
    whole = count.abs().add_(0.5 - dead).floor_().copysign_(count).mul_(unit)
    back = block_idct(whole.unflatten(-1, (BLOCK, BLOCK))[None])[0, :rows, :columns]  # type: ignore[no-untyped-call]
    return back.add_(_SHIFT).round_().clamp_(0, 255).byte().numpy()

"""Where in a photo the JPEG should round more finely: where a code is worth much RAW."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from vidisp.codec.jpeg import Components
from vidisp.isp import Look, yuv_to_planes
from vidisp.isp.sensitivity import quantiser_offsets, sensitivity_level
from vidisp.raw import CFA

_ROWS = 256  # of luma at a time: whole blocks


def step_offsets(picture: Components, look: Look, cfa: CFA) -> np.ndarray:
    """(ceil(height/16), ceil(width/16)) offsets for `vidisp.codec.jpeg.adapt`."""
    parts = [slice(top, top + _ROWS) for top in range(0, len(picture.y), _ROWS)]
    with torch.inference_mode():
        levels = [sensitivity_level(look, _planes(picture, rows, cfa)) for rows in parts]
        level = float(np.average(levels, weights=[len(picture.y[rows]) for rows in parts]))
        offsets = [quantiser_offsets(look, _planes(picture, rows, cfa), cfa, level)[0] for rows in parts]
    return torch.cat(offsets).numpy()


def _planes(picture: Components, rows: slice, cfa: CFA) -> Tensor:
    """Six planes (1, 6, h, w) of some rows; of 4:4:4, chroma is the mean of 2x2."""
    y, u, v = (torch.from_numpy(plane[_part(plane, picture, rows)]).float()[None] for plane in picture.planes)
    chroma = torch.stack([u, v], dim=1)
    return yuv_to_planes(y, avg_pool2d(chroma, 2) if picture.subsampling == "444" else chroma, cfa)


def _part(plane: np.ndarray, picture: Components, rows: slice) -> slice:
    """The rows of a component that belong to rows of luma."""
    shrink = len(picture.y) // len(plane)
    return slice(rows.start // shrink, rows.stop // shrink)

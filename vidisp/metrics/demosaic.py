"""Bilinear demosaicing, as the InvISP protocol wants it. It is not meant to look good."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import conv2d, pad

from vidisp.raw.frame import CFA

_GREEN = torch.tensor([[0.0, 1.0, 0.0], [1.0, 4.0, 1.0], [0.0, 1.0, 0.0]]) / 4
_RED_BLUE = torch.tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]) / 4
_KERNELS = torch.stack([_RED_BLUE, _GREEN, _RED_BLUE])[:, None]


def channel_masks(height: int, width: int, cfa: CFA) -> torch.Tensor:
    """(3, height, width) float32, 1 where the mosaic samples red, green or blue and 0 elsewhere."""
    masks = torch.zeros(3, height, width)
    for site, colour in enumerate(cfa):
        masks["RGB".index(colour), site // 2 :: 2, site % 2 :: 2] = 1
    return masks


def bilinear_demosaic(mosaic: np.ndarray | torch.Tensor, cfa: CFA) -> torch.Tensor:
    """Fill in the two missing colours of every pixel with the mean of their nearest 2 or 4 samples.

    Args:
        mosaic: (height, width) linear samples, of any range; at least 2x2.
        cfa: colours of the 2x2 pattern at the top left.

    Returns:
        (3, height, width) float32, red, green and blue. The border is reflected about its last sample, which
        keeps the colour pattern.

    Source: "bilinear" in H. S. Malvar, L. He, R. Cutler, High-quality linear interpolation for demosaicing of
    Bayer-patterned color images, ICASSP 2004, section 2.
    """
    samples = torch.as_tensor(mosaic).to(torch.float32)
    height, width = samples.shape
    sparse = samples * channel_masks(height, width, cfa)
    return conv2d(pad(sparse[None], (1, 1, 1, 1), mode="reflect"), _KERNELS, groups=3)[0]

"""What a file makes of a still: the real one, and what comes of it in decibels."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def carried(still: Tensor, quality: int | None) -> Tensor:
    """A still (3, H, W) 0..1 as it is read from a PNG, or from a JPEG in 4:4:4 of that quality."""
    codes = still.clamp(0, 1).mul(255).round().byte()
    if quality is None:
        return codes.float() / 255
    with io.BytesIO() as file:
        Image.fromarray(codes.permute(1, 2, 0).numpy()).save(file, "JPEG", quality=quality, subsampling=0)
        read = np.array(Image.open(file))
    return torch.from_numpy(read).permute(2, 0, 1).float() / 255


def decibels(found: Tensor, wanted: Tensor) -> Tensor:
    """PSNR of rounded codes, over the last three axes."""
    codes = found.clamp(0, 1).mul(255).round()
    error = (codes - wanted * 255).square().mean((-3, -2, -1))
    return 10 * torch.log10(255**2 / error.clamp(min=1e-3))

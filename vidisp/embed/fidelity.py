"""How close two pictures are: PSNR of 8-bit R'G'B', and of what a still gives back."""

from __future__ import annotations

import numpy as np

from vidisp.embed.conversion import Conversion, Restored, meaningful_pixels
from vidisp.metrics.fidelity import psnr

BEST = 99.0
"""dB that stand for no error at all."""
_PEAK = 255 * 255
_ROWS = 64


def decibels(mse: float) -> float:
    """PSNR of a mean squared error of 8-bit codes."""
    return min(BEST, psnr(mse / _PEAK))


def squared_error(decibels: float) -> float:
    """The inverse of `decibels`."""
    return float(_PEAK * 10 ** (-decibels / 10))


def mean_squared_error(a: np.ndarray, b: np.ndarray) -> float:
    """Of two pictures, (H, W, 3) uint8."""
    return float(error_map(a, b).mean(dtype=np.float64))


def error_map(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared errors, (H, W) float32, the mean over colours."""
    error = np.empty(a.shape[:2], np.float32)
    for start in range(0, len(a), _ROWS):
        rows = slice(start, start + _ROWS)
        error[rows] = np.square(a[rows].astype(np.float32) - b[rows]).mean(-1)
    return error


def restored_psnr(conversion: Conversion, restored: Restored) -> tuple[float | None, ...]:
    """dB of each picture that came back, None where not one sample differs; of a foreground, where it can be seen."""
    seen = meaningful_pixels(conversion.facts, conversion.alpha)
    pairs = zip(conversion.pictures, restored.pictures, strict=True)
    maps = [error_map(before, after) for before, after in pairs]
    mses = [float(np.where(mask, error, 0).sum(dtype=np.float64)) for mask, error in zip(seen, maps, strict=True)]
    counts = [max(1, int(np.broadcast_to(mask, error.shape).sum())) for mask, error in zip(seen, maps, strict=True)]
    return tuple(decibels(mse / count) if mse else None for mse, count in zip(mses, counts, strict=True))

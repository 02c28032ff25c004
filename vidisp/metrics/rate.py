"""Rate: bits per sensor pixel, and the mean distance between two rate-distortion curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidisp.errors import UsageError


class RatePoint(NamedTuple):
    """One encode: bits per sensor pixel and its quality in dB."""

    bpp: float
    psnr: float


class BDPSNR(NamedTuple):
    """Mean gain in dB over the rates from `low_bpp` to `high_bpp` that both curves cover."""

    gain: float
    low_bpp: float
    high_bpp: float


def bits_per_pixel(file_bytes: int, width: int, height: int, frames: int) -> float:
    """Bits of the whole file for every sample of the sensor's active area."""
    if min(width, height, frames) < 1:
        raise UsageError(f"{frames} frames of {width}x{height} hold no samples to count bits for")
    return file_bytes * 8 / (width * height * frames)


def bd_psnr(anchor: Sequence[RatePoint], test: Sequence[RatePoint]) -> BDPSNR:
    """How many dB `test` lies above `anchor`, averaged over log10(bits per pixel) where both are known.

    Source: G. Bjontegaard, Calculation of average PSNR differences between RD curves, ITU-T VCEG-M33, 2001,
    with the piecewise cubic Hermite interpolation of JCTVC-L1100 in place of one cubic.

    Raises:
        UsageError: a curve has fewer than four points or two at the same rate, or the curves do not overlap.
    """
    curves = [_log_curve(anchor), _log_curve(test)]
    low = max(x[0] for x, _ in curves)
    high = min(x[-1] for x, _ in curves)
    if not low < high:
        raise UsageError("the two rate-distortion curves have no rates in common")
    areas = [pchip_integral(x, y, low, high) for x, y in curves]
    return BDPSNR((areas[1] - areas[0]) / (high - low), float(10**low), float(10**high))


def pchip_integral(x: np.ndarray, y: np.ndarray, low: float, high: float) -> float:
    """Integral from `low` to `high` of the monotone cubic through (x, y); `x` rises and spans both limits."""
    slopes = pchip_slopes(x, y)
    total = 0.0
    for i in range(len(x) - 1):
        a, b = max(low, x[i]), min(high, x[i + 1])
        if a < b:
            width = x[i + 1] - x[i]
            ends = [_hermite_area((t - x[i]) / width, y[i : i + 2], slopes[i : i + 2] * width) for t in (a, b)]
            total += width * (ends[1] - ends[0])
    return total


def pchip_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Derivatives at the points that keep the cubic monotone between them.

    Source: F. N. Fritsch, J. Butland, A method for constructing local monotone piecewise cubic interpolants,
    SIAM J. Sci. Stat. Comput. 5 (1984); ends by the three-point formula of Moler, Numerical Computing with
    Matlab, section 3.6.
    """
    h, d = np.diff(x), np.diff(y) / np.diff(x)
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    same_sign = d[:-1] * d[1:] > 0
    safe = np.where(same_sign, w1 / np.where(d[:-1] == 0, 1, d[:-1]) + w2 / np.where(d[1:] == 0, 1, d[1:]), 1)
    inner = np.where(same_sign, (w1 + w2) / safe, 0.0)
    return np.concatenate([[_end_slope(h[0], h[1], d[0], d[1])], inner, [_end_slope(h[-1], h[-2], d[-1], d[-2])]])


def _end_slope(h0: float, h1: float, d0: float, d1: float) -> float:
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    if slope * d0 <= 0:
        return 0.0
    return 3 * d0 if d0 * d1 <= 0 and abs(slope) > 3 * abs(d0) else slope


def _hermite_area(t: float, y: np.ndarray, m: np.ndarray) -> float:
    """Integral from 0 to t of the unit-interval Hermite cubic with end values y and end slopes m."""
    t2, t3, t4 = t**2, t**3, t**4
    values = y[0] * (t4 / 2 - t3 + t) + y[1] * (t3 - t4 / 2)
    return float(values + m[0] * (t4 / 4 - 2 * t3 / 3 + t2 / 2) + m[1] * (t4 / 4 - t3 / 3))


def _log_curve(points: Sequence[RatePoint]) -> tuple[np.ndarray, np.ndarray]:
    ordered = sorted(points)
    rates, quality = np.array([p.bpp for p in ordered]), np.array([p.psnr for p in ordered], dtype=np.float64)
    if len(ordered) < 4 or rates.min() <= 0 or not (np.diff(rates) > 0).all():
        raise UsageError("a rate-distortion curve needs at least four points at different, positive rates")
    return np.log10(rates), quality

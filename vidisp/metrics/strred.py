"""ST-RRED: how much information about a scene, in space and in time, a video has lost or invented.

Source: R. Soundararajan, A. Bovik, "Video Quality Assessment by Reduced Reference Spatio-temporal Entropic
Differencing", IEEE TCSVT 23(4), 2013. One band of a steerable pyramid (six orientations, the fourth size, that of
horizontal edges) is modelled in blocks of 3x3 as a Gaussian scale mixture seen through neural noise; entropies of
reference and video are compared, block by block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

LEAST_SIDE = 96
"""Smallest side of a picture whose band holds blocks enough to model."""
_BLOCK, _NOISE = 3, 0.1
_STEP = 8
"""The band has an eighth of the picture's samples a side."""
_MARGIN = 64
_CONSTANT = math.log(2 * math.pi * math.e)
"""Of each coefficient's entropy. The natural logarithm beside log2 is the authors' software's, whose scale is kept."""


@dataclass(frozen=True)
class Information:
    """Entropies of the blocks of two consecutive pictures: of the first one's band, and of the band's change."""

    space: torch.Tensor
    time: torch.Tensor


def st_rred(reference: Information, video: Information) -> tuple[float, float]:
    """(spatial, temporal) mean absolute difference of the blocks' entropies, 0 and up; lower is better, 0 is equal.

    The score of a video is the mean of the first over all pairs of pictures times the mean of the second.
    """
    differences = ((a - b).abs().mean() for a, b in ((reference.space, video.space), (reference.time, video.time)))
    space, time = (float(difference) for difference in differences)
    return space, time


def information(first: torch.Tensor, second: torch.Tensor) -> Information:
    """What two consecutive pictures hold, each by its band: (h, w) as `band` gives it.

    With s^2 the local variance of a block of the band and h its entropy: h log2(1 + s^2) in space; in time, for the
    band's change with variance d^2 and entropy k, k log2(1 + s^2) log2(1 + d^2).
    """
    variance, entropy = _mixture(first)
    change, surprise = _mixture(first - second)
    weight = torch.log2(1 + variance)
    return Information(entropy * weight, surprise * weight * torch.log2(1 + change))


def band(luma: torch.Tensor) -> torch.Tensor:
    """The pyramid's band of a picture (H, W) in 8-bit code values: (H/8, W/8) float64, about.

    A steerable pyramid's way to that band (three halvings, then a band of cos^5 of the angle) is one product of
    frequencies, because each low pass is zero where its halving would alias. The profiles over frequency are closed
    forms fitted to the filters of the authors' software, so that scores are on its scale. Borders are mirrored.

    Source: E. Simoncelli, W. Freeman, "The steerable pyramid: a flexible architecture for multi-scale derivative
    computation", ICIP 1995.
    """
    height, width = luma.shape
    bottom, right = (_MARGIN + -side % _STEP for side in (height, width))
    padded = F.pad(luma[None], (_MARGIN, right, _MARGIN, bottom), mode="reflect")[0]
    rows, columns = (side // _STEP for side in padded.shape)
    low = _low_frequencies(torch.fft.rfft2(padded), rows, columns) * _response(rows, columns, luma.device)
    plane: torch.Tensor = torch.fft.irfft2(low, s=(rows, columns)).double()
    inside = _MARGIN // _STEP
    return plane[inside : inside + -(-height // _STEP), inside : inside + -(-width // _STEP)]


def _low_frequencies(spectrum: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Those that a plane of rows x columns can hold: its own spectrum if it takes every eighth sample."""
    last = spectrum.shape[0]
    keep = [*range(rows - rows // 2), *range(last - rows // 2, last)]
    low: torch.Tensor = spectrum[keep, : columns // 2 + 1] / _STEP**2
    return low


def _response(rows: int, columns: int, device: torch.device) -> torch.Tensor:
    """The band's gain, (rows, columns // 2 + 1) complex, at the frequencies of the small plane; 1 is its highest."""
    down = 2 * torch.fft.fftfreq(rows, device=device)[:, None]
    radius = torch.hypot(down, 2 * torch.fft.rfftfreq(columns, device=device))
    gain = _low(radius / 8) * _low(radius / 4) * _low(radius / 2) * _band(radius)
    cosine = down / radius.clamp_min(1e-12)
    return torch.complex(torch.zeros_like(gain), gain * cosine**5)


def _low(radius: torch.Tensor) -> torch.Tensor:
    """Low pass of one halving, which keeps energy: 2 up to 0.09 of the highest frequency, 0 from 0.49."""
    return 2 * torch.cos(math.pi / 2 * ((radius - 0.09) / 0.4).clamp(0, 1))


def _band(radius: torch.Tensor) -> torch.Tensor:
    """The oriented band's gain along its axis: highest in the middle, 0 at no and at the highest frequency."""
    return torch.sin(math.pi * radius.clamp_max(1)).clamp_min(0).pow(1.8).mul(0.83)


def _mixture(plane: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Local variance and entropy of each block of 3x3: y^T K^-1 y / 9, and the sum of log2(variance * l + noise) and
    the constant over the eigenvalues l of K, the covariance of all such blocks, overlapping ones too."""
    whole = plane[: plane.shape[0] // _BLOCK * _BLOCK, : plane.shape[1] // _BLOCK * _BLOCK]
    every = F.unfold(whole[None, None], _BLOCK)[0]
    values, vectors = torch.linalg.eigh(torch.cov(every, correction=0))
    real = values > 1e-9 * values.max().clamp_min(1e-6)
    values, vectors = values[real], vectors[:, real]
    blocks = vectors.T @ F.unfold(whole[None, None], _BLOCK, stride=_BLOCK)[0]
    variance = (blocks.square() / values[:, None]).sum(0) / _BLOCK**2
    entropy = torch.log2(variance * values[:, None] + _NOISE).sum(0) + len(values) * _CONSTANT
    return variance, entropy

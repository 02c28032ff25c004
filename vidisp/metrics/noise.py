"""The sensor's own noise, and what two noisy shots of one scene would score: a loss below that is no loss to speak of.

Noise has the variance S x + O at the level x, black at 0 and white at 1, and none where the sensor is saturated.
"""

from __future__ import annotations

import math

import numpy as np

from vidisp.metrics.fidelity import normalise, psnr
from vidisp.metrics.motion import PATCH
from vidisp.raw import CFA, RawFrame

Profile = tuple[float, float]
"""(S, O) of DNG's NoiseProfile (specification 1.7.1, tag 51041)."""

_BLOCK, _BINS, _QUIET = 16, 12, 0.1
_QUIET_MEAN = 0.797
"""Of white noise, a tenth of the blocks have a measured variance below this part of the true one."""
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6


class NoiseFloor:
    """Gathers the noise of a clip's frames, one by one."""

    def __init__(self, cfa: CFA) -> None:
        self._cfa = cfa
        self._variances: list[np.ndarray] = []
        self._profile: Profile | None = None
        self.note = ""

    def add(self, frame: RawFrame) -> None:
        """An original frame. Its NoiseProfile counts; without one, the noise measured on the first frame."""
        linear = normalise(frame.mosaic, frame.sensor)
        profile = frame.sensor.noise or self._measured(linear)
        self._variances.append(site_variances(linear, profile))

    def summary(self) -> dict[str, float | None]:
        """By metric key, the score of two shots (of one, where a metric takes one clip).

        Two shots differ by twice the variance, their changes from frame to frame by four times; means over patches of
        n samples have an n-th of it.
        """
        sites = dict(zip(range(4), np.mean(self._variances, 0), strict=True))
        green = sum(v for i, v in sites.items() if self._cfa[i] == "G") / 4
        chroma = sum(v for i, v in sites.items() if self._cfa[i] != "G") + 2 * green
        whole = sum(sites.values()) / 4
        return {
            "raw_psnr": _finite(psnr(2 * whole)),
            "raw_tpsnr": _finite(psnr(4 * whole)),
            "raw_warping_error": 2 * green,
            "raw_flicker": 100 * math.sqrt(2 * green) / PATCH,
            "raw_flicker_colour": 100 * math.sqrt(2 * chroma) / PATCH,
        }

    def _measured(self, linear: np.ndarray) -> Profile:
        if self._profile is None:
            self._profile = measured_profile(linear)
            self.note = "the camera states no noise: that of two shots rests on the noise measured in the first frame"
        return self._profile


def site_variances(linear: np.ndarray, profile: Profile) -> np.ndarray:
    """(4,) mean noise variance of the four sites of a mosaic (h, w), black at 0 and white at 1."""
    scale, offset = profile
    sites = [linear[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    return np.array([float(np.mean((scale * site.clip(0) + offset) * (site < 1))) for site in sites])


def measured_profile(linear: np.ndarray) -> Profile:
    """(S, O) told from one frame: a line under the variances of its blocks, where the quietest show noise alone.

    The variance of a 16x16 block of one site is that of its second differences across and down, whose noise gain is 1
    and which smooth content hardly reaches. Of each range of levels the quietest tenth of the blocks counts.

    Source: J. Immerkaer, "Fast Noise Variance Estimation", CVIU 64(2), 1996, for the differences; C. Liu et al.,
    "Automatic estimation and removal of noise from a single image", IEEE TPAMI 30(2), 2008, for the lower envelope.
    """
    blocks = [_blocks(linear[row::2, column::2]) for row in (0, 1) for column in (0, 1)]
    level, variance, peak = (np.concatenate(part) for part in zip(*blocks, strict=True))
    level, variance = level[peak < 0.98], variance[peak < 0.98]
    if not level.size:
        return 0.0, 0.0
    order = np.array_split(np.argsort(level), min(_BINS, level.size))
    x = np.array([level[part].mean() for part in order])
    y = np.array([np.quantile(variance[part], _QUIET) for part in order]) / _QUIET_MEAN
    return _line(x, y)


def _line(x: np.ndarray, y: np.ndarray) -> Profile:
    """Least squares of relative errors; neither slope nor offset is negative."""
    weight = 1 / y.clip(1e-12)
    candidates = [np.linalg.lstsq(np.stack([x, np.ones_like(x)], 1) * weight[:, None], y * weight, rcond=None)[0]]
    scale, offset = candidates[0]
    if scale < 0:
        return 0.0, float(y.mean())
    if offset < 0:
        return float(max((y * x * weight**2).sum() / (x * x * weight**2).sum(), 0)), 0.0
    return float(scale), float(offset)


def _blocks(site: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, noise variance and largest sample of each block of one site's plane."""
    inner = site[1:-1, 1:-1]
    rows, columns = inner.shape[0] // _BLOCK, inner.shape[1] // _BLOCK
    rough = sum(
        _KERNEL[i, j] * site[i : site.shape[0] - 2 + i, j : site.shape[1] - 2 + j] for i in range(3) for j in range(3)
    )
    whole = [plane[: rows * _BLOCK, : columns * _BLOCK] for plane in (inner, np.square(rough), inner)]
    tiles = [plane.reshape(rows, _BLOCK, columns, _BLOCK) for plane in whole]
    return tiles[0].mean((1, 3)).ravel(), tiles[1].mean((1, 3)).ravel(), tiles[2].max((1, 3), initial=0).ravel()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""How close a recovered RAW frame is to the one that was filmed.

Three views of the same two mosaics, each a mean squared error on a scale where the peak is 1:

    bayer    linear samples, black at 0 and white at 1: the figure that RAW coding is judged by
    sqrt     the square root of them, where the sensor's shot noise is about equally strong everywhere
    invisp   the protocol of Invertible ISP (Xing, Qian, Chen, CVPR 2021): white-balanced, demosaiced, gamma

Frames are compared one by one and only sums are kept, so memory does not grow with the clip.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from vidisp.errors import InputError
from vidisp.metrics.demosaic import bilinear_demosaic
from vidisp.raw.frame import RawFrame, Sensor


@dataclass(frozen=True)
class Errors:
    """Mean squared errors over `samples` Bayer samples, peak 1; the largest error in DN of the original."""

    samples: int
    mse_bayer: float
    mse_sqrt: float
    mse_invisp: float
    max_error_dn: float

    @property
    def psnr_bayer(self) -> float:
        return psnr(self.mse_bayer)

    @property
    def psnr_sqrt(self) -> float:
        return psnr(self.mse_sqrt)

    @property
    def psnr_invisp(self) -> float:
        return psnr(self.mse_invisp)

    @property
    def identical(self) -> bool:
        return self.max_error_dn == 0


@dataclass(frozen=True)
class FrameErrors(Errors):
    """What one frame lost; `number` is the frame's number in the clip's own numbering."""

    number: int


@dataclass(frozen=True)
class ClipErrors(Errors):
    """What `frames` frames lost together. The PSNR is that of the mean squared error, not a mean."""

    frames: int


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB for a peak of 1; infinite when nothing differs."""
    return math.inf if mse == 0 else -10 * math.log10(mse)


def bayer_errors(original: RawFrame, recovered: RawFrame) -> FrameErrors:
    """Compare two frames of the same scene over their active area.

    Each frame is read by its own black and white level, so a file written with other levels compares fairly.

    Raises:
        InputError: the sizes or colour filter patterns differ.
    """
    return mosaic_errors(original, in_levels_of(original, recovered), name=recovered.name)


def in_levels_of(original: RawFrame, recovered: RawFrame) -> np.ndarray:
    """The recovered mosaic in DN of the original, by each frame's own black and white level: (height, width).

    Raises:
        InputError: the sizes or colour filter patterns differ.
    """
    ours, theirs = original.sensor, recovered.sensor
    _check_size(original, recovered.mosaic, recovered.name)
    if theirs.cfa != ours.cfa:
        what = f"colour filter {theirs.cfa} does not match the original's {ours.cfa}"
        raise InputError(what, path=recovered.name or None, frame=original.number)
    if (theirs.black, theirs.white) == (ours.black, ours.white):
        return recovered.mosaic
    black = _black_map(ours)
    return np.asarray(normalise(recovered.mosaic, theirs) * (ours.white - black) + black)


def mosaic_errors(original: RawFrame, recovered: np.ndarray, *, name: str = "") -> FrameErrors:
    """Compare a frame with a bare mosaic: (height, width), in DN of the original, integer or float.

    Raises:
        InputError: the sizes differ or a value is not finite; `name` is the file to blame.
    """
    _check_size(original, recovered, name)
    sensor, difference = original.sensor, recovered.astype(np.float64) - original.mosaic
    if not np.isfinite(difference).all():
        what = "the recovered mosaic holds values that are not finite"
        raise InputError(what, path=name or None, frame=original.number)
    before, after = normalise(original.mosaic, sensor), normalise(recovered, sensor)
    return FrameErrors(
        samples=original.mosaic.size,
        mse_bayer=_mse(before, after),
        mse_sqrt=_mse(np.sqrt(np.maximum(before, 0)), np.sqrt(np.maximum(after, 0))),
        mse_invisp=_mse(invisp_picture(before, sensor), invisp_picture(after, sensor)),
        max_error_dn=float(np.abs(difference).max()),
        number=original.number,
    )


def summarise(frames: Iterable[FrameErrors]) -> ClipErrors:
    """The clip as a whole: mean squared errors over all its samples, the largest error of any frame.

    Raises:
        InputError: there is no frame.
    """
    count, samples, sums, worst = 0, 0, np.zeros(3), 0.0
    for frame in frames:
        count, samples = count + 1, samples + frame.samples
        sums += frame.samples * np.array([frame.mse_bayer, frame.mse_sqrt, frame.mse_invisp])
        worst = max(worst, frame.max_error_dn)
    if not count:
        raise InputError("there are no frames to compare")
    bayer, root, invisp = (float(v) for v in sums / samples)
    return ClipErrors(samples, bayer, root, invisp, worst, frames=count)


def normalise(mosaic: np.ndarray, sensor: Sensor) -> np.ndarray:
    """DN to float64 with black at 0 and white at 1, each of the four sites by its own black level."""
    black = _black_map(sensor)
    return np.asarray((mosaic - black) / (sensor.white - black))


def invisp_picture(linear: np.ndarray, sensor: Sensor) -> np.ndarray:
    """The picture that the InvISP protocol compares: (3, height, width) float32 in 0..1.

    Args:
        linear: (height, width) mosaic, black at 0 and white at 1.

    White balance gains are divided by the largest of them, so nothing exceeds 1 that did not before; then
    bilinear demosaicing, clipping to 0..1 and the power 1/2.2.
    """
    gains = min(sensor.neutral) / np.array(sensor.neutral)
    picture = bilinear_demosaic(linear, sensor.cfa) * torch.tensor(gains, dtype=torch.float32)[:, None, None]
    return np.asarray(picture.clamp(0, 1).pow(1 / 2.2).numpy())


def _check_size(original: RawFrame, recovered: np.ndarray, name: str) -> None:
    if recovered.shape != original.mosaic.shape:
        sizes = " against ".join("x".join(str(n) for n in a.shape[::-1]) for a in (recovered, original.mosaic))
        raise InputError(f"sizes differ: {sizes} of the original", path=name or None, frame=original.number)


def _black_map(sensor: Sensor) -> np.ndarray:
    """(height, width) float64 black level in DN; the 2x2 pattern repeats from the top left."""
    tile = np.array(sensor.black, dtype=np.float64).reshape(2, 2)
    return np.tile(tile, (-(-sensor.height // 2), -(-sensor.width // 2)))[: sensor.height, : sensor.width]


def _mse(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.mean(np.square(before - after), dtype=np.float64))

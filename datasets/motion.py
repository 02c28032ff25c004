"""Simulated motion: a RAW clip's worth of mosaics from one RAW frame. Every figure made with it must say so.

Two kinds. `crop` moves a window over the sensor's own samples in steps of whole 2x2 patterns: real samples
and real sharpness, but motion that a codec predicts perfectly. `warp` bins quads to full colour at half size,
moves them by sub-pixel pan and zoom under one object with a motion of its own, and samples the result through
the colour filter again: natural motion, but a cleaner picture than a sensor of that size would give. Both get
fresh sensor noise in every frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch.nn.functional import grid_sample

from vidisp.errors import UsageError
from vidisp.metrics.fidelity import normalise
from vidisp.raw.frame import CFA, RawFrame, Sensor

PERIOD = 48  # frames in which the camera swings once from side to side and back
CROP_SWING = 48.0  # pixels to each side: at most 2*pi*48/48 = 6.3 pixels a frame
WARP_SWING = 24.0  # pixels of the binned scene to each side
ZOOM_SWING = 0.03
MAX_ZOOM = 1.15  # beyond it the enlarged scene is too soft to stand for a sensor's picture


@dataclass(frozen=True)
class Motion:
    """What to make: `frames` frames of `width` x `height`, from a seed.

    `noise` is (S, O) of the fresh noise, variance = S*x + O for x in 0..1 after `gain`, which multiplies the
    linear signal first (above 1 it saturates highlights).
    """

    kind: Literal["crop", "warp"]
    noise: tuple[float, float]
    frames: int = PERIOD
    width: int = 1280
    height: int = 720
    seed: int = 1
    gain: float = 1.0


def moved_mosaics(source: RawFrame, motion: Motion) -> Iterator[np.ndarray]:
    """Yield (height, width) uint16 mosaics in the source's DN and colour filter pattern.

    Raises:
        UsageError: the source is too small for the window and its motion.
    """
    rng = np.random.default_rng(motion.seed)
    scene = normalise(source.mosaic, source.sensor)
    move = crops(scene, motion, rng) if motion.kind == "crop" else warps(scene, source.sensor.cfa, motion, rng)
    for linear in move:
        yield expose(linear * motion.gain, source.sensor, motion.noise, rng)


def crops(scene: np.ndarray, motion: Motion, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Windows of a mosaic at even offsets, so that every window starts on the same colour."""
    spare = np.array([scene.shape[0] - motion.height, scene.shape[1] - motion.width])
    if spare.min() < 0:
        raise UsageError(f"{_size(scene)} samples hold no window of {motion.width}x{motion.height}")
    swing = np.minimum(spare / 2, CROP_SWING)
    for offset in spare / 2 + swing * _swings(motion.frames, rng):
        top, left = 2 * np.floor(offset / 2).astype(int)
        yield scene[top : top + motion.height, left : left + motion.width]


def warps(scene: np.ndarray, cfa: CFA, motion: Motion, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Mosaics of a binned scene under sub-pixel pan and zoom, with one disc of it moving on its own."""
    binned = bin_quads(scene, cfa)
    middle, window = np.array(binned.shape[1:]) / 2, np.array([motion.height, motion.width])
    zoom = _smallest_zoom(binned, window)
    swings = _swings(motion.frames, rng), _swings(motion.frames, rng), _swings(motion.frames, rng)
    radius, texture = motion.height / 7, _texture_centre(binned, rng)
    grid = np.moveaxis(np.mgrid[: motion.height, : motion.width], 0, -1) + 0.5 - window / 2
    for pan, breath, path in zip(*swings, strict=True):
        scale = zoom * (1 + ZOOM_SWING * breath[0])
        picture = sample(binned, middle + WARP_SWING * pan + grid / scale)
        local = grid - path * (window / 2 - radius) * 0.8
        disc = np.clip(radius - np.hypot(local[..., 0], local[..., 1]) + 0.5, 0, 1)
        picture += disc * (sample(binned, texture + local / zoom) - picture)
        yield remosaic(picture, cfa)


def expose(linear: np.ndarray, sensor: Sensor, noise: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Linear samples to uint16 DN as a sensor would: noise first, then its saturation, then rounding."""
    deviation = np.sqrt(noise[0] * np.maximum(linear, 0) + noise[1])
    noisy = np.minimum(linear + deviation * rng.standard_normal(linear.shape), 1)
    black = np.array(sensor.black).reshape(2, 2)
    dn = np.empty_like(noisy)
    for y, x in np.ndindex(2, 2):
        dn[y::2, x::2] = noisy[y::2, x::2] * (sensor.white - black[y, x]) + black[y, x]
    return np.clip(np.rint(dn), 0, sensor.white).astype(np.uint16)


def bin_quads(mosaic: np.ndarray, cfa: CFA) -> np.ndarray:
    """(h, w) mosaic to (3, h/2, w/2) full colour: each 2x2 pattern becomes one pixel, its greens averaged."""
    even = mosaic[: mosaic.shape[0] // 2 * 2, : mosaic.shape[1] // 2 * 2]
    sites = [even[i // 2 :: 2, i % 2 :: 2] for i in range(4)]
    return np.stack([_mean([s for s, c in zip(sites, cfa, strict=True) if c == colour]) for colour in "RGB"])


def _mean(sites: list[np.ndarray]) -> np.ndarray:
    return np.asarray(sum(sites) / len(sites))


def remosaic(picture: np.ndarray, cfa: CFA) -> np.ndarray:
    """(3, h, w) full colour to the (h, w) mosaic that a colour filter lets through."""
    mosaic = np.empty(picture.shape[1:])
    for site, colour in enumerate(cfa):
        where = np.s_[site // 2 :: 2, site % 2 :: 2]
        mosaic[where] = picture["RGB".index(colour)][where]
    return mosaic


def sample(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bicubic samples of (3, h, w) at `at` (H, W, 2), (y, x) in pixels from the outer edge; never below 0."""
    unit = torch.from_numpy(at[..., ::-1] / picture.shape[:0:-1] * 2 - 1)
    found = grid_sample(
        torch.from_numpy(picture)[None],
        unit[None],
        mode="bicubic",
        padding_mode="reflection",
        align_corners=False,
    )
    return np.asarray(found[0].clamp(min=0).numpy())


def _swings(frames: int, rng: np.random.Generator) -> np.ndarray:
    """(frames, 2) smooth positions in -1..1, one swing a period in each axis, phases from the seed."""
    phase = rng.uniform(0, 2 * math.pi, 2)
    return np.sin(2 * math.pi * np.arange(frames)[:, None] / PERIOD + phase)


def _smallest_zoom(binned: np.ndarray, window: np.ndarray) -> float:
    """The least enlargement at which window, pan and zoom stay inside the scene."""
    needed = window / (np.array(binned.shape[1:]) - 2 * WARP_SWING)
    zoom = max(1.0, float(needed.max())) / (1 - ZOOM_SWING)
    if needed.min() <= 0 or zoom > MAX_ZOOM:
        largest = "x".join(str(int(n) // 2 * 2) for n in _largest_window(binned)[::-1])
        raise UsageError(f"a binned scene of {_size(binned)} is too small, the largest window is {largest}")
    return zoom


def _largest_window(binned: np.ndarray) -> np.ndarray:
    return (np.array(binned.shape[1:]) - 2 * WARP_SWING) * MAX_ZOOM * (1 - ZOOM_SWING)


def _texture_centre(binned: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where in the scene the moving disc's picture comes from: anywhere that leaves it whole."""
    return np.array(binned.shape[1:]) * rng.uniform(0.25, 0.75, 2)


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[-1]}x{picture.shape[-2]}"

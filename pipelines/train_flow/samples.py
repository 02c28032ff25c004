"""Batches from the bank of `datasets/training_bank.py`: one scene, one look, one quantiser a batch.

Motion is simulated motion: crops that move by whole quads, with fresh noise in every frame.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vidisp.codec import FORMATS, Format
from vidisp.errors import InputError
from vidisp.flow import Conditions, Passage, lift_noise
from vidisp.isp import BT601_LUMA, BT709_LUMA, LiftISP, Look
from vidisp.isp.choose import foot_for
from vidisp.isp.colour import camera_to_bt709, white_balance
from vidisp.isp.curves import Shoulder, Tone
from vidisp.isp.look import DEFAULT_FOOT
from vidisp.isp.sensitivity import sensitivity_level

SPEED = 3  # quads a frame at most
STILL = 0.35  # share of batches without motion
_LOG_NOISE = (-11.5, -6.5)  # natural logarithm of S: 1e-5 to 1.5e-3
_FRESH = 0.75  # share of batches with fresh noise
CODECS = ("h264", "hevc-10", "jpeg")
_CRF, _QUALITY = (2, 26), (70, 98)


@dataclass
class Scene:
    """One entry of the bank: quads (frames, 4, h, w) uint16 and what is known about them."""

    quads: np.ndarray
    pedestal: float
    scale: float
    facts: dict[str, Any]

    @cached_property
    def overview(self) -> Tensor:
        """(4, h/7, w/7) linear quads from all over the scene: exposure and the level of quantiser offsets are a matter
        of the whole frame, not of a crop."""
        return torch.from_numpy(self.quads[0, :, ::7, ::7].astype(np.float32)).sub_(self.pedestal).div_(self.scale)

    def crop(self, frame: int, top: int, left: int, size: int) -> Tensor:
        """(4, size, size) linear quads."""
        part = self.quads[frame, :, top : top + size, left : left + size]
        return torch.from_numpy(part.astype(np.float32)).sub_(self.pedestal).div_(self.scale)


@dataclass
class Batch:
    """B clips of T frames, as (B*T, 4, h, w) linear quads, clip by clip; all moving by `speed` quads a frame."""

    quads: Tensor
    clips: int
    frames: int
    speed: tuple[int, int]
    look: Look
    codec: str
    crf: float
    level: float
    """Of `vidisp.isp.sensitivity`, for the whole scene."""
    clean: Tensor
    """`quads` without the fresh noise, where there is any."""

    @property
    def is_still(self) -> bool:
        """JPEG: every frame is a picture of its own, and `crf` is a quality."""
        return self.codec == "jpeg"

    @property
    def passage(self) -> Passage:
        """All clips one after the other, with cuts between; pictures, with cuts everywhere."""
        return Passage.whole(len(self.quads), range(0, len(self.quads), 1 if self.is_still else self.frames))

    @property
    def unit(self) -> float:
        """Code values in one of eight bits."""
        return float(2 ** (self.look.bits - 8))

    def conditions(self, step: float) -> Conditions:
        """What the networks are told, for a quantiser step in codes of eight bits."""
        return Conditions(step, lift_noise(LiftISP(self.look), self.quads))


def load_bank(folder: Path, split: str) -> list[Scene]:
    """The entries of one split.

    Raises:
        InputError: there is none.
    """
    scenes = []
    for card in sorted(folder.glob("[!.]*.json")):
        facts = json.loads(card.read_text())
        if facts["split"] == split:
            with np.load(card.with_suffix(".npz")) as arrays:
                scenes.append(Scene(arrays["quads"], float(arrays["pedestal"]), float(arrays["scale"]), facts))
    if not scenes:
        raise InputError(f"holds no {split} scenes", path=folder, hint="datasets/training_bank.py makes the bank")
    return scenes


class Sampler:
    """Random batches. `shares` weighs the kinds of scenes: still, binned, video; all `codecs` come alike often."""

    def __init__(
        self,
        scenes: list[Scene],
        clips: int,
        frames: int,
        size: int,
        seed: int,
        shares: dict[str, float],
        codecs: Sequence[str] = CODECS,
    ) -> None:
        self.codecs = codecs
        self.clips, self.frames, self.size = clips, frames, size
        self._by_kind = {k: [s for s in scenes if s.facts["kind"] == k] for k in shares}
        self._kinds = [k for k in shares if self._by_kind[k]]
        weights = np.array([shares[k] for k in self._kinds])
        self._weights = weights / weights.sum()
        self._rng = np.random.default_rng(seed)

    def draw(self, codec: str | None = None, crf: float | None = None) -> Batch:
        """The next batch; a codec or a crf may be fixed."""
        rng = self._rng
        kind = self._kinds[rng.choice(len(self._kinds), p=self._weights)]
        scene = self._by_kind[kind][rng.integers(len(self._by_kind[kind]))]
        speed = (0, 0)
        if kind != "video" and rng.random() > STILL:
            speed = tuple(int(v) for v in rng.integers(-SPEED, SPEED + 1, 2))
        quads = torch.stack([self._clip(scene, speed) for _ in range(self.clips)])
        quads, speed = self._turned(quads, speed)
        codec = codec or self.codecs[rng.integers(len(self.codecs))]
        crf = float(rng.uniform(*(_QUALITY if codec == "jpeg" else _CRF))) if crf is None else crf
        clean, gain = self._exposed(quads, scene)
        quads, noise = self._noisy(clean)
        look = self._look(scene, gain, noise, FORMATS["mjpeg" if codec == "jpeg" else codec])
        flat = quads.flatten(0, 1)
        seen = (scene.overview * gain).clamp(max=1)
        level = sensitivity_level(look, LiftISP(look).codes(seen[None]))
        return Batch(flat, self.clips, self.frames, speed, look, codec, crf, level, clean.clamp(max=1).flatten(0, 1))

    def _clip(self, scene: Scene, speed: tuple[int, int]) -> Tensor:
        """(T, 4, h, w), moving; one quad larger on every side than wanted."""
        rng, size, frames = self._rng, self.size + 2, self.frames
        rows, columns = scene.quads.shape[-2:]
        spread = [abs(v) * (frames - 1) for v in speed]
        top = int(rng.integers(0, rows - size - spread[0] + 1)) + (spread[0] if speed[0] < 0 else 0)
        left = int(rng.integers(0, columns - size - spread[1] + 1)) + (spread[1] if speed[1] < 0 else 0)
        first = int(rng.integers(0, max(1, len(scene.quads) - frames + 1)))
        numbers = [first + t if len(scene.quads) > 1 else 0 for t in range(frames)]
        return torch.stack(
            [scene.crop(n, top + t * speed[0], left + t * speed[1], size) for t, n in enumerate(numbers)]
        )

    def _turned(self, quads: Tensor, speed: tuple[int, int]) -> tuple[Tensor, tuple[int, int]]:
        """Random flips and transposition that keep the colour filter's order, cut to the wanted size."""
        rng = self._rng
        mosaic = rearrange(quads, "b t (i j) h w -> b t (h i) (w j)", i=2)
        if rng.random() < 0.5:  # flipped, the pattern starts one column later
            mosaic, speed = mosaic.flip(-1)[..., 1:-1], (speed[0], -speed[1])
        if rng.random() < 0.5:
            mosaic, speed = mosaic.flip(-2)[..., 1:-1, :], (-speed[0], speed[1])
        if rng.random() < 0.5:
            mosaic, speed = mosaic.transpose(-1, -2), (speed[1], speed[0])
        side = 2 * self.size
        mosaic = mosaic[..., :side, :side]
        return rearrange(mosaic, "b t (h i) (w j) -> b t (i j) h w", i=2, j=2).contiguous(), speed

    def _exposed(self, quads: Tensor, scene: Scene) -> tuple[Tensor, float]:
        """Another exposure of the sensor, not yet saturating; and the gain."""
        rng = self._rng
        brightest = max(float(scene.overview.quantile(0.99)), 1e-3)
        gain = min(math.exp(rng.uniform(math.log(0.2), math.log(1.6))) / brightest, 8.0) if rng.random() < 0.7 else 1.0
        return quads * gain, gain

    def _noisy(self, quads: Tensor) -> tuple[Tensor, tuple[float, float]]:
        """Saturating at 1, with fresh noise or without; and that noise."""
        rng = self._rng
        if rng.random() > _FRESH:
            return quads.clamp(max=1), (0.0, 0.0)
        slope = math.exp(rng.uniform(*_LOG_NOISE))
        offset = (slope * rng.uniform(0.2, 3)) ** 2 + 1e-9
        deviation = (quads.clamp(min=0) * slope + offset).sqrt_()
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        noisy = quads + deviation * torch.randn(quads.shape, generator=generator)
        return noisy.clamp_(max=1), (slope, offset)

    def _look(self, scene: Scene, light: float, noise: tuple[float, float], fmt: Format) -> Look:
        """The camera's colours, its white balance a little off, and an exposure that makes a picture of it."""
        rng = self._rng
        matrix = camera_to_bt709(tuple(scene.facts["color_matrix"]), scene.facts["illuminant"])
        r, g, b = scene.facts["neutral"]
        balance = white_balance((r * math.exp(rng.normal(0, 0.15)), g, b * math.exp(rng.normal(0, 0.15))))
        seen = (scene.overview * light).clamp(max=1)
        gain = _gain(seen, balance, float(rng.uniform(0.22, 0.42)))
        r, g, b = (channel * gain for channel in balance)
        luma = BT601_LUMA if fmt.luma == "bt601" else BT709_LUMA
        return Look((r, g, b), matrix, foot_for(gain, noise), luma, fmt.bits, fmt.full_range)


def _gain(overview: Tensor, balance: tuple[float, float, float], target: float) -> float:
    """The exposure, 0 to 4 EV, at which the tone-mapped mean is `target`."""
    r, g1, g2, b = overview
    luma = (r * balance[0] + (g1 + g2) * balance[1] + b * balance[2]).clamp(min=0) / 4
    low, high = 0.0, 4.0
    for _ in range(12):
        gain = 2 ** ((low + high) / 2)
        bright = Tone(DEFAULT_FOOT).forward(Shoulder(0.0, gain).forward(luma * gain)).mean() >= target
        low, high = (low, math.log2(gain)) if bright else (math.log2(gain), high)
    return float(2**low)

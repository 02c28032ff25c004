"""Small RAW clips that tests render: a drifting scene with detail, colour, noise and a saturated patch."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vidisp.raw import CFA, RawFrame, Sensor, Tag, write_dng

MATRIX = (0.7, -0.15, -0.07, -0.45, 1.25, 0.2, -0.09, 0.22, 0.55)
MakeClip = Callable[..., Path]


def sensor(width: int = 160, height: int = 96, cfa: CFA = "RGGB") -> Sensor:
    return Sensor(width, height, cfa, (512.0,) * 4, 16383, (0.5, 1.0, 0.6), MATRIX, noise=(2e-4, 1e-7), iso=400)


def scene(width: int, height: int, cfa: CFA, shift: int = 0, seed: int = 0) -> np.ndarray:
    """A (height, width) mosaic in DN, 512..16383: gradients and waves, their colours by `cfa`, shot noise."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    light = 0.15 + 0.1 * np.sin((x + 2 * shift) / 9) * np.cos(y / 7) + 0.3 * x / width
    light[8:24, 8:40] = 4.0
    colour = {"R": 0.45, "G": 1.0, "B": 0.55}
    pattern = np.array([colour[letter] for letter in cfa]).reshape(2, 2)
    linear = light * np.tile(pattern, (height // 2 + 1, width // 2 + 1))[:height, :width]
    noise = np.random.default_rng(seed).normal(size=linear.shape) * np.sqrt(2e-4 * linear)
    return np.clip(np.rint(512 + (linear + noise) * (16383 - 512)), 0, 16383).astype(np.uint16)


def frames(count: int, width: int = 160, height: int = 96, cfa: CFA = "RGGB", first: int = 0) -> list[RawFrame]:
    tags = (Tag(305, 2, 8, "camera1"),)
    return [
        RawFrame(
            scene(width, height, cfa, i, seed=i), sensor(width, height, cfa), first + i, "", Fraction(24), None, tags
        )
        for i in range(count)
    ]


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """`make_clip(count, width=, height=, cfa=, first=, name=)` writes a DNG clip and returns its folder."""

    def make(count: int, *, name: str = "clip", **options: object) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for frame in frames(count, **options):
            write_dng(folder / f"A001_{frame.number:06d}.dng", frame)
        return folder

    return make

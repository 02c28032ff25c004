from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rivals.analytic import Analytic
from rivals.raw_tiles import RawTiles, from_tiles, tile_size, to_tiles

from vidisp.metrics import ClipErrors, mosaic_errors, summarise
from vidisp.raw import CFA_PATTERNS, Clip, RawFrame, Sensor, write_dng

MATRIX = (0.9, -0.2, -0.1, -0.4, 1.2, 0.2, -0.1, 0.2, 0.6)


def frame(width: int, height: int, cfa: Any = "RGGB", number: int = 0) -> RawFrame:
    sensor = Sensor(width, height, cfa, (60.0, 61.0, 62.0, 63.0), 4000, (0.5, 1.0, 0.6), MATRIX)
    yy, xx = np.mgrid[:height, :width]
    signal = 900 + 500 * np.sin((yy + number) / 19) * np.cos(xx / 17)
    return RawFrame(signal.astype(np.uint16), sensor, number, fps=Fraction(24))


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    for number in range(3):
        write_dng(tmp_path / f"c_{number:04d}.dng", frame(130, 98, "GRBG", number), compress=True)
    return Clip.open(tmp_path)


def decoded(system: Any, clip: Clip, path: Path) -> ClipErrors:
    mosaics = list(system.decode(clip, path))
    assert len(mosaics) == len(clip)
    return summarise(mosaic_errors(clip.read(i), m) for i, m in enumerate(mosaics))


@settings(deadline=None, max_examples=20)
@given(st.integers(9, 23), st.integers(9, 23), st.sampled_from(CFA_PATTERNS))
def test_tiles_lose_only_rounding_at_any_size(width: int, height: int, cfa: Any) -> None:
    original = frame(width, height, cfa)
    tiles = to_tiles(original)
    assert tiles.shape == (4, *tile_size(original.sensor))
    assert tiles.max() <= 1023
    error = np.abs(from_tiles(tiles, original.sensor).astype(int) - original.mosaic)
    assert error.max() <= 1 + 4000 / 1023  # half a step of the square root at white is 2*sqrt(x)/2 codes


@pytest.mark.parametrize("arrangement", ["tiled", "streams"])
def test_raw_tiles_come_back_through_the_codec(clip: Clip, tmp_path: Path, arrangement: Any) -> None:
    system, sizes = RawTiles(arrangement), {}
    for crf in (4.0, 30.0):
        sizes[crf] = system.encode(clip, tmp_path / f"{crf}.mp4", crf)
    assert sizes[4.0] > sizes[30.0] > 0
    assert decoded(system, clip, tmp_path / "4.0.mp4").psnr_bayer > 50


def test_the_analytic_recipe_comes_back_through_the_codec(clip: Clip, tmp_path: Path) -> None:
    system = Analytic("hevc-10")
    assert system.encode(clip, tmp_path / "a.mp4", 4.0) == (tmp_path / "a.mp4").stat().st_size
    assert decoded(system, clip, tmp_path / "a.mp4").psnr_bayer > 45

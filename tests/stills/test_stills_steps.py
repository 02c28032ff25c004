"""Blocks in which a code is worth much RAW get finer steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.stills.conftest import photo
from vidisp.codec.jpeg import adapt, decode, encode, fit, table_step
from vidisp.isp import Look
from vidisp.metrics.fidelity import mosaic_errors
from vidisp.raw import RawFrame
from vidisp.stills import steps
from vidisp.stills.developer import StillDeveloper
from vidisp.stills.render import StillSettings, plan_record


def developed(frame: RawFrame, subsampling: str):
    record = plan_record(frame, (), StillSettings(8, subsampling, "auto", "camera", "lift", False))
    developer = StillDeveloper(record, torch.device("cpu"), 1)
    return record, developer, developer.render(frame.mosaic)[0]


def dark_and_bright(cfa: str = "RGGB") -> RawFrame:
    """Dark, but for a bright eighth at the right foot."""
    frame = photo(width=320, height=288, cfa=cfa)
    frame.mosaic[8:24, 8:40] = frame.mosaic[40:56, 8:40]
    light = np.full((288, 320), 0.3)
    light[144:, 240:] = 1.6
    frame.mosaic[:] = np.clip(512 + (frame.mosaic.astype(float) - 512) * light, 0, 16383)
    return frame


@pytest.mark.parametrize("subsampling", ["420", "444"])
@pytest.mark.parametrize("cfa", ["RGGB", "BGGR"])
def test_bright_blocks_are_finer(cfa, subsampling):
    record, _, picture = developed(dark_and_bright(cfa), subsampling)
    offsets = steps.step_offsets(picture, Look.from_dict(record.look), record.sensor.cfa)
    assert offsets.shape == (18, 20)
    assert offsets[10:, 16:].max() < offsets[10:, :14].min()
    assert offsets[10:, 16:].max() < offsets[:8].min()


@pytest.mark.parametrize("subsampling", ["420", "444"])
def test_rows_at_a_time_change_next_to_nothing(monkeypatch, subsampling):
    record, _, picture = developed(dark_and_bright(), subsampling)
    look = Look.from_dict(record.look)
    monkeypatch.setattr(steps, "_ROWS", 1 << 20)
    whole = steps.step_offsets(picture, look, "RGGB")
    monkeypatch.setattr(steps, "_ROWS", 64)
    assert np.abs(steps.step_offsets(picture, look, "RGGB") - whole).max() <= 1


def test_the_raw_profits():
    """Against one step for all blocks, at no fewer bits."""
    frame = dark_and_bright()
    record, developer, picture = developed(frame, "420")

    def through(data: bytes) -> float:
        return mosaic_errors(frame, developer.recover(fit(decode(data), "420"), record.extent)).psnr_bayer

    offsets = steps.step_offsets(picture, Look.from_dict(record.look), "RGGB")
    adapted = encode(adapt(picture, offsets, 8), table_step(8))
    plain = next(data for step in range(12, 1, -1) if len(data := encode(picture, step)) >= len(adapted))
    assert through(adapted) > through(plain) + 0.5

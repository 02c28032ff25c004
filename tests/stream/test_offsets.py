"""Bits go where a code is much RAW: the same file size holds more of the linear samples."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import vidisp
from vidisp.codec import FORMATS
from vidisp.raw import Clip, write_dng
from vidisp.stream import developer


@pytest.fixture
def contrasty(make_clip, tmp_path):
    """A clip whose left half is in the shade, with noise of the light's own size in both."""
    source = Clip.open(make_clip(4, width=192, height=128))
    folder = tmp_path / "contrasty"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for index in range(len(source)):
        frame = source.read(index)
        black, white = frame.sensor.black[0], frame.sensor.white
        light = np.full(frame.mosaic.shape, 0.6)
        light[:, :96] = 0.01
        light += rng.normal(0, 1, light.shape) * np.sqrt(1e-4 * light)
        frame.mosaic[:] = np.clip(light * (white - black) + black, 0, white).astype(np.uint16)
        write_dng(folder / f"f_{index:04d}.dng", frame)
    return folder


def fidelity(clip, tmp_path, name, crf):
    """(bytes, linear PSNR in dB)."""
    video, back = tmp_path / f"{name}.mp4", tmp_path / name
    size = vidisp.render(clip, video, crf=crf).bytes
    vidisp.recover(video, back)
    return size, vidisp.evaluate(clip, back).to_dict()["psnr_bayer"]


def test_the_same_bytes_hold_more_raw(contrasty, tmp_path, monkeypatch):
    told, linear = fidelity(contrasty, tmp_path, "told", 10)
    monkeypatch.setattr(developer, "quantiser_offsets", lambda look, planes, cfa: torch.zeros(1, 8, 12))
    evens = [fidelity(contrasty, tmp_path, f"even{crf}", crf) for crf in (4, 6, 7, 8, 9)]
    assert any(size >= told for size, _ in evens)
    best = max(db for size, db in evens if size <= told)
    assert linear > best + 1


def test_formats_without_offsets_render_as_ever(contrasty, tmp_path):
    for name in ("mjpeg", "ffv1"):
        suffix = FORMATS[name].suffixes[0]
        assert vidisp.render(contrasty, tmp_path / f"{name}{suffix}", codec=name).frames == 4

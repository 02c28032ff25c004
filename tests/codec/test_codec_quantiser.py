"""Quantiser steps mean the same for every format, and nothing in a record can make them unreasonable."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import fmean

import av
import pytest
from codec_clips import Made, make
from hypothesis import given
from hypothesis import strategies as st

from vidisp.codec import FORMATS, open_video
from vidisp.codec.bitstream.jpeg import segments
from vidisp.codec.encoders import reported_quantiser
from vidisp.codec.quantiser import COARSEST, frame_step, implied_step

_BY_NAME = pytest.mark.parametrize("name", FORMATS)


@pytest.mark.parametrize("pair", [("h264", "h264-10"), ("hevc", "hevc-10"), ("h264", "hevc")])
def test_equal_settings_imply_equal_steps(pair: tuple[str, str]) -> None:
    a, b = (implied_step(FORMATS[name], 14) for name in pair)
    assert a == pytest.approx(b)
    assert a == pytest.approx(0.625 * 2 ** (14 / 6))


@pytest.mark.parametrize("name", ["h264", "h264-10", "hevc", "hevc-10"])
def test_six_quantisers_double_the_step(name: str) -> None:
    assert frame_step(FORMATS[name], 26.5) == pytest.approx(2 * frame_step(FORMATS[name], 20.5))


def mean_step(video: Made) -> float:
    with open_video(video.path) as reader:
        steps = [frame_step(video.settings.format, frame.quantiser) for frame in reader.decode()]
    assert None not in steps
    return fmean(steps)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_the_same_crf_gives_the_same_steps_at_eight_and_ten_bits(tmp_path: Path, codec: str) -> None:
    """x264 and x265 report quantisers of ten bits on different scales."""
    names = codec, f"{codec}-10"
    eight, ten = (mean_step(make(tmp_path / name, name, preset="veryfast", changes={"crf": 20})) for name in names)
    assert eight == pytest.approx(ten, rel=0.1)
    # The setting's name is within an octave and a half of what the encoder does.
    assert 1 / 2 < eight / implied_step(FORMATS[codec], 20) < 3


def test_motion_jpeg_has_the_steps_of_its_tables(tmp_path: Path) -> None:
    video = make(tmp_path, "mjpeg", ".mov", (1,), changes={"crf": 8})
    with av.open(str(video.path)) as source:
        packet = bytes(next(source.demux(video=0)))
    table = next(body for marker, body in segments(packet) if marker == 0xDB)
    lowest = table[2:10]  # in zigzag order, after the table's number and the mean's own step
    assert frame_step(video.settings.format, 8) == pytest.approx(fmean(lowest), rel=0.1)


@_BY_NAME
def test_steps_grow_with_the_setting_and_are_never_below_rounding(name: str) -> None:
    fmt = FORMATS[name]
    low, high = fmt.crf_range
    steps = [implied_step(fmt, low + (high - low) * i / 20) for i in range(21)]
    assert steps == sorted(steps)
    assert steps[0] >= 2.0 ** (8 - fmt.bits)
    assert steps[-1] <= COARSEST
    assert name == "ffv1" or steps[-1] > 16 * steps[0]


@given(st.sampled_from(list(FORMATS)), st.floats())
def test_no_recorded_quantiser_is_too_strange(name: str, quantiser: float) -> None:
    fmt = FORMATS[name]
    step = frame_step(fmt, quantiser)
    assert step is None if not math.isfinite(quantiser) else 2.0 ** (8 - fmt.bits) <= step <= COARSEST
    assert frame_step(fmt, None) is None


@pytest.mark.parametrize("quantiser", [-11, 0, 37])
def test_reported_quantisers_may_be_negative(quantiser: int) -> None:
    class Packet:
        def get_sidedata(self, kind: str) -> bytes:
            return (quantiser * 118).to_bytes(4, "little", signed=True) + bytes(4) if kind == "quality_stats" else b""

    assert reported_quantiser(Packet()) == quantiser  # type: ignore[arg-type]

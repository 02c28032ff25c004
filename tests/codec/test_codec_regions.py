from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from vidisp.codec import FORMATS, YUV, EncoderSettings
from vidisp.codec.encoders import configure, encoder_options
from vidisp.codec.frames import from_frame, to_frame
from vidisp.codec.regions import BLOCK, MOST, RegionMarker, regions

WIDTH, HEIGHT = 128, 64


def test_runs_of_one_offset_are_one_region_and_none_is_none():
    offsets = np.array([[0, 0, -3, -3, 2], [0, 0, 0, 0, 0]])
    assert regions(offsets) == [(0, 16, 32, 64, -3), (0, 16, 64, 80, 2)]


def test_too_many_regions_become_fewer_and_larger():
    offsets = np.random.default_rng(0).integers(-8, 9, (90, 160))
    found = regions(offsets)
    assert 0 < len(found) <= MOST
    assert {bottom - top for top, bottom, *_ in found} != {BLOCK}
    quarter = regions(np.kron(np.arange(1, 1801).reshape(30, 60) % 17 - 8, np.ones((2, 2))))
    assert max(abs(offset) for *_, offset in quarter) == 8  # blocks of four equals keep their offset


def noisy(bits: int) -> YUV:
    rng, unit = np.random.default_rng(1), 1 << (bits - 8)
    kind = np.uint8 if bits == 8 else np.uint16
    y = ((128 + rng.normal(0, 12, (HEIGHT, WIDTH))) * unit).astype(kind)
    return YUV(y, *(np.full((HEIGHT // 2, WIDTH // 2), 128 * unit, kind) for _ in "uv"))


def coded(name: str, offsets: np.ndarray | None) -> np.ndarray:
    """(HEIGHT, WIDTH) squared errors of luma."""
    fmt = FORMATS[name]
    settings = EncoderSettings(fmt, 22, fmt.default_preset, WIDTH, HEIGHT, Fraction(24), 1)
    encoder = av.CodecContext.create(fmt.encoder, "w")
    configure(encoder, settings)
    encoder.options = encoder_options(settings)
    picture = noisy(fmt.bits)
    frame = to_frame(picture, fmt.pix_fmt, 0, Fraction(1, 24))
    if offsets is not None:
        frame = RegionMarker(WIDTH, HEIGHT, fmt.pix_fmt).mark(frame, offsets)
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    decoder = av.CodecContext.create(fmt.codec, "r")
    decoder.extradata = encoder.extradata
    (back,) = [from_frame(f) for packet in [*packets, None] for f in decoder.decode(packet)]
    return np.square((back.y.astype(float) - picture.y) / (1 << (fmt.bits - 8)))


@pytest.mark.parametrize("name", ["h264", "h264-10", "hevc", "hevc-10"])
def test_encoders_round_as_they_are_told(name):
    assert FORMATS[name].takes_offsets
    offsets = np.zeros((HEIGHT // BLOCK, WIDTH // BLOCK), np.int8)
    offsets[:, : WIDTH // BLOCK // 2] = -6
    even, told = coded(name, None), coded(name, offsets)
    left, right = np.s_[:, : WIDTH // 2 - BLOCK], np.s_[:, WIDTH // 2 + BLOCK :]
    assert 0.75 < even[left].mean() / even[right].mean() < 1.3
    assert told[left].mean() < 0.6 * told[right].mean()  # half the step is a quarter of the error, at high rates


def test_a_marked_frame_is_the_same_picture():
    picture = noisy(8)
    marker = RegionMarker(WIDTH, HEIGHT, "yuv420p")
    for number in range(3):
        frame = marker.mark(to_frame(picture, "yuv420p", number, Fraction(1, 24)), np.full((4, 8), number - 1))
        assert from_frame(frame).same(picture)
        assert (frame.pts, frame.time_base) == (number, Fraction(1, 24))


def test_the_other_formats_take_none():
    assert not any(FORMATS[name].takes_offsets for name in ("av1-10", "mjpeg", "ffv1"))

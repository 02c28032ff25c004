"""Planes to a video file and back, with the encoder settings of vidisp itself and nothing of its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import av
import numpy as np

from vidisp.codec.encoders import EncoderSettings, configure, encoder_options
from vidisp.codec.formats import Format
from vidisp.codec.regions import RegionMarker
from vidisp.raw import Clip

Planes = Sequence[np.ndarray]


def settings_for(fmt: Format, clip: Clip, crf: float, width: int, height: int) -> EncoderSettings:
    """vidisp's own defaults for this format; a clip that states no rate counts as 24 frames a second."""
    return EncoderSettings(fmt, crf, fmt.default_preset, width, height, clip.fps or Fraction(24))


def encode(frames: Iterable[Planes], path: Path, settings: EncoderSettings, offsets: Iterable[np.ndarray] = ()) -> None:
    """Write one closed GOP; `frames` are the planes of the settings' pixel format, unpadded; `offsets`, if any, those
    of each frame's quantisers."""
    marker = RegionMarker(settings.width, settings.height, settings.format.pix_fmt)
    with av.open(str(path), "w") as output:
        options = encoder_options(settings)
        stream = output.add_stream(settings.format.encoder, rate=settings.fps, options=options)
        configure(stream, settings)
        for number, (planes, offset) in enumerate(zip_longest(frames, offsets)):
            frame = _frame(planes, settings)
            frame.pts, frame.time_base = number, 1 / settings.fps
            output.mux(stream.encode(frame if offset is None else marker.mark(frame, offset)))
        output.mux(stream.encode(None))


def decode(path: Path) -> Iterator[list[np.ndarray]]:
    """Yield the planes of every frame, in the order of display."""
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            kind = np.dtype(np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
            yield [_samples(plane, kind)[:, : plane.width].copy() for plane in frame.planes]


def _frame(planes: Planes, settings: EncoderSettings) -> av.VideoFrame:
    frame = av.VideoFrame(settings.width, settings.height, settings.format.pix_fmt)
    for plane, samples in zip(frame.planes, planes, strict=True):
        _samples(plane, samples.dtype)[:, : plane.width] = samples
    return frame


def _samples(plane: av.video.plane.VideoPlane, kind: np.dtype) -> np.ndarray:
    return np.frombuffer(plane, dtype=kind).reshape(plane.height, -1)

"""Planes to a video file and back, with the encoder settings of vidisp itself and nothing of its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np

from vidisp.codec.encoders import EncoderSettings, configure, encoder_options

Planes = Sequence[np.ndarray]


def encode(frames: Iterable[Planes], path: Path, settings: EncoderSettings) -> None:
    """Write one closed GOP; `frames` are the planes of the settings' pixel format, unpadded."""
    with av.open(str(path), "w") as output:
        options = encoder_options(settings)
        stream = output.add_stream(settings.format.encoder, rate=settings.fps, options=options)
        configure(stream, settings)
        for number, planes in enumerate(frames):
            frame = _frame(planes, settings)
            frame.pts, frame.time_base = number, 1 / settings.fps
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def decode(path: Path) -> Iterator[list[np.ndarray]]:
    """Yield the planes of every frame, in the order of display."""
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            kind = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
            yield [_samples(plane, kind)[:, : plane.width].copy() for plane in frame.planes]


def _frame(planes: Planes, settings: EncoderSettings) -> av.VideoFrame:
    frame = av.VideoFrame(settings.width, settings.height, settings.format.pix_fmt)
    for plane, samples in zip(frame.planes, planes, strict=True):
        _samples(plane, samples.dtype.type)[:, : plane.width] = samples
    return frame


def _samples(plane: av.video.plane.VideoPlane, kind: type) -> np.ndarray:
    return np.frombuffer(plane, dtype=kind).reshape(plane.height, -1)

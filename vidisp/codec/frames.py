"""Planes in and out of FFmpeg's frames, untouched: swscale's filters would cost decibels."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from vidisp.codec.planes import YUV
from vidisp.errors import InputError

CHROMA_420 = {"yuv420p": 8, "yuvj420p": 8, "yuv420p10le": 10}
"""The pixel formats that vidisp reads, and their bits."""


def to_frame(yuv: YUV, pix_fmt: str, pts: int, time_base: Fraction) -> av.VideoFrame:
    """A frame that holds the samples of `yuv`.

    Raises:
        InputError: the samples' type does not fit `pix_fmt`.
    """
    expected = np.uint8 if CHROMA_420[pix_fmt] == 8 else np.uint16
    if yuv.y.dtype != expected:
        raise InputError(f"{yuv.y.dtype} planes do not fit {pix_fmt}")
    frame = av.VideoFrame(yuv.width, yuv.height, pix_fmt)
    for plane, samples in zip(frame.planes, yuv.planes, strict=True):
        _view(plane, samples.dtype)[:, : samples.shape[1]] = samples
    frame.pts, frame.time_base = pts, time_base
    return frame


def from_frame(frame: av.VideoFrame) -> YUV:
    """A copy of the samples of a 4:2:0 frame.

    Raises:
        InputError: the frame is not 4:2:0 in 8 or 10 bit.
    """
    name = frame.format.name
    if name not in CHROMA_420:
        raise InputError(f"the pictures are {name}, not 4:2:0 in 8 or 10 bit")
    dtype = np.dtype(np.uint8 if CHROMA_420[name] == 8 else np.uint16)
    y, u, v = (_view(plane, dtype)[:, : plane.width].copy() for plane in frame.planes)
    return YUV(y, u, v)


def _view(plane: av.video.plane.VideoPlane, dtype: np.dtype) -> np.ndarray:
    """(height, line) samples of the plane's own memory, padding at the line ends included."""
    return np.frombuffer(memoryview(plane), dtype=dtype).reshape(plane.height, -1)

"""Planes as a standard video stream and back: HEVC 4:4:4 in 12 bits, by x265 through PyAV.

Measured against x264 4:4:4 in 10 bits, SVT-AV1, AVIF and JPEG 2000, see `pipelines/benchmark/embedding.py`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

import av
import numpy as np

from vidisp.embed.payload.colours import BITS, SCALE
from vidisp.errors import InputError

Planes = Sequence[np.ndarray]
_PIXELS = "yuv444p12le"
_PRESET = "slow"
# No psychovisual terms and no adaptive quantisation: fidelity is what counts here.
_PARAMS = "psy-rd=0:psy-rdoq=0:aq-mode=0:keyint=-1:scenecut=0:open-gop=0:repeat-headers=1:info=0:log-level=none"
_UNIT = 1 << BITS - 8
_COARSEST_QP, _FINEST_QP = 51, 0
_UNITY_QP = 4
"""H.265, 8.6.1: the quantiser whose step is 1 in 8 bits; six more double it."""
FINEST, COARSEST = (1.001 * _UNIT / SCALE * 2 ** ((qp - _UNITY_QP) / 6) for qp in (_FINEST_QP, _COARSEST_QP))
"""Steps, in R'G'B' codes, that x265 takes."""


def quantiser(step: float) -> tuple[int, float]:
    """(qp, scale) of planes for steps of `step` in R'G'B' codes: the scale makes up for what qp cannot say.

    Raises:
        ValueError: it is finer or coarser than the codec goes.
    """
    qp = math.floor(_UNITY_QP + 6 * math.log2(step * SCALE / _UNIT))
    if not _FINEST_QP <= qp <= _COARSEST_QP:
        raise ValueError(f"steps of {step} are not possible")
    return qp, _UNIT * 2 ** ((qp - _UNITY_QP) / 6) / step


def encode(pictures: Sequence[Planes], qp: int, *, inter: bool) -> bytes:
    """An Annex B byte stream of pictures in the order given.

    Args:
        pictures: three planes (H, W) uint16 each, all of one size.
        inter: predict pictures from each other.
    """
    height, width = pictures[0][0].shape
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, _PIXELS
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    params = _PARAMS if inter else _PARAMS.replace("keyint=-1", "keyint=1")
    encoder.options = {"preset": _PRESET, "x265-params": f"qp={qp}:{params}"}
    packets = [packet for number, planes in enumerate(pictures) for packet in encoder.encode(_frame(planes, number))]
    return b"".join(bytes(packet) for packet in [*packets, *encoder.encode(None)])


def decode(stream: bytes, count: int, size: tuple[int, int]) -> list[tuple[np.ndarray, ...]]:
    """The planes of `count` pictures of (width, height).

    Raises:
        InputError: the stream holds something else.
    """
    try:
        with av.open(io.BytesIO(stream), "r", format="hevc") as source:
            frames = [_planes(frame) for frame in islice(source.decode(video=0), count)]
    except (av.error.FFmpegError, IndexError) as error:
        raise InputError("the embedded video stream cannot be decoded") from error
    if len(frames) != count or any(planes[0].shape != size[::-1] for planes in frames):
        raise InputError("the embedded video stream does not hold what the still says")
    return frames


def _frame(planes: Planes, number: int) -> av.VideoFrame:
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, _PIXELS)
    for plane, samples in zip(frame.planes, planes, strict=True):
        np.frombuffer(memoryview(plane), np.uint16).reshape(height, -1)[:, :width] = samples
    frame.pts = number
    return frame


def _planes(frame: av.VideoFrame) -> tuple[np.ndarray, ...]:
    if frame.format.name != _PIXELS:
        raise InputError("the embedded video stream is of another kind than vidisp embeds")
    return tuple(
        np.frombuffer(memoryview(p), np.uint16).reshape(p.height, -1)[:, : p.width].copy() for p in frame.planes
    )

"""One frame through an ISP and back, for systems that are measured without vidisp's streaming engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from vidisp.codec import YUV, Format
from vidisp.isp import (
    BT601_LUMA,
    BT709_LUMA,
    Look,
    choose_look,
    mosaic_to_quads,
    planes_to_yuv,
    quads_to_mosaic,
    yuv_to_planes,
)
from vidisp.raw import Clip, RawFrame, Sensor

LUMA = {"bt709": BT709_LUMA, "bt601": BT601_LUMA}
_LOOK_SAMPLES = 8


class Renderer(Protocol):
    """Quad planes (N, 4, h, w) to the six code planes (N, 6, h, w) of a 4:2:0 picture."""

    look: Look

    def forward(self, quads: Tensor) -> Tensor: ...


def look_of(clip: Clip, fmt: Format) -> Look:
    """The look that `vidisp render` chooses for this clip with its default options."""
    indices = sorted({round(i * (len(clip) - 1) / (_LOOK_SAMPLES - 1)) for i in range(_LOOK_SAMPLES)})
    samples = [clip.read(i) for i in indices]
    return choose_look(samples, bits=fmt.bits, full_range=fmt.full_range, luma=LUMA[fmt.luma])


def pictures(clip: Clip, isp: Renderer) -> Iterator[YUV]:
    """Every frame of the clip as the codec will see it."""
    for index in range(len(clip)):
        yield picture(clip.read(index), isp)


def picture(frame: RawFrame, isp: Renderer) -> YUV:
    sensor = frame.sensor
    with torch.inference_mode():
        quads = mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], sensor.cfa, sensor.black, sensor.white)
        highest = 2**isp.look.bits - 1
        y, uv = planes_to_yuv(isp.forward(quads).round().clamp(0, highest), sensor.cfa)
    kind = np.uint8 if isp.look.bits == 8 else np.uint16
    luma, chroma = y[0].numpy().astype(kind), uv[0].numpy().astype(kind)
    return YUV(luma, chroma[0], chroma[1])


def planes_of(yuv: YUV, sensor: Sensor) -> Tensor:
    """Code values as the ISP takes them: (1, 6, h, w) float32."""
    y = torch.from_numpy(yuv.y.astype(np.float32))[None]
    uv = torch.from_numpy(np.stack([yuv.u, yuv.v]).astype(np.float32))[None]
    return yuv_to_planes(y, uv, sensor.cfa)


def mosaic_of(quads: Tensor, sensor: Sensor) -> np.ndarray:
    """(1, 4, h, w) quad planes to the sensor's mosaic in whole DN."""
    mosaic = quads_to_mosaic(quads, sensor.cfa, sensor.black, sensor.white, sensor.height, sensor.width)
    return np.asarray(mosaic[0].numpy())

"""The plain recipe: render as a camera would, encode 4:2:0, and run the curve and the matrix backwards.

Look, exposure, tone curve and encoder settings are vidisp's own, so that only the way into 4:2:0 differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from pictures import Renderer, look_of, mosaic_of, pictures, planes_of
from rivals import video
from torch import Tensor

from vidisp.codec import FORMATS, YUV
from vidisp.isp import Look
from vidisp.isp.reference import ReferenceISP
from vidisp.raw import Clip


class WayBack(Renderer, Protocol):
    """An ISP that has one."""

    def inverse(self, planes: Tensor) -> Tensor: ...


class Analytic:
    """The recipe on one of vidisp's codecs; or with another ISP, as `make_isp` makes it of a clip's look."""

    suffix = ".mp4"

    def __init__(self, codec: str, name: str = "analytic", make_isp: Callable[[Look], WayBack] = ReferenceISP) -> None:
        self.name, self.format, self.make_isp = f"{name} {codec}", FORMATS[codec], make_isp
        self.crf_range = self.format.crf_range

    def encode(self, clip: Clip, path: Path, crf: float) -> int:
        """Write the video, return its bytes."""
        fmt, sensor = self.format, clip.sensor
        width, height = sensor.width + sensor.width % 2, sensor.height + sensor.height % 2
        settings = video.settings_for(fmt, clip, crf, width, height)
        isp = self.make_isp(look_of(clip, fmt))
        video.encode((yuv.planes for yuv in pictures(clip, isp)), path, settings)
        return path.stat().st_size

    def decode(self, clip: Clip, path: Path) -> Iterator[np.ndarray]:
        """Yield the recovered mosaics."""
        isp = self.make_isp(look_of(clip, self.format))
        for planes in video.decode(path):
            with torch.inference_mode():
                quads = isp.inverse(planes_of(YUV(*planes), clip.sensor))
            yield mosaic_of(quads, clip.sensor)

"""The lift with one quantiser for the whole picture, as if the encoder were not told where RAW is worth more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from pictures import look_of, mosaic_of, pictures, planes_of
from rivals import video

from vidisp.codec import FORMATS, YUV
from vidisp.isp import LiftISP
from vidisp.raw import Clip


class EvenLift:
    """On one of vidisp's codecs."""

    suffix = ".mp4"

    def __init__(self, codec: str) -> None:
        self.name, self.format = f"even lift {codec}", FORMATS[codec]
        self.crf_range = self.format.crf_range

    def encode(self, clip: Clip, path: Path, crf: float) -> int:
        """Write the video, return its bytes."""
        sensor = clip.sensor
        size = sensor.width + sensor.width % 2, sensor.height + sensor.height % 2
        settings = video.settings_for(self.format, clip, crf, *size)
        isp = LiftISP(look_of(clip, self.format))
        video.encode((yuv.planes for yuv in pictures(clip, isp)), path, settings)
        return path.stat().st_size

    def decode(self, clip: Clip, path: Path) -> Iterator[np.ndarray]:
        """Yield the recovered mosaics, cut to what each original frame held, as vidisp does by the record."""
        isp = LiftISP(look_of(clip, self.format))
        for index, planes in enumerate(video.decode(path)):
            with torch.inference_mode():
                quads = isp.recover(planes_of(YUV(*planes), clip.sensor))
            mosaic, original = mosaic_of(quads, clip.sensor), clip.read(index).mosaic
            for part, whole in zip(_sites(mosaic), _sites(original), strict=True):
                np.clip(part, whole.min(), whole.max(), out=part)
            yield mosaic


def _sites(mosaic: np.ndarray) -> list[np.ndarray]:
    return [mosaic[a::2, b::2] for a in (0, 1) for b in (0, 1)]

"""The lift with one quantiser for the whole picture, as if the encoder were not told where RAW is worth more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from pictures import look_of, mosaic_of, planes_of
from rivals import video
from rivals.analytic import Analytic

from vidisp.codec import YUV
from vidisp.isp import LiftISP
from vidisp.raw import Clip


class EvenLift(Analytic):
    """On one of vidisp's codecs."""

    def __init__(self, codec: str) -> None:
        super().__init__(codec, "even lift", LiftISP)

    def decode(self, clip: Clip, path: Path) -> Iterator[np.ndarray]:
        """Yield the recovered mosaics, cut to what each original frame held, as vidisp does by the record."""
        isp = self.make_isp(look_of(clip, self.format))
        for index, planes in enumerate(video.decode(path)):
            with torch.inference_mode():
                quads = isp.recover(planes_of(YUV(*planes), clip.sensor))
            mosaic, original = mosaic_of(quads, clip.sensor), clip.read(index).mosaic
            for part, whole in zip(_sites(mosaic), _sites(original), strict=True):
                np.clip(part, whole.min(), whole.max(), out=part)
            yield mosaic


def _sites(mosaic: np.ndarray) -> list[np.ndarray]:
    return [mosaic[a::2, b::2] for a in (0, 1) for b in (0, 1)]

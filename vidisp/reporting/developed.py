"""RAW frames as pictures to look at: the reference look, with one exposure and white balance for both clips."""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vidisp.isp import Look, ReferenceISP, choose_look, mosaic_to_quads
from vidisp.isp.demosaic import malvar
from vidisp.isp.mosaic import flip
from vidisp.raw import Clip, Sensor

LOOK_SAMPLES = 8


def look_of(clip: Clip) -> Look:
    """The look that `vidisp render` chooses for this clip with its default options."""
    return choose_look([clip.read(i) for i in spread(len(clip), LOOK_SAMPLES)])


def spread(total: int, count: int) -> list[int]:
    """At most `count` indices spread evenly over `total`, the first and the last among them."""
    return sorted({round(i * (total - 1) / max(count - 1, 1)) for i in range(count)})


def developed(mosaic: np.ndarray, sensor: Sensor, look: Look) -> np.ndarray:
    """A mosaic (height, width) in DN in full colour, (height, width, 3) uint8, turned upright.

    The reference look, before chroma is subsampled.
    """
    isp = ReferenceISP(look)
    with torch.inference_mode():
        quads = mosaic_to_quads(torch.from_numpy(mosaic)[None], sensor.cfa, sensor.black, sensor.white)
        tones = isp.rendering.tones(malvar(isp.exposure.forward(quads)))
        image = torch.stack([_interleaved(tone, sensor) for tone in tones], dim=-1)
        return upright(image.clamp_(0, 1).mul_(255).round_().to(torch.uint8).numpy(), sensor.orientation)


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """A picture (H, W, 3) turned as its EXIF orientation (TIFF 6.0, tag 274; 1..8) says; unknown ones stay."""
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _interleaved(plane: Tensor, sensor: Sensor) -> Tensor:
    """A colour at all four sites, (1, 4, h, w), as an image of the sensor's size."""
    whole = flip(rearrange(plane[0], "(a b) h w -> (h a) (w b)", a=2, b=2), sensor.cfa)
    return whole[: sensor.height, : sensor.width]

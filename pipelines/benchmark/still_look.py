"""A photo's picture beside the reference look: the picture that viewers show, in 8-bit sRGB."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vidisp.isp import Look, ReferenceISP, mosaic_to_quads
from vidisp.isp.demosaic import malvar
from vidisp.isp.full_chroma import planes_to_444
from vidisp.metrics import psnr
from vidisp.metrics.structure import similarity, ssim
from vidisp.raw import RawFrame

_LUMA = (0.299, 0.587, 0.114)


class LookErrors(NamedTuple):
    """PSNR of R, G and B together in dB, and SSIM of luma (BT.601)."""

    psnr: float
    ssim: float


def quads_of(frame: RawFrame) -> Tensor:
    """Linear quads (1, 4, h, w)."""
    s = frame.sensor
    return mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], s.cfa, s.black, s.white)


def reference_ycbcr(frame: RawFrame, look: Look) -> np.ndarray:
    """The reference look in JPEG's full-range Y'CbCr with chroma at every pixel: (height, width, 3) uint8, even."""
    isp = ReferenceISP(look)
    with torch.inference_mode():
        tones = isp.rendering.tones(malvar(isp.exposure.forward(quads_of(frame))))
        codes = isp.range.encode(isp.rendering.luma(tones), *isp.rendering.chroma(tones))
        picture = planes_to_444(codes, frame.sensor.cfa)[0].round().clamp(0, 255)
    return np.ascontiguousarray(picture.to(torch.uint8).permute(1, 2, 0).numpy())


def as_seen(ycbcr: np.ndarray) -> np.ndarray:
    """Y'CbCr (height, width, 3) uint8 as R'G'B' by JFIF 1.02."""
    return np.asarray(Image.fromarray(ycbcr, "YCbCr").convert("RGB"))


def shown(jpeg: bytes) -> np.ndarray:
    """A JPEG file as viewers show it: libjpeg's own chroma interpolation, (height, width, 3) uint8."""
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image.convert("RGB"))


def look_errors(picture: np.ndarray, reference: np.ndarray) -> LookErrors:
    """Of two (height, width, 3) uint8 pictures; white is the peak."""
    a, b = (torch.from_numpy(np.array(image)).float().div_(255) for image in (picture, reference))
    luma = [image @ torch.tensor(_LUMA) for image in (a, b)]
    return LookErrors(psnr(float((a - b).square().mean(dtype=torch.float64))), ssim(similarity(*luma)))

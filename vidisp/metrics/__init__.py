"""Fidelity of recovered RAW, and rate."""

from vidisp.metrics.fidelity import ClipErrors, FrameErrors, bayer_errors, mosaic_errors, psnr, summarise
from vidisp.metrics.rate import BDPSNR, RatePoint, bd_psnr, bits_per_pixel

__all__ = [
    "BDPSNR",
    "ClipErrors",
    "FrameErrors",
    "RatePoint",
    "bayer_errors",
    "bd_psnr",
    "bits_per_pixel",
    "mosaic_errors",
    "psnr",
    "summarise",
]

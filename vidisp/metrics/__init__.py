"""Fidelity of recovered RAW, and rate."""

from vidisp.metrics.fidelity import ClipErrors, FrameErrors, bayer_errors, mosaic_errors, psnr, summarise
from vidisp.metrics.rate import BDPSNR, RatePoint, bd_psnr, bits_per_pixel
from vidisp.metrics.report import Report, evaluate_clips

__all__ = [
    "BDPSNR",
    "ClipErrors",
    "FrameErrors",
    "RatePoint",
    "Report",
    "bayer_errors",
    "bd_psnr",
    "bits_per_pixel",
    "evaluate_clips",
    "mosaic_errors",
    "psnr",
    "summarise",
]

"""What a video or a recovered RAW clip has lost, how steady it is, and at what rate."""

from vidisp.metrics.catalogue import METRICS, Metric
from vidisp.metrics.evaluate import evaluate, measure
from vidisp.metrics.fidelity import ClipErrors, FrameErrors, bayer_errors, mosaic_errors, psnr, summarise
from vidisp.metrics.measures import Measures
from vidisp.metrics.photos import PhotoReport
from vidisp.metrics.rate import BDPSNR, RatePoint, bd_psnr, bits_per_pixel
from vidisp.metrics.report import Report, evaluate_clips

__all__ = [
    "BDPSNR",
    "METRICS",
    "ClipErrors",
    "FrameErrors",
    "Measures",
    "Metric",
    "PhotoReport",
    "RatePoint",
    "Report",
    "bayer_errors",
    "bd_psnr",
    "bits_per_pixel",
    "evaluate",
    "evaluate_clips",
    "measure",
    "mosaic_errors",
    "psnr",
    "summarise",
]

"""Colour, tone and the lifting ISP: between a RAW mosaic and the planes of a picture. Pure tensors, no files."""

from vidisp.isp.choose import choose_look
from vidisp.isp.full_chroma import FullLiftISP
from vidisp.isp.lifting import LiftISP
from vidisp.isp.look import BT601_LUMA, BT709_LUMA, Look
from vidisp.isp.mosaic import mosaic_to_quads, planes_to_yuv, quads_to_mosaic, yuv_to_planes
from vidisp.isp.reference import ReferenceISP

__all__ = [
    "BT601_LUMA",
    "BT709_LUMA",
    "FullLiftISP",
    "LiftISP",
    "Look",
    "ReferenceISP",
    "choose_look",
    "mosaic_to_quads",
    "planes_to_yuv",
    "quads_to_mosaic",
    "yuv_to_planes",
]

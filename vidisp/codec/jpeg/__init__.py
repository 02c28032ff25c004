"""JPEG stills: the picture's components as coded, the recovery record and its carriers, EXIF."""

from vidisp.codec.jpeg.adaptive import adapt, table_step
from vidisp.codec.jpeg.carriers import assemble, coded_checksum
from vidisp.codec.jpeg.coding import decode, encode, fit, thumbnail
from vidisp.codec.jpeg.components import SUBSAMPLINGS, Components, Subsampling
from vidisp.codec.jpeg.exif import THUMBNAIL_SIDE, build_exif
from vidisp.codec.jpeg.fingerprint import blocks_of
from vidisp.codec.jpeg.reader import JPEGFile, open_jpeg
from vidisp.codec.jpeg.record import StillRecord
from vidisp.codec.jpeg.tables import DEFAULT_QUALITY, QUALITIES, parse_quality, step_of_quality

__all__ = [
    "DEFAULT_QUALITY",
    "QUALITIES",
    "SUBSAMPLINGS",
    "THUMBNAIL_SIDE",
    "Components",
    "JPEGFile",
    "StillRecord",
    "Subsampling",
    "adapt",
    "assemble",
    "blocks_of",
    "build_exif",
    "coded_checksum",
    "decode",
    "encode",
    "fit",
    "open_jpeg",
    "parse_quality",
    "step_of_quality",
    "table_step",
    "thumbnail",
]

"""RAW frames, and RAW clips on disk: reading DNG and camera files, writing CinemaDNG."""

from vidisp.raw.clip import Clip
from vidisp.raw.frame import CFA, CFA_PATTERNS, RawFrame, Sensor, Tag
from vidisp.raw.ljpeg import encode_mosaic
from vidisp.raw.read import read_frame
from vidisp.raw.tags import carry_tags, is_private, tag_from_json, tag_name, tag_to_json
from vidisp.raw.write import write_dng

__all__ = [
    "CFA",
    "CFA_PATTERNS",
    "Clip",
    "RawFrame",
    "Sensor",
    "Tag",
    "carry_tags",
    "encode_mosaic",
    "is_private",
    "read_frame",
    "tag_from_json",
    "tag_name",
    "tag_to_json",
    "write_dng",
]

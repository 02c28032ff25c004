"""Video through PyAV: formats, encoding, joining, reading, and the recovery record with its carriers."""

from vidisp.codec.encode import SegmentEncoder, SegmentInfo
from vidisp.codec.encoders import EncoderSettings
from vidisp.codec.fields import RecordError
from vidisp.codec.formats import DEFAULT_FORMAT, DEFAULT_QUALITY, FORMATS, Format, format_for
from vidisp.codec.join import join_segments
from vidisp.codec.planes import YUV
from vidisp.codec.reader import DecodedFrame, VideoReader, open_video
from vidisp.codec.record import ClipRecord, FrameRecord
from vidisp.codec.status import State, Status

__all__ = [
    "DEFAULT_FORMAT",
    "DEFAULT_QUALITY",
    "FORMATS",
    "YUV",
    "ClipRecord",
    "DecodedFrame",
    "EncoderSettings",
    "Format",
    "FrameRecord",
    "RecordError",
    "SegmentEncoder",
    "SegmentInfo",
    "State",
    "Status",
    "VideoReader",
    "format_for",
    "join_segments",
    "open_video",
]

"""Recovered frames on disk: what belongs to a frame besides its samples, and the files they become."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from vidisp.atomic import atomic_output
from vidisp.codec import ClipRecord, FrameRecord
from vidisp.errors import UsageError
from vidisp.raw import RawFrame, Sensor, Tag, tag_from_json, write_dng
from vidisp.stream.changes import apply_changes, extent

FileFormat = Literal["dng", "npy"]


@dataclass(frozen=True)
class Description:
    """All of a frame but its samples."""

    sensor: Sensor
    number: int
    fps: Fraction
    timecode: bytes | None
    tags: tuple[Tag, ...]
    extent: tuple[tuple[int, int], ...] | None

    def frame(self, mosaic: np.ndarray, name: str) -> RawFrame:
        """The frame with these samples."""
        return RawFrame(mosaic, self.sensor, self.number, name, self.fps, self.timecode, self.tags)


def describe(clip: ClipRecord, record: FrameRecord | None, index: int) -> Description:
    """What clip and frame record say of frame `index`; without a frame record, what the clip says.

    Raises:
        InputError: if a record, which comes out of a file, is malformed.
    """
    tags = tuple(tag_from_json(tag) for tag in clip.tags)
    changes = record.changes if record else {}
    sensor, timecode, tags = apply_changes(changes, clip.sensor, tags)
    return Description(sensor, frame_number(clip, record, index), clip.fps, timecode, tags, extent(changes))


def frame_number(clip: ClipRecord, record: FrameRecord | None, index: int) -> int:
    """The source's own number of frame `index`."""
    return record.number if record else clip.first_number + index


@dataclass(frozen=True)
class FrameWriter:
    """Writes frames as CinemaDNG (`compress`: with lossless JPEG) or as NumPy mosaics."""

    format: FileFormat
    compress: bool

    def __post_init__(self) -> None:
        if self.format not in ("dng", "npy"):
            raise UsageError(f"there is no format {self.format!r}", hint="choose dng or npy")

    @property
    def suffix(self) -> str:
        """Of the files it writes, with the dot."""
        return f".{self.format}"

    def write(self, path: Path, frame: RawFrame) -> int:
        """Write one frame; returns its size in bytes. The file appears when it is whole."""
        if self.format == "dng":
            return write_dng(path, frame, compress=self.compress)
        with atomic_output(path) as temporary:
            np.save(temporary, frame.mosaic)
        return path.stat().st_size

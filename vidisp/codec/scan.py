"""One pass over a video's packets: which frames are there, whose they are, whether they are untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av

from vidisp.codec.bitstream import Carrier, carrier_for
from vidisp.codec.comment import from_comment
from vidisp.codec.fields import RecordError
from vidisp.codec.message import KIND_CLIP, KIND_FRAME, KIND_HEADERS, Budget, kind_of
from vidisp.codec.record import ClipRecord, FrameRecord, headers_from_bytes
from vidisp.errors import InputError, counted

OPEN_OPTIONS = {"ignore_editlist": "1"}
"""An edit list (mp4, after a trim) hides packets that are there."""


@dataclass(frozen=True, slots=True)
class PacketInfo:
    """One coded picture: its time stamps, whether it is a key frame, its record if it has one, whether its
    bytes are those that the record was made for, and the parameter sets that come with it."""

    pts: int
    dts: int | None
    key: bool
    record: FrameRecord | None
    unchanged: bool
    headers: bytes | None = None


@dataclass(frozen=True)
class Scan:
    """What a file holds. `packets` are in coding order; `clips` are the records found in the bitstream, by
    clip id; `comment` is the one in the container's comment; `broken` says why reading stopped early."""

    path: Path
    codec: str
    width: int
    height: int
    fps: Fraction | None
    time_base: Fraction
    packets: Sequence[PacketInfo]
    clips: Mapping[str, ClipRecord]
    comment: ClipRecord | None
    broken: str | None = None


def scan(path: Path) -> Scan:
    """Read every packet of the first video stream; nothing is decoded.

    Raises:
        InputError: the file is missing, is no video, or is cut off before its index.
    """
    with open_input(path) as source:
        stream = source.streams.video[0]
        comment, table = from_comment(_comment_of(source))
        reader = _PacketReader(carrier_for(stream.codec_context.codec.canonical_name, stream.codec_context.extradata))
        reader.by_checksum = _by_checksum(table)
        broken = reader.read(source, stream) or _cut_off(len(reader.packets), stream.frames)
        return Scan(
            path=path,
            codec=stream.codec_context.codec.canonical_name,
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            fps=stream.average_rate,
            time_base=stream.time_base or Fraction(1),
            packets=reader.packets,
            clips=reader.clips,
            comment=comment,
            broken=broken,
        )


def open_input(path: Path) -> av.container.InputContainer:
    """Open a video file. Raises InputError like `scan`."""
    try:
        source = av.open(str(path), options=OPEN_OPTIONS, metadata_errors="replace")
    except FileNotFoundError as error:
        raise InputError("there is no such file", path=path) from error
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(*_why_not(path), path=path) from error
    if not source.streams.video:
        source.close()
        raise InputError("the file holds no video", path=path)
    if source.streams.video[0].codec_context is None:
        source.close()
        raise InputError("the file holds video of a kind that FFmpeg does not know", path=path)
    return source


def _why_not(path: Path) -> tuple[str]:
    if path.is_dir():
        return ("is a folder, not a video",)
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return ("the video is cut off: its index (moov) is missing, so it was never finished or not copied whole",)
    return ("this is not a video that FFmpeg can read",)


def _comment_of(source: av.container.InputContainer) -> str:
    entries = {**source.streams.video[0].metadata, **source.metadata}
    return next((value for key, value in entries.items() if key.lower() == "comment"), "")


def _cut_off(found: int, stated: int) -> str | None:
    """FFmpeg takes the end of a file for the end of the video; `stated` is what the index says, 0 if it says nothing.

    A packet that is cut in two counts as found, and as changed.
    """
    return f"the file is cut off, {found} of its {counted(stated, 'frame')} are there" if found < stated else None


def _by_checksum(table: Sequence[FrameRecord]) -> dict[int, list[FrameRecord]]:
    """Records by their picture's checksum, last first: equal pictures are given out in the clip's order."""
    found: dict[int, list[FrameRecord]] = {}
    for record in sorted(table, key=lambda r: r.index, reverse=True):
        found.setdefault(record.checksum, []).append(record)
    return found


@dataclass
class _PacketReader:
    carrier: Carrier | None
    packets: list[PacketInfo] = field(default_factory=list)
    clips: dict[str, ClipRecord] = field(default_factory=dict)
    by_checksum: dict[int, list[FrameRecord]] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    def read(self, source: av.container.InputContainer, stream: av.VideoStream) -> str | None:
        try:
            for packet in source.demux(stream):
                if packet.size and packet.pts is not None:
                    self.packets.append(self._info(packet, packet.pts))
        except av.error.FFmpegError as error:
            return f"reading stops after {counted(len(self.packets), 'frame')}: {error.strerror}"
        return None

    def _info(self, packet: av.Packet, pts: int) -> PacketInfo:
        data = bytes(packet)
        record, headers = self._messages(data)
        checksum = self.carrier.slice_checksum(data) if self.carrier else 0
        if record is None and self.by_checksum.get(checksum):
            record = self.by_checksum[checksum].pop()
        unchanged = record is not None and record.checksum == checksum
        return PacketInfo(pts, packet.dts, packet.is_keyframe, record, unchanged, headers)

    def _messages(self, data: bytes) -> tuple[FrameRecord | None, bytes | None]:
        """The frame's record and parameter sets, if they are there and whole; clip records are collected."""
        record: FrameRecord | None = None
        headers: bytes | None = None
        for message in self.carrier.extract(data) if self.carrier else ():
            kind = kind_of(message) if self.budget.allows(message) else None
            with suppress(RecordError):
                if kind == KIND_CLIP:
                    clip = ClipRecord.from_bytes(message)
                    self.clips.setdefault(clip.clip_id, clip)
                elif kind == KIND_FRAME:
                    record = FrameRecord.from_bytes(message)
                elif kind == KIND_HEADERS:
                    headers = headers_from_bytes(message)
        return record, headers

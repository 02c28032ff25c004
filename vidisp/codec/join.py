"""Parts put in a row, without touching a coded picture, in the container that people get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from vidisp.atomic import atomic_output
from vidisp.codec.audio import AudioTrack
from vidisp.codec.bitstream import FFV1Carrier
from vidisp.codec.bitstream.ffv1 import strip
from vidisp.codec.comment import MOV_LIMIT, to_comment
from vidisp.codec.encoders import EncoderSettings, tag_colours
from vidisp.codec.files import check_whole, output_errors
from vidisp.codec.message import KIND_FRAME, kind_of
from vidisp.codec.record import ClipRecord, FrameRecord
from vidisp.errors import InputError, UsageError

_CONTAINER = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
_ROTATION = {
    1: (0, False, False),
    2: (0, True, False),
    3: (180, False, False),
    4: (0, False, True),
    5: (-90, True, False),
    6: (-90, False, False),
    7: (-90, False, True),
    8: (90, False, False),
}
"""EXIF orientation -> (degrees counter-clockwise, then mirrored left-right, then top-bottom)."""


def join_segments(
    parts: Sequence[Path],
    path: Path,
    settings: EncoderSettings,
    clip: ClipRecord,
    *,
    audio: Path | None = None,
    orientation: int = 1,
    start: Fraction = Fraction(0),
    timecode: str | None = None,
) -> int:
    """Write the parts, in their order, as the video `path`, which appears only when it is whole.

    Args:
        audio: a sound file; it is cut where the pictures end.
        orientation: EXIF orientation 1..8; becomes the display matrix.
        start: where in the sound the first picture belongs, in seconds.
        timecode: "HH:MM:SS:FF" of the first picture.

    Returns:
        How many frames were written.

    Raises:
        InputError: a part or the sound cannot be read.
        OutputError: the video cannot be written.
        UsageError: no parts, or an orientation that does not exist.
    """
    if not parts or orientation not in _ROTATION:
        raise UsageError(f"{len(parts)} parts with orientation {orientation} make no video", path=path)
    with atomic_output(path) as temporary:
        return _Writer(parts, path, temporary, settings, clip).run(orientation, timecode, audio, start)


@dataclass
class _Writer:
    parts: Sequence[Path]
    path: Path
    temporary: Path
    settings: EncoderSettings
    clip: ClipRecord
    frames: int = 0
    bytes: int = 0

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()

    def run(self, orientation: int, timecode: str | None, audio: Path | None, start: Fraction) -> int:
        with output_errors(self.path), self._open(timecode) as output, _open_part(self.parts[0]) as part:
            template = part.streams.video[0]
            video = self._add_video(output, template, orientation)
            track = AudioTrack(audio, output, self.suffix, start) if audio else None
            self._mux(output, video, template.codec_context.reorder_depth, track)
        check_whole(self.temporary, self.path, self.bytes)
        return self.frames

    def _open(self, timecode: str | None) -> av.container.OutputContainer:
        options = {} if self.suffix == ".mkv" else {"movflags": "+faststart"}
        output = av.open(str(self.temporary), "w", format=_CONTAINER[self.suffix], options=options)
        output.metadata["comment"] = self._comment()
        output.metadata.update({"title": self.clip.name} if self.clip.name else {})
        output.metadata.update({"timecode": timecode} if timecode else {})
        return output

    def _comment(self) -> str:
        ffv1 = self.settings.format.codec == "ffv1"
        frames = [record for part in self.parts for record in _frame_records(part)] if ffv1 else []
        comment = to_comment(self.clip, frames)
        too_long = self.suffix == ".mov" and len(comment) > MOV_LIMIT
        return to_comment(self.clip.without_tags()) if too_long else comment

    def _add_video(
        self, output: av.container.OutputContainer, template: av.VideoStream, orientation: int
    ) -> av.VideoStream:
        video = output.add_stream_from_template(template, opaque=True)
        video.time_base = 1 / self.settings.fps
        video.codec_context.framerate = self.settings.fps
        tag_colours(video.codec_context, self.settings.format)
        if self.settings.format.codec == "hevc" and self.suffix != ".mkv":
            video.codec_context.codec_tag = "hvc1"  # Apple's players take no other
        if orientation != 1:
            video.set_display_rotation(*_ROTATION[orientation])
        return video

    def _mux(
        self,
        output: av.container.OutputContainer,
        video: av.VideoStream,
        delay: int,
        track: AudioTrack | None,
    ) -> None:
        """Pictures and sound in order of time; the sound ends with the last picture."""
        sound = track.packets() if track else iter(())
        waiting = next(sound, None)
        for packet in self._packets(video, delay):
            output.mux(packet)
            while waiting is not None and _seconds(waiting) < self.frames / self.settings.fps:
                output.mux(waiting)
                waiting = next(sound, None)

    def _packets(self, video: av.VideoStream, delay: int) -> Iterator[av.Packet]:
        """All packets, timed in frames: a closed GOP's coding order permutes its display order."""
        for part in self.parts:
            first = self.frames
            for position, packet in _part_packets(part, self.settings.fps):
                data = bytes(packet)
                moved = av.Packet(strip(data) if self.settings.format.codec == "ffv1" else data)
                moved.pts, moved.dts, moved.duration = first + position, self.frames - delay, 1
                moved.time_base, moved.is_keyframe, moved.stream = (
                    1 / self.settings.fps,
                    packet.is_keyframe,
                    video,
                )
                self.frames += 1
                self.bytes += moved.size
                yield moved


def _part_packets(part: Path, fps: Fraction) -> Iterator[tuple[int, av.Packet]]:
    """(place in the segment, packet) in coding order; the first packet is the key frame, shown first."""
    with _open_part(part) as source:
        stream = source.streams.video[0]
        first: int | None = None
        for packet in source.demux(stream):
            if packet.size and packet.pts is not None:
                first = packet.pts if first is None else first
                yield round((packet.pts - first) * packet.time_base * fps), packet


def _frame_records(part: Path) -> Iterator[FrameRecord]:
    with _open_part(part) as source:
        for packet in source.demux(source.streams.video[0]):
            for message in FFV1Carrier().extract(bytes(packet)) if packet.size else ():
                if kind_of(message) == KIND_FRAME:
                    yield FrameRecord.from_bytes(message)


def _open_part(part: Path) -> av.container.InputContainer:
    try:
        source = av.open(str(part))
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"the part cannot be read: {error.strerror}", path=part) from error
    if not source.streams.video:
        source.close()
        raise InputError("the part holds no pictures", path=part)
    return source


def _seconds(packet: av.Packet) -> Fraction:
    return Fraction((packet.pts or 0) * packet.time_base)

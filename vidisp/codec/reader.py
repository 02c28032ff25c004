"""Reading a video back: whose frames they are, whether they are untouched, and their samples as coded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType

import av

from vidisp.codec.bitstream import NALCarrier, carrier_for
from vidisp.codec.formats import FORMATS, Format
from vidisp.codec.frames import CHROMA_420, from_frame
from vidisp.codec.gops import Target, Targets, exact_targets, needed_runs, timed_targets
from vidisp.codec.planes import YUV
from vidisp.codec.record import ClipRecord, FrameRecord
from vidisp.codec.scan import PacketInfo, Scan, open_input, scan
from vidisp.codec.status import State, Status, clips_of, judge
from vidisp.errors import NotRecoverableError, UsageError


@dataclass(frozen=True)
class DecodedFrame:
    """One decoded picture.

    Args:
        index: its place in the clip.
        record: what its packet says about it, None if the file was re-encoded.
        yuv: the samples as decoded, in the clip's own bit depth.
        intact: the picture is bit for bit what vidisp coded, and so is everything it was predicted from.
        quantiser: the encoder's mean quantiser on the codec's own scale, None if unknown.
        clip: the record of the clip it belongs to.
    """

    index: int
    record: FrameRecord | None
    yuv: YUV
    intact: bool
    quantiser: float | None
    clip: ClipRecord


def open_video(path: str | Path, *, sidecar: ClipRecord | None = None, force: bool = False) -> VideoReader:
    """Open any video file and find out what it is. Reads all packets once, decodes none.

    Args:
        sidecar: a clip record kept elsewhere, for a file that has lost its own.
        force: let a re-encoded file be decoded.

    Raises:
        InputError: the file is missing, is no video, or is cut off before its index.
    """
    found = scan(Path(path))
    if found.comment is None:
        found = replace(found, comment=sidecar)
    return VideoReader(found, force=force)


class VideoReader:
    """A video file, its recovery records, and its frames. Nothing stays open between calls; as a context manager it
    only marks where reading ends.

    `path`, `width`, `height` and `codec` are the file's own; `status` says what it is; `clips` are all clip records
    in it by clip id; `packets_decoded` counts what the decoder was fed with.
    """

    def __init__(self, found: Scan, *, force: bool = False) -> None:
        self._scan, self._force = found, force
        self.path = found.path
        self.width, self.height, self.codec = found.width, found.height, found.codec
        self.status: Status = judge(found)
        self.clips: dict[str, ClipRecord] = clips_of(found)
        self.packets_decoded = 0

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @cached_property
    def clip(self) -> ClipRecord | None:
        """The record of the first clip in the file (a concat holds several, see `clips`)."""
        ids = (p.record.clip_id for p in self._scan.packets if p.record is not None)
        return next((self.clips[i] for i in ids if i in self.clips), self._scan.comment)

    @property
    def fps(self) -> Fraction | None:
        """The clip's exact rate, or else what the container says."""
        return self.clip.fps if self.clip else self._scan.fps

    @cached_property
    def frames_present(self) -> tuple[int, ...]:
        """Which frames of `clip` are there and can be decoded, as clip indices in order."""
        if self.clip is None:
            return ()
        targets = self._targets(self.clip, 0, None).values()
        return tuple(sorted({t.index for t in targets if t.clip.clip_id == self.clip.clip_id}))

    def require_recoverable(self) -> ClipRecord:
        """`clip`, if this file can be recovered.

        Raises:
            NotRecoverableError: not made by vidisp, or re-encoded without `force`, or changed in size.
        """
        if self.clip is None or self.status.state is State.FOREIGN:
            raise NotRecoverableError(f"cannot be recovered: {self.status}", path=self.path)
        if self.status.state is State.REENCODED and not self._force:
            hint = "--force recovers an approximation from the clip's record"
            raise NotRecoverableError(f"cannot be recovered: {self.status}", path=self.path, hint=hint)
        if (self.width, self.height) != self.clip.coded_size:
            size = "{}x{}".format(*self.clip.coded_size)
            raise NotRecoverableError(f"was resized from {size} to {self.width}x{self.height}", path=self.path)
        self._check_rate(self.clip)
        self._known_format(self.clip)
        return self.clip

    def _check_rate(self, clip: ClipRecord) -> None:
        """Frames that have lost their records are numbered by time, which another frame rate would mix up."""
        found = self._scan.fps
        if self.status.state is State.REENCODED and found and abs(found / clip.fps - 1) > Fraction(1, 100):
            what = f"its frame rate was changed from {float(clip.fps):.5g} to {float(found):.5g}"
            raise NotRecoverableError(what, path=self.path)

    def decode(self, start: int | None = None, stop: int | None = None) -> Iterator[DecodedFrame]:
        """Frames `start` to `stop` (end excluded) by their index in their clip, in the file's order.

        Only the closed GOPs that hold wanted frames are decoded. Frames of a re-encoded file that have lost their
        record are numbered by their time stamps, counted from the first one in the file.

        Raises:
            NotRecoverableError: see `require_recoverable`; also, samples of another kind than vidisp wrote.
            UsageError: the range makes no sense.
        """
        return self._decode(self._wanted(start, stop))

    def count(self, start: int | None = None, stop: int | None = None) -> int:
        """How many frames `decode` will give at most (a damaged one may not decode). Raises like `decode`."""
        return len(self._wanted(start, stop))

    def _wanted(self, start: int | None, stop: int | None) -> Targets:
        clip, first = self.require_recoverable(), start or 0
        if first < 0 or (stop is not None and stop < first):
            raise UsageError(f"frames {start}:{stop} are no range", path=self.path)
        return self._targets(clip, first, stop)

    def _targets(self, clip: ClipRecord, start: int, stop: int | None) -> Targets:
        packets = self._scan.packets
        if any(packet.record is not None for packet in packets):
            return exact_targets(packets, self.clips, start, stop)
        return timed_targets(packets, clip, self._scan.time_base, start, stop)

    def _decode(self, targets: Targets) -> Iterator[DecodedFrame]:
        for run in needed_runs(self._scan.packets, targets):
            for frame in self._decode_run(run):
                if frame.pts is not None and frame.pts in targets:
                    yield self._decoded(frame, targets[frame.pts])

    def _decode_run(self, run: list[PacketInfo]) -> Iterator[av.VideoFrame]:
        """Decode neighbouring packets, the first of which is a key frame."""
        with open_input(self.path) as source:
            stream = source.streams.video[0]
            # FFmpeg's frame threads lose good frames beside a damaged one, and may never end.
            stream.thread_type = "AUTO" if all(p.unchanged for p in run) else "SLICE"
            headers = {p.pts: p.headers for p in run if p.headers and p.unchanged}
            for packet in _packets_of(run, source, stream):
                self.packets_decoded += 1
                yield from _feed(stream, _with_headers(packet, stream, headers.get(packet.pts or 0)))
            yield from _feed(stream, None)

    def _decoded(self, frame: av.VideoFrame, target: Target) -> DecodedFrame:
        record = target.packet.record
        yuv = self._fit(frame, target)
        quantiser = record.quantiser if record and target.intact else None
        return DecodedFrame(target.index, record, yuv, target.intact, quantiser, target.clip)

    def _fit(self, frame: av.VideoFrame, target: Target) -> YUV:
        """The samples in the clip's own bit depth; nothing else is ever converted."""
        clip, name = target.clip, frame.format.name
        fmt = self._known_format(clip)
        if (frame.width, frame.height) != clip.coded_size:
            size = "{}x{}".format(*clip.coded_size)
            raise NotRecoverableError(f"was resized from {size} to {frame.width}x{frame.height}", path=self.path)
        if name not in CHROMA_420:
            raise NotRecoverableError(f"was re-encoded from {fmt.pix_fmt} to {name}", path=self.path)
        if int(frame.color_range) in (1, 2) and (int(frame.color_range) == 2) != fmt.full_range:
            raise NotRecoverableError("its code range was converted in a re-encode", path=self.path)
        return _to_bits(from_frame(frame), CHROMA_420[name], fmt.bits)

    def _known_format(self, clip: ClipRecord) -> Format:
        if clip.format not in FORMATS:
            what = f"its format {clip.format!r} is unknown here"
            raise NotRecoverableError(what, path=self.path, hint="a newer vidisp wrote it; update")
        return FORMATS[clip.format]


def _packets_of(
    run: list[PacketInfo], source: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.Packet]:
    """The packets of a run."""
    first, last = run[0], run[-1]
    with suppress(av.error.FFmpegError):  # a damaged index: reading goes on from the start
        source.seek(first.pts if first.dts is None else min(first.pts, first.dts), stream=stream, backward=True)
    started = False
    for packet in _demux(source, stream):
        started = started or packet.pts == first.pts
        if started and packet.size and packet.pts is not None:
            yield packet
            if packet.pts == last.pts:
                return


def _with_headers(packet: av.Packet, stream: av.VideoStream, headers: bytes | None) -> av.Packet:
    """A key frame's packet with its own parameter sets: those of the container may be another clip's."""
    carrier = carrier_for(stream.codec_context.codec.canonical_name, stream.codec_context.extradata)
    if headers is None or not isinstance(carrier, NALCarrier):
        return packet
    whole = av.Packet(carrier.with_headers(bytes(packet), headers))
    whole.pts, whole.dts, whole.time_base, whole.is_keyframe = packet.pts, packet.dts, packet.time_base, True
    return whole


def _demux(source: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.Packet]:
    """Packets until the end, or until a cut-off file cannot be read any more (`scan` has said so)."""
    try:
        yield from source.demux(stream)
    except av.error.FFmpegError:
        return


def _feed(stream: av.VideoStream, packet: av.Packet | None) -> list[av.VideoFrame]:
    """Frames that come out for a packet (None: all that are left); a refused packet gives none."""
    try:
        return stream.codec_context.decode(packet)
    except av.error.FFmpegError:
        return []


def _to_bits(yuv: YUV, found: int, wanted: int) -> YUV:
    """Code values of `found` bits as code values of `wanted` bits, 8 or 10 each."""
    if found == wanted:
        return yuv
    if found == 8:
        return YUV(*(plane.astype("uint16") << 2 for plane in yuv.planes))
    return YUV(*(((plane.clip(0, 1021) + 2) >> 2).astype("uint8") for plane in yuv.planes))

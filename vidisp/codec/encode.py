"""One segment of a video: a closed GOP, written as a part file that joining puts in its place."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream

from vidisp.atomic import publish, remove
from vidisp.codec.bitstream import Carrier, NALCarrier, carrier_for
from vidisp.codec.encoders import EncoderSettings, configure, encoder_options, quiet_encoder, reported_quantiser
from vidisp.codec.files import check_whole, output_errors
from vidisp.codec.frames import to_frame
from vidisp.codec.planes import YUV
from vidisp.codec.record import ClipRecord, FrameRecord, headers_to_bytes
from vidisp.codec.regions import RegionMarker
from vidisp.errors import OutputError, UsageError

PART_FORMAT = "nut"
"""NUT keeps exact time stamps and takes every codec."""
CLIP_RECORD_EVERY = 12
"""Where every frame is a key frame, this many share one clip record."""


@dataclass(frozen=True)
class SegmentInfo:
    """What was written: frames, and bytes of the part file."""

    frames: int
    bytes: int


class SegmentEncoder:
    """Encodes frames into the part file `path`, which appears only when `close` has made it whole.

    Every key frame carries `clip`, every frame its own record. As a context manager it closes at a clean end
    and aborts at an exception.

    Raises:
        OutputError: the part cannot be written.
        UsageError: the encoder refuses the settings, or a frame has another size.
    """

    def __init__(self, path: Path, settings: EncoderSettings, clip: ClipRecord) -> None:
        self.path, self.settings, self.clip = path, settings, clip
        # Of a run that was stopped, a thread may still be busy with the same part while the next run begins.
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
        self._carrier = cast(Carrier, carrier_for(settings.format.codec))
        self._pending: dict[int, FrameRecord] = {}
        self._frames = self._coded = self._bytes = 0
        self._info: SegmentInfo | None = None
        with output_errors(path):
            self._output = av.open(str(self._temporary), "w", format=PART_FORMAT)
        self._stream = self._open_stream()
        self._rest = self._encode(None)
        self._marker: RegionMarker | None = None

    def _open_stream(self) -> VideoStream:
        quiet_encoder(self.settings.format.encoder)
        options = encoder_options(self.settings)
        encoder, fps = self.settings.format.encoder, self.settings.fps
        stream = cast(VideoStream, self._output.add_stream(encoder, rate=fps, options=options))
        configure(stream.codec_context, self.settings)
        stream.time_base = 1 / fps
        return stream

    @cached_property
    def _clip_messages(self) -> list[bytes]:
        """What holds for the whole clip; the encoder's parameter sets are known once it has started."""
        extradata = self._stream.codec_context.extradata
        headers = [headers_to_bytes(extradata)] if extradata and isinstance(self._carrier, NALCarrier) else []
        return [self.clip.to_bytes(), *headers]

    def write(self, yuv: YUV, record: FrameRecord, offsets: np.ndarray | None = None) -> list[int]:
        """Encode the next frame; its record gets the clip's id, its checksum and its coding order.

        `offsets` (rows, columns) of the quantiser are for blocks of 16 samples; the format has to take them.

        Returns:
            The sizes of the pictures that the encoder gave in return, which may be earlier ones, or none yet.
        """
        if (yuv.width, yuv.height) != (self.settings.width, self.settings.height):
            size = f"{self.settings.width}x{self.settings.height}"
            raise UsageError(f"a picture of {yuv.width}x{yuv.height} does not fit a video of {size}")
        frame = to_frame(yuv, self.settings.format.pix_fmt, self._frames, 1 / self.settings.fps)
        if offsets is not None:
            frame = self._marked(frame, offsets)
        self._pending[self._frames] = replace(record, clip_id=self.clip.clip_id)
        self._frames += 1
        return list(self._mux(self._encode(frame)))

    def flush(self) -> Iterator[int]:
        """Take what the encoder holds back, a picture at a time, and give their sizes.

        Encoders hold back whole seconds of video, so this can take longer than all writing before it; a caller can
        stop between any two pictures. What is left then, `close` takes.
        """
        return self._mux(self._rest)

    def _marked(self, frame: av.VideoFrame, offsets: np.ndarray) -> av.VideoFrame:
        if self._marker is None:
            self._marker = RegionMarker(frame.width, frame.height, self.settings.format.pix_fmt)
        return self._marker.mark(frame, offsets)

    def _encode(self, frame: av.VideoFrame | None) -> Iterator[av.Packet]:
        try:
            yield from self._stream.encode_lazy(frame)
        except av.error.FFmpegError as error:
            what = f"the encoder {self.settings.format.encoder} failed: {error.strerror}"
            raise OutputError(what, path=self.path) from error

    def _mux(self, packets: Iterable[av.Packet]) -> Iterator[int]:
        for packet in packets:
            carrying = self._with_records(packet)
            with output_errors(self.path):
                self._output.mux(carrying)
            yield carrying.size

    def _with_records(self, packet: av.Packet) -> av.Packet:
        data = bytes(packet)
        record = replace(
            self._pending.pop(cast(int, packet.pts)),
            order=self._coded,
            checksum=self._carrier.slice_checksum(data),
            quantiser=self._quantiser(packet),
        )
        with_clip = packet.is_keyframe and self._coded % CLIP_RECORD_EVERY == 0
        messages = [*self._clip_messages, record.to_bytes()] if with_clip else [record.to_bytes()]
        carrying = av.Packet(self._carrier.insert(data, messages))
        carrying.pts, carrying.dts, carrying.time_base = packet.pts, packet.dts, packet.time_base
        carrying.duration, carrying.is_keyframe, carrying.stream = 1, packet.is_keyframe, self._stream
        self._coded += 1
        self._bytes += carrying.size
        return carrying

    def _quantiser(self, packet: av.Packet) -> float | None:
        """The frame's mean quantiser on the codec's own scale."""
        if self.settings.format.encoder == "mjpeg":
            return self.settings.crf  # it is the scale itself, and FFmpeg reports something else
        return reported_quantiser(packet)

    def close(self) -> SegmentInfo:
        """Finish the part and give it its name; a second call only tells again what was written."""
        if self._info is None:
            self._info = self._finish()
        return self._info

    def _finish(self) -> SegmentInfo:
        for _ in self.flush():
            pass
        with output_errors(self.path):
            self._output.close()
        check_whole(self._temporary, self.path, self._bytes)
        size = self._temporary.stat().st_size
        with output_errors(self.path):
            publish(self._temporary, self.path)
        return SegmentInfo(self._frames, size)

    def abort(self) -> None:
        """Drop the part; nothing is left behind."""
        try:
            self._output.close()
        except av.error.FFmpegError:
            pass  # the file goes away in any case
        finally:
            remove(self._temporary)

    def __enter__(self) -> SegmentEncoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abort()
            return
        try:
            self.close()
        except BaseException:
            self.abort()
            raise

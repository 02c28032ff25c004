"""The sound beside the pictures, coded as the container likes it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from vidisp.errors import InputError

_AAC_BITS_PER_SECOND = 320_000
_CODING = {".mp4": ("aac", "fltp"), ".mov": ("pcm_s24le", "s32"), ".mkv": ("pcm_s24le", "s32")}
"""AAC where players expect it; elsewhere PCM, which keeps 16 and 24 bit sound exactly."""

_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
"""A plain WAV does not say where its channels belong."""


class AudioTrack:
    """`path` from `start` seconds on, as packets of a new stream of `output`.

    Raises:
        InputError: the file is missing, or holds no sound or too many channels.
    """

    def __init__(self, path: Path, output: OutputContainer, suffix: str, start: Fraction) -> None:
        self._start = start
        self._input = _open(path)
        source = self._input.streams.audio[0]
        encoder, samples = _CODING[suffix]
        if source.channels not in _LAYOUTS:
            raise InputError(f"sound of {source.channels} channels cannot be written", path=path)
        self._form = f"sample_fmts={samples}:channel_layouts={_LAYOUTS[source.channels]}"
        self._stream = cast(AudioStream, output.add_stream(encoder, rate=source.rate))
        self._stream.codec_context.layout = _LAYOUTS[source.channels]
        self._stream.codec_context.format = samples
        if encoder == "aac":
            self._stream.codec_context.bit_rate = _AAC_BITS_PER_SECOND

    def packets(self) -> Iterator[av.Packet]:
        """Coded packets in order of time, the first at 0; closes the sound file at the end."""
        with self._input:
            for frame in self._frames():
                yield from self._stream.encode(frame)
            yield from self._stream.encode(None)

    def _frames(self) -> Iterator[av.AudioFrame]:
        graph = self._graph()
        for frame in (*self._input.decode(audio=0), None):
            graph.push(frame)
            yield from _pulled(graph)

    def _graph(self) -> av.filter.Graph:
        graph = av.filter.Graph()
        source = graph.add_abuffer(template=self._input.streams.audio[0])
        trim = graph.add("atrim", f"start_sample={round(self._start * self._stream.rate)}")
        restart = graph.add("asetpts", "N")
        coded = graph.add("aformat", self._form)
        graph.link_nodes(source, trim, restart, coded, graph.add("abuffersink")).configure()
        return graph


def _pulled(graph: av.filter.Graph) -> Iterator[av.AudioFrame]:
    """What the graph has ready."""
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, av.AudioFrame):
            yield frame


def _open(path: Path) -> InputContainer:
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"the sound cannot be opened: {error.strerror}", path=path) from error
    if not container.streams.audio:
        container.close()
        raise InputError("the file holds no sound", path=path)
    return container

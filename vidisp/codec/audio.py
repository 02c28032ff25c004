"""The sound beside the pictures: cut to the clip, coded as the container likes it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from vidisp.errors import InputError

_AAC_BITS_PER_SECOND = 320_000
_CODING = {".mp4": ("aac", "fltp"), ".mov": ("pcm_s24le", "s32"), ".mkv": ("pcm_s24le", "s32")}
"""AAC where players expect it; elsewhere PCM, which keeps 16 and 24 bit sound exactly."""


class AudioTrack:
    """`path` from `start` for `duration` seconds as packets of a stream of `output`.

    Raises:
        InputError: the file is missing or holds no sound.
    """

    def __init__(
        self,
        path: Path,
        output: av.container.OutputContainer,
        suffix: str,
        start: Fraction,
        duration: Fraction,
    ) -> None:
        self._path, self._start, self._duration = path, start, duration
        self._input = _open(path)
        source = self._input.streams.audio[0]
        encoder, self._samples = _CODING[suffix]
        self._stream = output.add_stream(encoder, rate=source.rate, layout=source.layout.name)
        if encoder == "aac":
            self._stream.codec_context.bit_rate = _AAC_BITS_PER_SECOND
        self._stream.codec_context.format = self._samples

    def packets(self) -> Iterator[av.Packet]:
        """Coded packets in order of time."""
        for frame in self._cut():
            yield from self._stream.encode(frame)
        yield from self._stream.encode(None)

    def close(self) -> None:
        self._input.close()

    def _cut(self) -> Iterator[av.AudioFrame]:
        """Frames of the wanted samples only; the first has time stamp 0."""
        rate = self._stream.rate
        graph = av.filter.Graph()
        first, last = round(self._start * rate), round((self._start + self._duration) * rate)
        source = graph.add_abuffer(template=self._input.streams.audio[0])
        trim = graph.add("atrim", f"start_sample={first}:end_sample={last}")
        reset = graph.add("asetpts", "N")
        coded = graph.add("aformat", f"sample_fmts={self._samples}")
        graph.link_nodes(source, trim, reset, coded, graph.add("abuffersink")).configure()
        yield from _through(graph, self._input)


def _through(graph: av.filter.Graph, source: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    for frame in (*_decode(source), None):
        graph.push(frame)
        while True:
            try:
                yield graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                break


def _decode(source: av.container.InputContainer) -> Iterator[av.AudioFrame]:
    yield from source.decode(audio=0)


def _open(path: Path) -> av.container.InputContainer:
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"the sound cannot be opened: {error.strerror}", path=path) from error
    if not container.streams.audio:
        container.close()
        raise InputError("the file holds no sound", path=path)
    return container

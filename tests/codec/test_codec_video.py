"""A video and back: every format, in every container, bit for bit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import pytest
from codec_clips import FPS, Made, decode_parts, make

from vidisp.codec import FORMATS, State, open_video

ALL = [(name, suffix) for name, fmt in FORMATS.items() for suffix in fmt.suffixes]


@pytest.mark.parametrize(("name", "suffix"), ALL)
def test_round_trip(made: Callable[..., Made], name: str, suffix: str) -> None:
    video = made(name, suffix)
    reader = open_video(video.path)
    frames = list(reader.decode())
    coded = video.pictures if name == "ffv1" else decode_parts(video.parts)
    assert reader.status.state is State.RECOVERABLE
    assert (reader.clip, reader.fps, reader.codec) == (video.clip, FPS, FORMATS[name].codec)
    assert [frame.index for frame in frames] == list(range(10)) == list(reader.frames_present)
    assert all(frame.intact and frame.yuv.same(yuv) for frame, yuv in zip(frames, coded, strict=True))
    assert [frame.record.number for frame in frames if frame.record] == list(range(1000, 1010))
    assert [frame.record.changes for frame in frames if frame.record] == [{"iso": 100 + i} for i in range(10)]
    assert [(f.record.segment, f.record.position) for f in frames if f.record][5:] == [
        (1, 0),
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 0),
    ]


@pytest.mark.parametrize(("name", "suffix"), ALL)
def test_time_stamps_and_tags(made: Callable[..., Made], name: str, suffix: str) -> None:
    with av.open(str(made(name, suffix).path)) as video:
        stream = video.streams.video[0]
        packets = [p for p in stream.container.demux(stream) if p.size]
        times = sorted(p.pts * stream.time_base for p in packets)
        expected = [i / FPS for i in range(10)]
        slack = Fraction(1, 1000) if suffix == ".mkv" else 0  # Matroska counts in milliseconds
        assert all(abs(a - times[0] - b) <= slack for a, b in zip(times, expected, strict=True))
        decoding = [p.dts for p in packets if p.dts is not None]
        assert decoding == sorted(set(decoding))
        assert abs(stream.average_rate - FPS) < 1e-6
        context, fmt = stream.codec_context, FORMATS[name]
        assert (context.color_primaries, context.color_trc) == (1, 1)
        assert context.colorspace == (1 if fmt.luma == "bt709" else 6)
        assert context.color_range == (2 if fmt.full_range else 1)


@pytest.mark.parametrize("name", ["h264", "hevc-10"])
def test_the_clips_have_b_frames(made: Callable[..., Made], name: str) -> None:
    with av.open(str(made(name, ".mp4").path)) as video:
        stamps = [p.pts for p in video.demux(video=0) if p.size]
    assert stamps != sorted(stamps)


@pytest.mark.parametrize("name", ["h264", "h264-10", "hevc", "hevc-10"])
def test_chroma_is_marked_as_centred(made: Callable[..., Made], name: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "verbose", "-i", str(made(name, ".mp4").path)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    line = next(line for line in told.splitlines() if "Video:" in line)
    assert "(tv, bt709" in line
    assert "center)" in line


@pytest.mark.parametrize(
    ("name", "codec", "tag"), [("h264", "High", "avc1"), ("hevc", "Main", "hvc1"), ("hevc-10", "Main 10", "hvc1")]
)
def test_profiles_that_players_know(made: Callable[..., Made], name: str, codec: str, tag: str) -> None:
    with av.open(str(made(name, ".mp4").path)) as video:
        stream = video.streams.video[0]
        assert (stream.profile, stream.codec_context.codec_tag) == (codec, tag)


@pytest.mark.parametrize("name", ["h264", "hevc", "av1-10", "mjpeg", "ffv1"])
def test_decoding_a_range_feeds_the_decoder_with_its_segments_only(made: Callable[..., Made], name: str) -> None:
    video = made(name, FORMATS[name].suffixes[0])
    whole = list(open_video(video.path).decode())
    for start, stop, segments in ((5, 9, 4), (6, 7, 4), (9, 10, 1), (9, None, 1), (0, 1, 5), (4, 6, 9)):
        reader = open_video(video.path)
        some = list(reader.decode(start, stop))
        assert [f.index for f in some] == list(range(start, 10 if stop is None else stop))
        assert reader.packets_decoded <= segments
        assert all(a.yuv.same(whole[a.index].yuv) and a.intact for a in some)
    assert list(open_video(video.path).decode(10, 20)) == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("lengths", [(1,), (1, 1, 1), (3,), (1, 6)])
def test_odd_and_tiny_segments(tmp_path: Path, name: str, lengths: tuple[int, ...]) -> None:
    video = make(
        tmp_path, name, FORMATS[name].suffixes[0], lengths, preset=FORMATS[name].presets[2 if "26" in name else 0]
    )
    frames = list(open_video(video.path).decode())
    assert [frame.index for frame in frames] == list(range(sum(lengths)))
    assert all(frame.intact for frame in frames)


@pytest.mark.parametrize(
    "fps", [Fraction(24), Fraction(30000, 1001), Fraction(2997, 125), Fraction(1, 2), Fraction(240)]
)
def test_frame_rates_are_exact(tmp_path: Path, fps: Fraction) -> None:
    video = make(tmp_path, lengths=(3, 2), changes={"fps": fps})
    with av.open(str(video.path)) as source:
        stream = source.streams.video[0]
        assert stream.average_rate == fps
        assert sorted(p.pts * stream.time_base * fps for p in source.demux(stream) if p.size) == list(range(5))


def test_the_quantiser_follows_the_quality(tmp_path: Path) -> None:
    means = []
    for crf in (10, 30):
        video = make(tmp_path / str(crf), lengths=(5,), changes={"crf": crf})
        quantisers = [frame.quantiser for frame in open_video(video.path).decode()]
        means.append(sum(q for q in quantisers if q is not None) / len(quantisers))
    assert 15 < means[1] - means[0] < 25

"""Files that appear whole or not at all, and what the container says about the pictures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from codec_clips import FPS, HEIGHT, WIDTH, Made, a_clip, a_picture, make, run_ffmpeg

from vidisp.codec import FORMATS, YUV, EncoderSettings, FrameRecord, SegmentEncoder, join_segments, open_video
from vidisp.errors import InputError, OutputError, UsageError

H264 = EncoderSettings(FORMATS["h264"], 20, "ultrafast", WIDTH, HEIGHT, FPS, threads=1)


def fill(encoder: SegmentEncoder, count: int) -> None:
    for i in range(count):
        encoder.write(a_picture(i, 8), FrameRecord(i, i, 0, i))


def test_a_part_appears_when_it_is_closed(tmp_path: Path) -> None:
    part = tmp_path / "0.part"
    with SegmentEncoder(part, H264, a_clip()) as encoder:
        fill(encoder, 3)
        assert not part.exists()
    info = encoder.close()
    assert (info.frames, info.bytes) == (3, part.stat().st_size)
    assert os.listdir(tmp_path) == ["0.part"]


def test_an_exception_or_abort_leaves_nothing(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), SegmentEncoder(tmp_path / "0.part", H264, a_clip()) as encoder:
        fill(encoder, 3)
        raise ZeroDivisionError
    other = SegmentEncoder(tmp_path / "1.part", H264, a_clip())
    fill(other, 2)
    other.abort()
    assert os.listdir(tmp_path) == []


def test_what_the_encoder_holds_back_comes_a_picture_at_a_time(tmp_path: Path) -> None:
    slow = replace(H264, preset="slow")
    with SegmentEncoder(tmp_path / "0.part", slow, a_clip()) as encoder:
        fill(encoder, 5)
        rest = encoder.flush()
        assert next(rest) > 0
        assert len(list(rest)) == 4
        assert list(encoder.flush()) == []
    assert encoder.close().frames == 5
    other = SegmentEncoder(tmp_path / "1.part", slow, a_clip())
    fill(other, 5)
    next(other.flush())
    other.abort()
    assert os.listdir(tmp_path) == ["0.part"]


def test_an_abort_keeps_what_stood_there_before(tmp_path: Path) -> None:
    part = tmp_path / "0.part"
    part.write_text("older")
    SegmentEncoder(part, H264, a_clip()).abort()
    assert part.read_text() == "older"


def test_wrong_pictures_are_refused(tmp_path: Path) -> None:
    small = a_picture(0, 8)
    small = YUV(small.y[:32, :48], small.u[:16, :24], small.v[:16, :24])
    for picture, error in ((small, UsageError), (a_picture(0, 10), InputError)):
        with pytest.raises(error), SegmentEncoder(tmp_path / "0.part", H264, a_clip()) as encoder:
            encoder.write(picture, FrameRecord(0, 0, 0, 0))


def test_a_folder_that_is_not_there(tmp_path: Path, made: Callable[..., Made]) -> None:
    video = made()
    with pytest.raises(OutputError), SegmentEncoder(tmp_path / "none" / "0.part", H264, a_clip()) as encoder:
        fill(encoder, 1)
    with pytest.raises(OutputError):
        join_segments(video.parts, tmp_path / "none" / "out.mp4", video.settings, video.clip)


LIMITED = """
import resource, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from codec_clips import FORMATS, make
from vidisp.codec import EncoderSettings, SegmentEncoder, join_segments
from vidisp.errors import OutputError
name, suffix, folder = sys.argv[2], sys.argv[3], Path(sys.argv[4])
video = make(folder / "whole", name, suffix, (4, 3))
largest = max(p.stat().st_size for p in video.parts)
resource.setrlimit(resource.RLIMIT_FSIZE, (largest // 2, largest))
for write in (
    lambda: make(folder / "part", name, suffix, (4, 3)),
    lambda: join_segments(video.parts, folder / f"out{suffix}", video.settings, video.clip),
):
    try:
        write()
    except OutputError as error:
        print(error)
    else:
        sys.exit("nothing was raised")
print(sorted(p.name for p in folder.rglob("*") if p.is_file() and "whole" not in p.parts))
"""


@pytest.mark.parametrize(("name", "suffix"), [("h264", ".mp4"), ("h264", ".mkv"), ("mjpeg", ".mov"), ("ffv1", ".mkv")])
def test_a_full_disk_is_an_output_error_and_leaves_nothing(tmp_path: Path, name: str, suffix: str) -> None:
    command = [sys.executable, "-c", LIMITED, str(Path(__file__).parent), name, suffix, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) == 3
    assert "0.part" in lines[0]
    assert f"out{suffix}" in lines[1]
    assert lines[2] == "[]"


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from codec_clips import a_clip, a_picture
from test_codec_output import H264, fill
from vidisp.codec import SegmentEncoder
encoder = SegmentEncoder(Path(sys.argv[2]) / "0.part", H264, a_clip())
fill(encoder, 20)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_leaves_nothing_under_its_own_name(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "0.part").exists()
    assert all(name.startswith(".") for name in os.listdir(tmp_path))


def test_joining_needs_parts_that_are_parts(tmp_path: Path, made: Callable[..., Made]) -> None:
    video, out = made(), tmp_path / "out.mp4"
    broken = tmp_path / "broken.part"
    broken.write_bytes(b"nothing")
    for parts, error in (([], UsageError), ([broken], InputError), ([tmp_path / "missing.part"], InputError)):
        with pytest.raises(error):
            join_segments(parts, out, video.settings, video.clip)
    with pytest.raises(UsageError):
        join_segments(video.parts, out, video.settings, video.clip, orientation=9)
    assert os.listdir(tmp_path) == ["broken.part"]


def corner(frame: np.ndarray) -> tuple[int, int]:
    """(row, column) in 0..1 of the brightest quarter."""
    rows, columns = np.array_split(frame, 2, 0), np.array_split(frame, 2, 1)
    return int(rows[1].mean() > rows[0].mean()), int(columns[1].mean() > columns[0].mean())


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_what_players_show(tmp_path: Path, suffix: str, orientation: int) -> None:
    """A mark at the top left; EXIF tells where it should be seen."""
    y = np.full((HEIGHT, WIDTH), 40, np.uint8)
    y[: HEIGHT // 2, : WIDTH // 2] = 220
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    part = tmp_path / "0.part"
    with SegmentEncoder(part, H264, a_clip()) as encoder:
        encoder.write(YUV(y, chroma, chroma), FrameRecord(0, 0, 0, 0))
    video = tmp_path / f"o{suffix}"
    join_segments([part], video, H264, a_clip(), orientation=orientation)
    shown = run_ffmpeg(video, tmp_path / "shown.mkv", vcodec="ffv1", pix_fmt="gray")
    with av.open(str(shown)) as source:
        picture = next(source.decode(video=0)).to_ndarray()
    assert picture.shape == ((HEIGHT, WIDTH) if orientation < 5 else (WIDTH, HEIGHT))
    places = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}
    assert corner(picture) == places[orientation]


def tone(path: Path, seconds: float, channels: int = 2, rate: int = 48000) -> Path:
    """A WAV that is silent in its first second."""
    time = np.arange(int(seconds * rate)) / rate
    samples = (np.sin(2 * np.pi * 440 * time) * 20000 * (time >= 1)).astype("<i2").repeat(channels)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mov", "pcm_s24le"), (".mkv", "pcm_s24le")])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound(tmp_path: Path, suffix: str, codec: str, channels: int) -> None:
    wav = tone(tmp_path / "sound.wav", 3, channels)
    video = make(tmp_path, "h264", suffix, (8, 4), audio=wav, start=Fraction(3, 4))
    with av.open(str(video.path)) as source:
        track = source.streams.audio[0]
        assert (track.codec_context.name, track.channels, track.rate) == (codec, channels, 48000)
        frames = [f.to_ndarray() for f in source.decode(audio=0)]
    sound = np.concatenate([f if f.shape[0] == channels else f.reshape(-1, channels).T for f in frames], 1)[0]
    loud = np.flatnonzero(np.abs(sound / np.abs(sound).max()) > 0.1)
    assert abs(loud[0] / 48000 - 0.25) < 0.03
    assert abs(len(sound) / 48000 - 12 / FPS) < 0.05
    assert len(list(open_video(video.path).decode())) == 12


def test_sound_that_is_none(tmp_path: Path) -> None:
    for name, content in (("missing.wav", None), ("text.wav", b"hello")):
        if content:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            make(tmp_path, lengths=(2,), audio=tmp_path / name)
    assert not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_title_and_timecode(tmp_path: Path, suffix: str) -> None:
    video = make(tmp_path, suffix=suffix, lengths=(3,), timecode="01:02:03:04")
    with av.open(str(video.path)) as source:
        assert source.metadata["title"] == "A001 ✓"
        stamps = [s.metadata.get("timecode") for s in source.streams]
    assert "01:02:03:04" in stamps


def test_an_mp4_starts_with_its_index(made: Callable[..., Made]) -> None:
    data = made().path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_record_that_a_mov_comment_cannot_hold_loses_its_tags_there_only(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tags = tuple({"code": 51009, "value": rng.bytes(9000).hex()} for _ in range(8))
    video = make(tmp_path, suffix=".mov", lengths=(3,), changes={"tags": tags})
    assert open_video(video.path).clip == video.clip
    again = run_ffmpeg(video.path, tmp_path / "again.mov", vcodec="libx264")
    assert open_video(again).clip == replace(video.clip, tags=())
    mp4 = make(tmp_path / "mp4", suffix=".mp4", lengths=(3,), changes={"tags": tags})
    assert open_video(run_ffmpeg(mp4.path, tmp_path / "again.mp4", vcodec="libx264")).clip == mp4.clip


@pytest.mark.parametrize("name", FORMATS)
def test_encoders_say_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    make(tmp_path, name, FORMATS[name].suffixes[0], (2,))
    assert capfd.readouterr() == ("", "")

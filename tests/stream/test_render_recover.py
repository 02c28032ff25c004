"""The main job: a clip becomes a video, and the video becomes the clip again."""

from __future__ import annotations

import dataclasses
import wave

import av
import numpy as np
import pytest

import vidisp
from tests.conftest import frames
from vidisp.errors import InputError, OutputError, UsageError
from vidisp.raw import Clip, Tag, read_frame, write_dng

# A little below what rounding and the codec leave at quality "master" on the small noisy scene of the tests.
MASTER_DB = {"h264": 42, "h264-10": 46, "hevc": 45, "hevc-10": 48, "av1-10": 46, "mjpeg": 36, "ffv1": 60}
SUFFIX = {"mjpeg": "mov", "ffv1": "mkv"}


@pytest.mark.parametrize("codec", MASTER_DB)
def test_every_codec_brings_the_raw_back(make_clip, tmp_path, codec):
    clip, video, back = make_clip(5, first=17), tmp_path / f"out.{SUFFIX.get(codec, 'mp4')}", tmp_path / "back"
    rendered = vidisp.render(clip, video, codec=codec, quality="master")
    assert (rendered.frames, rendered.bytes) == (5, video.stat().st_size)
    assert vidisp.recover(video, back).frames == 5
    assert [p.name for p in sorted(back.iterdir())] == [f"frame_{n:06d}.dng" for n in range(17, 22)]
    report = vidisp.evaluate(clip, back).to_dict()
    assert report["frames"] == 5
    assert report["psnr_bayer"] > MASTER_DB[codec]


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (67, 45)])
def test_every_pattern_and_size_comes_back(make_clip, tmp_path, cfa, width, height):
    clip, video, back = make_clip(1, cfa=cfa, width=width, height=height), tmp_path / "out.mkv", tmp_path / "back"
    vidisp.render(clip, video, codec="ffv1")
    vidisp.recover(video, back)
    before, after = Clip.open(clip).read(0), Clip.open(back).read(0)
    assert after.sensor == before.sensor
    assert vidisp.evaluate(clip, back).to_dict()["psnr_bayer"] > 55


def test_chunks_and_jobs_do_not_change_the_result(make_clip, tmp_path):
    clip = make_clip(100, width=64, height=48)
    planes = {}
    for name, options in {"a": {}, "b": {"chunk": 7}, "c": {"jobs": 2}}.items():
        vidisp.render(clip, tmp_path / f"{name}.mp4", preset="ultrafast", **options)
        with av.open(str(tmp_path / f"{name}.mp4")) as video:
            planes[name] = np.stack([frame.to_ndarray() for frame in video.decode(video=0)])
    assert len(planes["a"]) == 100
    assert np.array_equal(planes["a"], planes["b"])
    assert np.array_equal(planes["a"], planes["c"])


def test_a_range_of_frames_is_the_same_in_a_render_and_a_recovery(make_clip, tmp_path):
    clip = make_clip(60, first=100)
    vidisp.render(clip, tmp_path / "part.mp4", frames="40:55")
    assert vidisp.recover(tmp_path / "part.mp4", tmp_path / "back", frames="50:52").frames == 2
    assert [p.name for p in sorted((tmp_path / "back").iterdir())] == ["frame_000150.dng", "frame_000151.dng"]
    with pytest.raises(UsageError, match="holds none of the frames"):
        vidisp.recover(tmp_path / "part.mp4", tmp_path / "none", frames="0:10")


def test_parts_rendered_apart_are_one_clip(make_clip, tmp_path):
    clip = make_clip(60)
    records = []
    for name, part in {"a": ":48", "b": "48:"}.items():
        vidisp.render(clip, tmp_path / f"{name}.mp4", frames=part)
        records.append(vidisp.probe(tmp_path / f"{name}.mp4"))
    from vidisp.codec import open_video

    ids = {open_video(tmp_path / f"{name}.mp4").require_recoverable().clip_id for name in "ab"}
    assert len(ids) == 1


def test_what_a_frame_has_of_its_own_comes_back(tmp_path):
    folder = tmp_path / "clip"
    folder.mkdir()
    for i, frame in enumerate(frames(3)):
        own = dataclasses.replace(frame.sensor, iso=400 + i, neutral=(0.5, 1.0, 0.6 + i / 64))
        code = bytes([i, 0, 0, 1, 0, 0, 0, 0])
        tags = (Tag(305, 2, 8, "camera1"), Tag(270, 2, 2, str(i)))
        write_dng(folder / f"{i:04d}.dng", dataclasses.replace(frame, sensor=own, timecode=code, tags=tags))
    vidisp.render(folder, tmp_path / "out.mp4")
    vidisp.recover(tmp_path / "out.mp4", tmp_path / "back")
    for before, after in zip(sorted(folder.iterdir()), sorted((tmp_path / "back").iterdir()), strict=True):
        a, b = read_frame(before), read_frame(after)
        assert (a.sensor, a.timecode, a.fps) == (b.sensor, b.timecode, b.fps)
        assert {tag for tag in a.tags if tag.code in (270, 305)} <= set(b.tags)


def test_npy_and_uncompressed_frames_equal_compressed_ones(make_clip, tmp_path):
    vidisp.render(make_clip(2), tmp_path / "out.mp4")
    for name, options in {"a": {}, "b": {"compress": False}, "c": {"format": "npy"}}.items():
        vidisp.recover(tmp_path / "out.mp4", tmp_path / name, **options)
    for number in range(2):
        first = read_frame(tmp_path / "a" / f"frame_{number:06d}.dng").mosaic
        assert np.array_equal(first, read_frame(tmp_path / "b" / f"frame_{number:06d}.dng").mosaic)
        assert np.array_equal(first, np.load(tmp_path / "c" / f"frame_{number:06d}.npy"))


def test_a_sidecar_stands_in_for_a_lost_record(make_clip, tmp_path):
    vidisp.render(make_clip(3), tmp_path / "out.mp4")
    vidisp.probe(tmp_path / "out.mp4", sidecar=tmp_path / "out.json")
    with av.open(str(tmp_path / "out.mp4")) as source, av.open(str(tmp_path / "web.mp4"), "w") as sink:
        stream = sink.add_stream("libx264", rate=24, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for frame in source.decode(video=0):
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    with pytest.raises(vidisp.errors.NotRecoverableError, match="no recovery record"):
        vidisp.recover(tmp_path / "web.mp4", tmp_path / "no", force=True)
    result = vidisp.recover(tmp_path / "web.mp4", tmp_path / "yes", force=True, sidecar=tmp_path / "out.json")
    assert (result.frames, result.approximate) == (3, (0, 1, 2))
    with pytest.raises(InputError, match="is no sidecar"):
        vidisp.recover(tmp_path / "web.mp4", tmp_path / "no", sidecar=tmp_path / "out.mp4")


def test_outputs_are_not_overwritten_unless_asked(make_clip, tmp_path):
    clip, video = make_clip(1), tmp_path / "out.mp4"
    vidisp.render(clip, video)
    with pytest.raises(OutputError, match="exists already"):
        vidisp.render(clip, video)
    vidisp.render(clip, video, overwrite=True)
    vidisp.recover(video, tmp_path / "back")
    with pytest.raises(OutputError, match="exists already"):
        vidisp.recover(video, tmp_path / "back")
    vidisp.recover(video, tmp_path / "back", overwrite=True, format="npy")
    assert [p.name for p in (tmp_path / "back").iterdir()] == ["frame_000000.npy"]


def test_a_dry_run_writes_nothing(make_clip, tmp_path):
    clip = make_clip(3)
    result = vidisp.render(clip, tmp_path / "out.mp4", dry_run=True)
    assert (result.frames, result.bytes) == (3, 0)
    assert list(tmp_path.iterdir()) == [clip]


def test_nothing_but_the_output_is_left(make_clip, tmp_path):
    clip = make_clip(3)
    vidisp.render(clip, tmp_path / "out.mp4")
    vidisp.recover(tmp_path / "out.mp4", tmp_path / "back")
    assert {p.name for p in tmp_path.iterdir()} == {"clip", "out.mp4", "back"}


def test_a_broken_frame_stops_the_render_but_keeps_whole_segments(make_clip, tmp_path):
    clip, video = make_clip(100, width=64, height=48), tmp_path / "out.mp4"
    broken = clip / "A001_000070.dng"
    whole = broken.read_bytes()
    start = whole.index(b"\xff\xd8\xff")
    broken.write_bytes(whole[:start] + bytes(64) + whole[start + 64 :])
    with pytest.raises(InputError, match="A001_000070"):
        vidisp.render(clip, video)
    assert not video.exists()
    broken.write_bytes(whole)
    seen = []
    vidisp.render(clip, video, resume=True, progress=seen.append)
    assert seen[0].resumed == 48
    assert vidisp.recover(video, tmp_path / "back").frames == 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"codec": "vp8"}, "no codec"),
        ({"quality": "best"}, "no quality"),
        ({"preset": "warp"}, "preset"),
        ({"crf": 99}, "crf"),
        ({"model": "magic"}, "no model"),
        ({"frames": "7:9"}, "names no frame"),
        ({"fps": "fast"}, "frame rate"),
        ({"jobs": 0}, "jobs"),
        ({"chunk": 0}, "chunk"),
        ({"exposure": 99.0}, "exposure"),
        ({"wb": (0.0, 1.0, 1.0)}, "white balance|gain"),
        ({"audio": True}, "no WAV"),
    ],
)
def test_impossible_choices_are_refused(make_clip, tmp_path, options, message):
    with pytest.raises((UsageError, InputError), match=message):
        vidisp.render(make_clip(2), tmp_path / "out.mp4", **options)
    assert not (tmp_path / "out.mp4").exists()
    assert not list(tmp_path.glob(".*"))


def test_the_sound_beside_a_clip_is_muxed(make_clip, tmp_path):
    clip = make_clip(48)
    with wave.open(str(clip / "A001.wav"), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 48000 * 3))
    vidisp.render(clip, tmp_path / "out.mp4", audio=True, frames="12:36")
    with av.open(str(tmp_path / "out.mp4")) as video:
        seconds = video.streams.audio[0].duration * video.streams.audio[0].time_base
    assert seconds == pytest.approx(1.0, abs=0.05)
    assert vidisp.recover(tmp_path / "out.mp4", tmp_path / "back").frames == 24


def test_private_tags_stay_out_unless_asked(tmp_path):
    folder = tmp_path / "clip"
    folder.mkdir()
    serial = Tag(50735, 2, 7, "SN1234")
    for frame in frames(2):
        write_dng(folder / f"{frame.number:04d}.dng", dataclasses.replace(frame, tags=(serial,)))
    vidisp.render(folder, tmp_path / "public.mp4")
    vidisp.render(folder, tmp_path / "private.mp4", keep_private=True)
    found = {}
    for name in ("public", "private"):
        vidisp.recover(tmp_path / f"{name}.mp4", tmp_path / name)
        found[name] = serial in read_frame(tmp_path / name / "frame_000000.dng").tags
    assert found == {"public": False, "private": True}
    assert vidisp.probe(tmp_path / "public.mp4").details["private"] == "nothing"
    assert vidisp.probe(tmp_path / "private.mp4").details["private"] == "CameraSerialNumber"


def test_a_forced_recovery_keeps_the_numbers_of_a_range(make_clip, tmp_path):
    """All records of the frames are gone; the numbers follow from where the rendered range began."""
    vidisp.render(make_clip(60, width=64, height=48, first=7), tmp_path / "out.mp4", frames="50:53")
    with av.open(str(tmp_path / "out.mp4")) as source, av.open(str(tmp_path / "web.mp4"), "w") as sink:
        stream = sink.add_stream("libx264", rate=24, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sink.metadata["comment"] = source.metadata["comment"]
        for frame in source.decode(video=0):
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    with pytest.raises(vidisp.errors.NotRecoverableError, match="re-encode"):
        vidisp.recover(tmp_path / "web.mp4", tmp_path / "no")
    vidisp.recover(tmp_path / "web.mp4", tmp_path / "back", force=True)
    assert [p.name for p in sorted((tmp_path / "back").iterdir())] == [f"frame_{n:06d}.dng" for n in (57, 58, 59)]

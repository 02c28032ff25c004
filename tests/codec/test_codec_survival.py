"""What people do to a video, and what is left of the way back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from codec_clips import FPS, Made, decode_parts, make, rewrite, run_ffmpeg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidisp.codec import FORMATS, State, open_video
from vidisp.codec.bitstream import carrier_for
from vidisp.codec.comment import to_comment
from vidisp.errors import InputError, NotRecoverableError, VidispError

COPIES = [
    (name, source, target)
    for name, fmt in FORMATS.items()
    for source in fmt.suffixes
    for target in (".mp4", ".mov", ".mkv")
    if target in fmt.suffixes or (name == "mjpeg" and target == ".mp4")
]


@pytest.mark.parametrize(("name", "source", "target"), COPIES)
def test_a_plain_copy_keeps_everything(
    made: Callable[..., Made], tmp_path: Path, name: str, source: str, target: str
) -> None:
    video = made(name, source)
    copy = run_ffmpeg(video.path, tmp_path / f"copy{target}", c="copy")
    reader, before = open_video(copy), list(open_video(video.path).decode())
    assert reader.status.state is State.RECOVERABLE
    assert reader.clip == video.clip
    after = list(reader.decode())
    assert [(f.index, f.record, f.intact) for f in after] == [(f.index, f.record, True) for f in before]
    assert all(a.yuv.same(b.yuv) for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize("name", ["h264", "hevc-10"])
def test_a_copy_to_a_transport_stream_keeps_the_frames(made: Callable[..., Made], tmp_path: Path, name: str) -> None:
    video = made(name, ".mp4")
    reader = open_video(run_ffmpeg(video.path, tmp_path / "copy.ts", c="copy"))
    assert reader.status.state is State.RECOVERABLE
    assert [(f.index, f.intact) for f in reader.decode()] == [(i, True) for i in range(10)]


@pytest.mark.parametrize("name", ["h264", "hevc-10", "av1-10", "mjpeg", "ffv1"])
@pytest.mark.parametrize("target", [0, -1])
def test_a_trim_keeps_true_indices(made: Callable[..., Made], tmp_path: Path, name: str, target: int) -> None:
    suffixes = FORMATS[name].suffixes
    video = made(name, suffixes[0])
    before = {"ss": float(7 / FPS), "t": float(2.5 / FPS)}
    trimmed = run_ffmpeg(video.path, tmp_path / f"trim{suffixes[target]}", before, c="copy")
    reader, whole = open_video(trimmed), list(open_video(video.path).decode())
    frames = list(reader.decode())
    assert reader.status.state is State.RECOVERABLE
    assert f"of {10} frames" in reader.status.reason
    assert {7, 8} <= {f.index for f in frames} <= set(range(5, 10))
    assert all(f.intact and f.yuv.same(whole[f.index].yuv) for f in frames)
    assert [f.index for f in reader.decode(8, 9)] == [8]


@pytest.mark.parametrize("name", ["h264", "hevc", "av1-10", "mjpeg"])
def test_a_concat_keeps_both_clips_apart(made: Callable[..., Made], tmp_path: Path, name: str) -> None:
    suffix = FORMATS[name].suffixes[0]
    first = made(name, suffix)
    crf = FORMATS[name].qualities["small"]
    second = make(tmp_path / "b", name, suffix, (4, 2), 1, changes={"clip_id": "f" * 16, "name": "B", "crf": crf})
    listing = tmp_path / "list.txt"
    listing.write_text(f"file '{first.path}'\nfile '{second.path}'\n")
    joined = run_ffmpeg(listing, tmp_path / f"both{suffix}", {"f": "concat", "safe": 0}, c="copy")
    reader = open_video(joined)
    assert reader.status.state is State.RECOVERABLE
    assert len(reader.clips) == 2
    frames = list(reader.decode())
    expected = [(first.clip, i) for i in range(10)] + [(second.clip, i) for i in range(6)]
    assert [(f.clip, f.index) for f in frames] == expected
    coded = decode_parts(first.parts) + decode_parts(second.parts)
    assert all(f.intact and f.yuv.same(yuv) for f, yuv in zip(frames, coded, strict=True))


@pytest.mark.parametrize("name", ["h264", "hevc", "av1-10"])
def test_frames_before_the_first_key_frame_are_not_there(made: Callable[..., Made], tmp_path: Path, name: str) -> None:
    video = made(name, ".mp4")
    cut = rewrite(video.path, tmp_path / "cut.mkv", lambda i, data: data if i >= 2 else None)
    reader = open_video(cut)
    assert reader.frames_present == (5, 6, 7, 8, 9)
    assert [(f.index, f.intact) for f in reader.decode()] == [(i, True) for i in range(5, 10)]


@pytest.mark.parametrize("name", ["h264", "hevc"])
def test_frames_after_a_missing_reference_are_approximate(made: Callable[..., Made], tmp_path: Path, name: str) -> None:
    video = made(name, ".mp4")
    cut = rewrite(video.path, tmp_path / "cut.mkv", lambda i, data: data if i != 1 else None)
    frames = {f.index: f.intact for f in open_video(cut).decode()}
    assert frames[0]
    assert not any(frames[i] for i in frames if 0 < i < 5)
    assert all(frames[i] for i in range(5, 10))


@pytest.mark.parametrize("name", ["h264", "hevc", "mjpeg"])
def test_a_changed_picture_is_noticed(made: Callable[..., Made], tmp_path: Path, name: str) -> None:
    video = made(name, FORMATS[name].suffixes[0])

    def damage(index: int, data: bytes) -> bytes:
        return data[:-9] + bytes([data[-9] ^ 0x55]) + data[-8:] if index == 7 else data

    reader = open_video(rewrite(video.path, tmp_path / "damaged.mkv", damage))
    frames = {f.index: f.intact for f in reader.decode()}
    assert reader.status.state is State.DAMAGED
    assert "1 of 10 frames" in reader.status.reason
    assert all(frames[i] for i in (*range(5), 9))
    assert sum(not intact for intact in frames.values()) + (10 - len(frames)) >= 1


@pytest.mark.parametrize(("name", "vcodec"), [("h264", "libx264"), ("hevc-10", "libx265"), ("h264", "libx265")])
def test_a_reencode_is_refused_and_forced(made: Callable[..., Made], tmp_path: Path, name: str, vcodec: str) -> None:
    video = made(name, ".mp4")
    again = run_ffmpeg(video.path, tmp_path / "again.mp4", vcodec=vcodec, crf=8, preset="ultrafast")
    reader = open_video(again)
    assert reader.status.state is State.REENCODED
    assert "re-encode" in reader.status.reason
    with pytest.raises(NotRecoverableError, match=r"re-encoded: .*\(--force"):
        next(reader.decode())
    frames = list(open_video(again, force=True).decode())
    before = decode_parts(video.parts)
    assert [(f.index, f.intact, f.record) for f in frames] == [(i, False, None) for i in range(10)]
    errors = [np.abs(f.yuv.y.astype(int) - yuv.y).mean() for f, yuv in zip(frames, before, strict=True)]
    assert max(errors) < 3 * 4 ** (FORMATS[name].bits == 10)


@pytest.mark.parametrize(("name", "suffix"), [("mjpeg", ".mov"), ("ffv1", ".mkv"), ("av1-10", ".mp4")])
def test_other_formats_are_noticed_too(made: Callable[..., Made], tmp_path: Path, name: str, suffix: str) -> None:
    again = run_ffmpeg(made(name, suffix).path, tmp_path / f"again{suffix}", vcodec="mjpeg", **{"q:v": 3})
    assert open_video(again).status.state is State.REENCODED


def test_an_encoder_that_keeps_our_records_is_noticed(made: Callable[..., Made], tmp_path: Path) -> None:
    """Some transcoders copy unregistered SEI: graft ours onto a re-encoded video."""
    video = made("h264", ".mp4")
    again = run_ffmpeg(video.path, tmp_path / "again.mp4", vcodec="libx264", crf=12, bf=0, preset="veryfast")
    messages = {}
    with av.open(str(video.path)) as source:
        carrier = carrier_for("h264", source.streams.video[0].codec_context.extradata)
        for packet in source.demux(video=0):
            if packet.size:
                messages[round(packet.pts * packet.time_base * FPS)] = carrier.extract(bytes(packet))
    grafted = rewrite(again, tmp_path / "graft.mp4", lambda i, data: carrier.insert(data, messages[i]))
    reader = open_video(grafted)
    assert reader.status.state is State.REENCODED
    assert "not those vidisp coded" in reader.status.reason
    with pytest.raises(NotRecoverableError):
        reader.require_recoverable()
    frames = list(open_video(grafted, force=True).decode())
    assert [(f.index, f.intact, f.quantiser) for f in frames] == [(i, False, None) for i in range(10)]
    assert [f.record.number for f in frames if f.record] == list(range(1000, 1010))


@pytest.mark.parametrize(("name", "pix_fmt"), [("h264", "yuv420p10le"), ("hevc-10", "yuv420p")])
def test_another_bit_depth_is_shifted_back(made: Callable[..., Made], tmp_path: Path, name: str, pix_fmt: str) -> None:
    video = made(name, ".mp4")
    again = run_ffmpeg(video.path, tmp_path / "b.mkv", vcodec="ffv1", pix_fmt=pix_fmt)
    reader = open_video(again, sidecar=video.clip, force=True)
    frames = list(reader.decode())
    coarse = 4 if FORMATS[name].bits == 10 else 1
    for frame, before in zip(frames, decode_parts(video.parts), strict=True):
        assert frame.yuv.y.dtype == before.y.dtype
        assert np.abs(frame.yuv.y.astype(int) - before.y).max() <= coarse


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"vf": "scale=48:32"}, "resized from 96x64 to 48x32"),
        ({"pix_fmt": "yuv444p"}, "re-encoded from yuv420p to yuv444p"),
        ({"vf": "scale=out_range=full", "color_range": "pc"}, "code range"),
    ],
)
def test_what_force_cannot_undo(made: Callable[..., Made], tmp_path: Path, options: dict, reason: str) -> None:
    again = run_ffmpeg(made().path, tmp_path / "again.mp4", vcodec="libx264", **options)
    with pytest.raises(NotRecoverableError, match=reason):
        list(open_video(again, force=True).decode())


def test_a_trimmed_reencode_of_a_part_counts_from_its_first_frame(tmp_path: Path) -> None:
    video = make(tmp_path, changes={"first": 100, "frames": 200})
    again = run_ffmpeg(video.path, tmp_path / "again.mp4", vcodec="libx264")
    assert [f.index for f in open_video(again, force=True).decode(102, 104)] == [102, 103]


def test_a_video_that_vidisp_did_not_make(made: Callable[..., Made], tmp_path: Path) -> None:
    foreign = run_ffmpeg(
        "testsrc=size=96x64:rate=24:duration=0.2", tmp_path / "f.mp4", {"f": "lavfi"}, vcodec="libx264"
    )
    reader = open_video(foreign)
    assert (reader.status.state, reader.clip, reader.frames_present) == (State.FOREIGN, None, ())
    with pytest.raises(NotRecoverableError, match="not made by vidisp"):
        open_video(foreign, force=True).decode()


def test_a_sidecar_stands_in_for_a_lost_comment(made: Callable[..., Made], tmp_path: Path) -> None:
    video = made()
    bare = run_ffmpeg(video.path, tmp_path / "bare.mp4", vcodec="libx264", crf=10, map_metadata=-1)
    assert open_video(bare).status.state is State.FOREIGN
    reader = open_video(bare, sidecar=video.clip, force=True)
    assert reader.status.state is State.REENCODED
    assert len(list(reader.decode())) == 10


def test_frames_whose_clip_record_is_lost(made: Callable[..., Made], tmp_path: Path) -> None:
    video = made()
    bare = run_ffmpeg(video.path, tmp_path / "bare.mp4", c="copy", map_metadata=-1)
    cut = rewrite(bare, tmp_path / "cut.mkv", lambda i, data: data if 1 <= i < 5 else None)
    reader = open_video(cut)
    assert reader.status.state is State.DAMAGED
    with pytest.raises(NotRecoverableError, match="clip's own record is lost"):
        reader.require_recoverable()


def test_a_truncated_video(made: Callable[..., Made], tmp_path: Path) -> None:
    whole = made("h264", ".mkv").path.read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    reader = open_video(cut)
    assert reader.status.state in (State.RECOVERABLE, State.DAMAGED)
    frames = list(reader.decode())
    assert 0 < len(frames) < 10
    assert [f.index for f in frames] == list(range(len(frames)))


def test_files_that_are_no_video(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("hello")
    empty = tmp_path / "empty.mkv"
    empty.touch()
    sound = run_ffmpeg("sine=duration=0.1", tmp_path / "sound.wav", {"f": "lavfi"})
    for path, reason in (
        (text, "not a video"),
        (empty, "not a video"),
        (tmp_path, "a folder"),
        (tmp_path / "missing.mp4", "no such file"),
        (sound, "no video"),
    ):
        with pytest.raises(InputError, match=reason):
            open_video(path)


def test_an_mp4_without_its_index(made: Callable[..., Made], tmp_path: Path) -> None:
    slow = run_ffmpeg(made().path, tmp_path / "slow.mp4", c="copy")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(slow.read_bytes()[:2000])
    with pytest.raises(InputError, match="cut off: its index"):
        open_video(cut)


def test_a_renamed_file_is_read_by_its_content(made: Callable[..., Made], tmp_path: Path) -> None:
    renamed = shutil.copy(made().path, tmp_path / "video.mov")
    assert open_video(renamed).status.state is State.RECOVERABLE


def test_a_record_for_another_size_is_refused(made: Callable[..., Made], tmp_path: Path) -> None:
    video = made("h264", ".mp4")
    liar = replace(video.clip, sensor=replace(video.clip.sensor, width=4000, height=3000))
    again = run_ffmpeg(video.path, tmp_path / "a.mp4", vcodec="libx264", metadata=f"comment={to_comment(liar)}")
    with pytest.raises(NotRecoverableError, match="4000x3000"):
        open_video(again, force=True).decode()


@pytest.mark.parametrize(
    ("name", "suffix"), [("h264", ".mp4"), ("hevc-10", ".mkv"), ("av1-10", ".mp4"), ("ffv1", ".mkv")]
)
@given(data=st.data())
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_ends_in_frames_or_in_one_of_our_errors(
    made: Callable[..., Made], tmp_path: Path, name: str, suffix: str, data: st.DataObject
) -> None:
    damaged = bytearray(made(name, suffix).path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=40)):
        damaged[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))])
    with suppress(VidispError):
        for frame in open_video(path, force=True).decode():
            assert not frame.intact or frame.record is not None

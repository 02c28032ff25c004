"""Stopped at any moment, a run leaves nothing that looks done, and goes on from its whole pieces."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import vidisp
from vidisp.stream.journal import staging_folder

VIDISP = [sys.executable, "-m", "vidisp.cli.main"]
FRAMES = 150


def render_command(clip: Path, video: Path, *options: str) -> list[str]:
    # A slow preset, so that there is time to interrupt it between its first segment and its last.
    return [*VIDISP, "render", str(clip), str(video), "--preset", "veryslow", "--progress", "none", *options]


def start_and_stop(command: list[str], pieces: Path, pattern: str, number: int) -> tuple[int, str]:
    """Run a command until its first piece is whole, then send a signal; returns exit code and stderr."""
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs start deaf to it
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    until = time.monotonic() + 60
    while not list(pieces.glob(pattern)) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_a_stopped_render_goes_on_from_its_whole_segments(make_clip, tmp_path, number, code):
    clip, video = make_clip(FRAMES), tmp_path / "out.mp4"
    found, err = start_and_stop(render_command(clip, video), staging_folder(video), "0*.nut", number)
    assert found == code
    assert not video.exists()
    if code == 130:
        assert "--resume" in err
        assert err.count("\n") == 1
    whole = list(staging_folder(video).glob("0*.nut"))
    assert whole

    seen = []
    vidisp.render(clip, video, preset="veryslow", resume=True, progress=seen.append)
    assert seen[-1].resumed == 48 * len(whole)
    assert {p.name for p in tmp_path.iterdir()} == {"clip", "out.mp4"}
    assert vidisp.recover(video, tmp_path / "back").frames == FRAMES


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_stopped_recovery_goes_on_from_its_whole_frames(make_clip, tmp_path, number, code):
    video, back = tmp_path / "out.mp4", tmp_path / "back"
    vidisp.render(make_clip(FRAMES), video, preset="ultrafast")
    command = [*VIDISP, "recover", str(video), str(back), "--progress", "none"]
    found, _ = start_and_stop(command, staging_folder(back) / "frames", "frame_*.dng", number)
    assert found == code
    assert not back.exists()
    assert list(staging_folder(back).rglob("frame_*.dng"))

    seen = []
    assert vidisp.recover(video, back, resume=True, progress=seen.append).frames == FRAMES
    assert seen[-1].resumed > 0
    assert len(list(back.iterdir())) == FRAMES
    assert not staging_folder(back).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_slow_encoder_is_not_waited_for(make_clip, tmp_path, number):
    """It holds all frames of a short clip back, and takes many seconds to give them out."""
    clip, video = make_clip(16, width=1280, height=720), tmp_path / "out.mp4"
    command = [*VIDISP, "render", str(clip), str(video), "--codec", "hevc", "--preset", "slower", "--progress", "json"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    assert process.stderr.readline().startswith('{"stage": "render"')
    process.send_signal(number)
    sent = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - sent < 5
    assert process.returncode == 130
    assert "stopped before the first segment was whole" in err
    assert not video.exists()


@pytest.mark.parametrize("command", ["render", "recover"])
def test_a_full_disk_is_one_line(make_clip, tmp_path, command):
    """A limit on file sizes stands in for a full disk: the same failing writes, without filling one."""
    clip, video = make_clip(8, width=320, height=240), tmp_path / "out.mp4"
    if command == "recover":
        vidisp.render(clip, video, quality="master")
        source, target = video, tmp_path / "back"
    else:
        source, target = clip, video
    limit = 20_000

    def few_bytes() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    arguments = [*VIDISP, command, str(source), str(target), "--progress", "none"]
    arguments += ["--quality", "master"] if command == "render" else ["--no-compress"]
    done = subprocess.run(arguments, preexec_fn=few_bytes, capture_output=True, text=True)
    assert done.returncode == 1
    assert not target.exists()
    assert done.stderr.count("\n") == 1
    assert "written" in done.stderr or "disk" in done.stderr or "grew" in done.stderr

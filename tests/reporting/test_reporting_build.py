"""The whole way, from files to a page, as `vidisp report` goes it."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction

import av
import numpy as np
import pytest

import vidisp
from vidisp.cli.main import main
from vidisp.errors import InputError, OutputError, UsageError
from vidisp.raw import RawFrame, read_frame, write_dng


def noisy(folder, name, error):
    """A copy of a clip with this error in DN on every other sample."""
    copy = folder.parent / name
    copy.mkdir()
    for file in sorted(folder.iterdir()):
        frame = read_frame(file)
        mosaic = frame.mosaic.copy()
        mosaic[::2, ::2] -= np.uint16(error)
        write_dng(copy / file.name, RawFrame(mosaic, frame.sensor, frame.number))
    return copy


def write_video(path, count=6, error=0, size=(96, 64)):
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=Fraction(25), options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        y, x = np.mgrid[: size[1], : size[0]]
        for number in range(count):
            wave = 120 + 60 * np.sin((x + 3 * number) / 7) + 40 * np.cos(y / 5)
            picture = np.repeat(wave[..., None], 3, -1)
            picture[20:40, 20:60] += error if number == 3 else 0
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="rgb24")))
        output.mux(stream.encode(None))
    return path


def test_a_raw_clip_and_its_recovery(make_clip, tmp_path):
    clip = make_clip(4, first=7)
    seen = []
    found = vidisp.report(
        clip, noisy(clip, "back", 3), tmp_path / "r.html", progress=lambda *numbers: seen.append(numbers)
    )
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert (found.kind, found.numbers) == ("raw", (7, 8, 9, 10))
    assert "less than the sensor&#39;s own noise" in html
    assert html.count("in common") == 3
    assert f"{found.summary['raw_psnr']:.1f} dB" in html
    assert seen[-1] == (4, 4)
    assert not list(tmp_path.glob(".r*"))


def test_two_videos(tmp_path):
    """Only frame 3 differs beyond what the codec does, by a patch: it is the worst, and the patch its spot."""
    a, b = write_video(tmp_path / "a.mp4"), write_video(tmp_path / "b.mp4", error=30)
    found = vidisp.report(a, b, tmp_path / "r.html", vmaf=False)
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert found.kind == "video"
    assert html.index("<h3>Frame 3 ") < html.index("<h3>Frame", html.index("<h3>Frame 3 ") + 1)
    assert "RAW histograms" not in html


def test_the_function_stays_a_function_after_its_first_call(make_clip, tmp_path):
    clip = make_clip(1)
    for name in ("a.html", "b.html"):
        vidisp.report(clip, clip, tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_command_prints_the_measures(make_clip, tmp_path, capsys):
    clip = make_clip(2)
    assert main(["report", str(clip), str(clip), "-o", str(tmp_path / "r.html"), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["kind"], values["frames"], values["raw_psnr"]) == ("raw", 2, None)
    assert (tmp_path / "r.html").stat().st_size > 10_000


def test_raw_and_its_video_need_a_recovery_first(make_clip, tmp_path, capsys):
    clip, video = make_clip(2), write_video(tmp_path / "out.mp4")
    for pair in ((clip, video), (video, clip)):
        with pytest.raises(InputError, match=r"out\.mp4: is a video and .*clip is RAW.*recover \S*out\.mp4 RAW"):
            vidisp.report(*pair, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_a_page_that_is_there_stays(make_clip, tmp_path):
    clip, page = make_clip(1), tmp_path / "r.html"
    page.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        vidisp.report(clip, clip, page)
    assert page.read_text() == "mine"
    vidisp.report(clip, clip, page, overwrite=True)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_failure_leaves_nothing(make_clip, tmp_path):
    clip = make_clip(3)
    back = noisy(clip, "back", 1)
    shutil.copy(clip / "A001_000000.dng", tmp_path / "kept.dng")
    broken = back / "A001_000002.dng"
    broken.write_bytes(broken.read_bytes()[:3000])
    with pytest.raises(InputError, match="A001_000002"):
        vidisp.report(clip, back, tmp_path / "r.html")
    assert not list(tmp_path.glob("*r.html*"))


def test_what_is_no_page_and_what_is_not_there(make_clip, tmp_path):
    clip, video = make_clip(1), write_video(tmp_path / "a.mp4", count=1)
    with pytest.raises(UsageError, match="no name of a page"):
        vidisp.report(video, video, video, overwrite=True)
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        vidisp.report(clip, clip, tmp_path / "folder.html", overwrite=True)
    with pytest.raises(InputError, match="missing: there is no such file"):
        vidisp.report(clip, tmp_path / "missing", tmp_path / "r.html")

"""The command line as users meet it: results on stdout, one line on stderr for what is wrong, honest exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

from vidisp.cli.main import main
from vidisp.cli.parser import CODECS, build_parser
from vidisp.codec import FORMATS


def run(capsys, *argv: object) -> tuple[int, str, str]:
    try:
        code = main([str(arg) for arg in argv])
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, code: int, message: str, *argv: object) -> None:
    """The command fails with this code and one line that says why."""
    found, out, err = run(capsys, *argv)
    assert (found, out) == (code, "")
    assert message in err
    assert err.startswith("vidisp: ")
    assert err.count("\n") == 1


def test_the_three_promised_lines(make_clip, tmp_path, capsys):
    clip = make_clip(3)
    assert run(capsys, "render", f"{clip}/", tmp_path / "out.mp4")[0] == 0
    code, out, _ = run(capsys, "recover", tmp_path / "out.mp4", f"{tmp_path}/raw_frames/")
    assert code == 0
    assert "3 RAW frames" in out
    code, out, _ = run(capsys, "evaluate", clip, tmp_path / "raw_frames", "--json")
    values = json.loads(out)
    assert {"frames", "psnr_bayer", "psnr_sqrt", "psnr_invisp", "max_error_dn"} <= set(values)
    assert values["frames"] == 3


def test_json_results_and_progress(make_clip, tmp_path, capsys):
    clip = make_clip(3)
    code, out, err = run(capsys, "render", clip, tmp_path / "out.mp4", "--json", "--progress", "json")
    assert code == 0
    assert json.loads(out)["frames"] == 3
    last = json.loads(err.strip().splitlines()[-1])
    assert (last["stage"], last["frames"], last["total"]) == ("render", 3, 3)
    code, out, _ = run(capsys, "probe", tmp_path / "out.mp4", "--json")
    assert json.loads(out)["recoverable"] is True


def test_quiet_says_nothing(make_clip, tmp_path, capsys):
    assert run(capsys, "render", make_clip(2), tmp_path / "out.mp4", "-q") == (0, "", "")


def test_probe_of_a_raw_clip(make_clip, capsys):
    clip = make_clip(2)
    (clip / "Thumbs.db").touch()
    code, out, _ = run(capsys, "probe", clip)
    assert code == 0
    assert "RAW already" in out
    assert "Thumbs.db" in out


def test_a_stray_file_is_no_obstacle(make_clip, tmp_path, capsys):
    clip = make_clip(2)
    (clip / "Thumbs.db").write_bytes(b"junk")
    assert run(capsys, "render", clip, tmp_path / "out.mp4")[0] == 0


def test_an_empty_folder(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    refused(capsys, 1, "empty", "render", tmp_path / "empty", tmp_path / "out.mp4")


def test_a_missing_path(tmp_path, capsys):
    refused(capsys, 1, "does not exist", "render", tmp_path / "nowhere", tmp_path / "out.mp4")
    refused(capsys, 1, "no such", "recover", tmp_path / "nowhere.mp4", tmp_path / "out")
    refused(capsys, 1, "no such", "probe", tmp_path / "nowhere.mp4")


def test_a_text_file_named_dng(tmp_path, capsys):
    (tmp_path / "a.dng").write_text("hello, this is no picture at all\n" * 20)
    refused(capsys, 1, "a.dng", "render", tmp_path / "a.dng", tmp_path / "out.mp4")


def test_a_truncated_dng(make_clip, tmp_path, capsys):
    clip = make_clip(3)
    path = clip / "A001_000001.dng"
    path.write_bytes(path.read_bytes()[:4000])
    refused(capsys, 1, path.name, "render", clip, tmp_path / "out.mp4", "--progress", "none")
    assert not (tmp_path / "out.mp4").exists()


def test_a_missing_frame_number(make_clip, tmp_path, capsys):
    clip = make_clip(4)
    (clip / "A001_000002.dng").unlink()
    refused(capsys, 1, "2", "render", clip, tmp_path / "out.mp4")


def test_mixed_sizes(make_clip, tmp_path, capsys):
    clip, other = make_clip(2), make_clip(1, name="other", width=64, height=48, first=2)
    (other / "A001_000002.dng").rename(clip / "A001_000002.dng")
    refused(capsys, 1, "64x48", "render", clip, tmp_path / "out.mp4", "--progress", "none")


def test_an_existing_output(make_clip, tmp_path, capsys):
    (tmp_path / "out.mp4").write_bytes(b"mine")
    refused(capsys, 1, "exists already", "render", make_clip(1), tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"mine"


def test_a_truncated_video(make_clip, tmp_path, capsys):
    run(capsys, "render", make_clip(2), tmp_path / "out.mp4")
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "out.mp4").read_bytes()[:600])
    refused(capsys, 1, "cut.mp4", "recover", tmp_path / "cut.mp4", tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def foreign_video(path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), "yuv420p")))
        output.mux(stream.encode(None))


def test_a_video_that_vidisp_did_not_make(tmp_path, capsys):
    foreign_video(tmp_path / "cat.mp4")
    refused(capsys, 4, "not made by vidisp", "recover", tmp_path / "cat.mp4", tmp_path / "raw")
    refused(capsys, 4, "not made by vidisp", "recover", tmp_path / "cat.mp4", tmp_path / "raw", "--force")
    code, out, _ = run(capsys, "probe", tmp_path / "cat.mp4")
    assert code == 0
    assert "cannot be recovered: not made by vidisp" in out


def test_a_text_file_named_mp4(tmp_path, capsys):
    (tmp_path / "a.mp4").write_text("no video")
    refused(capsys, 1, "a.mp4", "recover", tmp_path / "a.mp4", tmp_path / "raw")


def test_wrong_usage_ends_with_2(make_clip, tmp_path, capsys):
    clip = make_clip(1)
    refused(capsys, 2, "no quality", "render", clip, tmp_path / "out.mp4", "--quality", "fine")
    refused(capsys, 2, "does not take", "render", clip, tmp_path / "out.xyz")
    refused(capsys, 2, "frames", "render", clip, tmp_path / "out.mp4", "--frames", "5:2")
    for wrong in (["render"], ["render", "a", "b", "--chunk", "0"], ["render", "a", "b", "--wb", "1,2"], ["dance"]):
        refused(capsys, 2, "--help", *wrong)
    refused(capsys, 2, "--frames=-4:", "recover", "a.mp4", "b", "--frames", "-4:")


def test_the_parser_offers_every_format():
    assert set(CODECS) == set(FORMATS)
    assert build_parser().prog == "vidisp"


def test_a_bug_is_one_line_too(monkeypatch, capsys):
    monkeypatch.setattr("vidisp.probe", lambda *_, **__: 1 / 0, raising=False)
    refused(capsys, 1, "unexpected ZeroDivisionError", "probe", "x")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_is_quick_to_load(option):
    code = f"import sys; sys.argv = ['vidisp', '{option}']; from vidisp.cli.main import main\ntry: main()\n"
    code += "except SystemExit: pass\nassert not {'torch', 'av', 'rawpy'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_swapped_arguments_are_told_apart(make_clip, tmp_path, capsys):
    clip = make_clip(1)
    run(capsys, "render", clip, tmp_path / "out.mp4")
    refused(capsys, 2, "is a video already", "render", tmp_path / "out.mp4", clip)
    refused(capsys, 1, "is a file, not a folder", "recover", clip, tmp_path / "out.mp4", "--overwrite")


def test_recover_replaces_nothing_but_its_own_frames(make_clip, tmp_path, capsys):
    """Neither originals, nor notes, nor the video itself are lost to --overwrite."""
    clip, home = make_clip(2), tmp_path / "home"
    home.mkdir()
    run(capsys, "render", clip, home / "out.mp4")
    refused(capsys, 1, "holds the video itself", "recover", home / "out.mp4", home, "--overwrite")
    refused(capsys, 1, "holds A001_000000.dng, which", "recover", home / "out.mp4", clip, "--overwrite")
    assert (home / "out.mp4").exists()
    assert len(list(clip.iterdir())) == 2
    assert run(capsys, "recover", home / "out.mp4", home / "raw")[0] == 0
    (home / "raw" / "notes.txt").touch()
    refused(capsys, 1, "notes.txt", "recover", home / "out.mp4", home / "raw", "--overwrite")
    (home / "raw" / "notes.txt").unlink()
    assert run(capsys, "recover", home / "out.mp4", home / "raw", "--overwrite")[0] == 0


def test_recover_into_the_present_folder(make_clip, tmp_path, capsys, monkeypatch):
    run(capsys, "render", make_clip(1), tmp_path / "out.mp4")
    monkeypatch.chdir(tmp_path)
    refused(capsys, 1, "holds the video itself", "recover", "out.mp4", ".", "--overwrite")


def test_another_frame_rate_is_not_mixed_up(make_clip, tmp_path, capsys):
    run(capsys, "render", make_clip(6), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as source, av.open(str(tmp_path / "web.mp4"), "w") as sink:
        sink.metadata["comment"] = source.metadata["comment"]
        stream = sink.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            frame.pts, frame.time_base = number, Fraction(1, 30)
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    refused(capsys, 4, "frame rate was changed", "recover", tmp_path / "web.mp4", tmp_path / "raw", "--force")


def test_a_sidecar_replaces_nothing_unless_asked(make_clip, tmp_path, capsys):
    clip, video, sidecar = make_clip(1), tmp_path / "out.mp4", tmp_path / "precious.dng"
    run(capsys, "render", clip, video)
    sidecar.write_bytes(b"mine")
    refused(capsys, 1, "exists already", "probe", video, "--sidecar", sidecar)
    assert sidecar.read_bytes() == b"mine"
    refused(capsys, 1, "is the video itself", "probe", video, "--sidecar", video, "--overwrite")
    refused(capsys, 2, "means nothing for RAW", "probe", clip, "--sidecar", tmp_path / "a.json")
    code, out, _ = run(capsys, "probe", video, "--sidecar", sidecar, "--overwrite")
    assert code == 0
    assert f"sidecar written: {sidecar}" in out
    assert json.loads(sidecar.read_text())["frames"] == 1


def test_frames_go_into_a_folder(make_clip, tmp_path, capsys):
    run(capsys, "render", make_clip(1), tmp_path / "out.mp4")
    refused(capsys, 2, "name the folder a", "recover", tmp_path / "out.mp4", tmp_path / "a.dng")
    assert not (tmp_path / "a.dng").exists()
    assert run(capsys, "recover", tmp_path / "out.mp4", tmp_path / "shot.2")[0] == 0


def test_a_video_that_is_cut_off(make_clip, tmp_path, capsys):
    run(capsys, "render", make_clip(6), tmp_path / "out.mp4", "--preset", "ultrafast", "--quality", "high")
    data = (tmp_path / "out.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 3])
    code, _, err = run(capsys, "recover", tmp_path / "cut.mp4", tmp_path / "raw", "--progress", "none")
    assert code == 3
    assert "of its 6 frames are there" in err


def test_progress_tells_sizes(make_clip, tmp_path, capsys):
    _, _, err = run(capsys, "render", make_clip(3), tmp_path / "out.mp4", "--progress", "json")
    assert json.loads(err.splitlines()[-1])["bytes"] > 0


def test_where_nothing_can_be_written(make_clip, tmp_path, capsys):
    run(capsys, "render", make_clip(1), tmp_path / "out.mp4")
    refused(capsys, 1, "nothing can be written here", "recover", tmp_path / "out.mp4", "/proc/x")

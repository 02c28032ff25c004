"""Videos one way, stills another, and options that mean nothing refused."""

from __future__ import annotations

import json

import pytest

import vidisp
from vidisp.cli.main import main
from vidisp.errors import UsageError


def run(*argv: object) -> int:
    return main([str(arg) for arg in argv])


@pytest.mark.parametrize(
    "options",
    [["--fps", "25"], ["--audio"], ["--codec", "h264"], ["--crf", "3"], ["--preset", "fast"], ["--frames", "0:1"],
     ["--chunk", "2"]],
)  # fmt: skip
def test_options_of_videos_mean_nothing_for_a_jpeg(make_photo, tmp_path, capsys, options):
    assert run("render", make_photo(), tmp_path / "a.jpg", *options) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"vidisp: {options[0]} means nothing for a JPEG")
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [["--frames", "0:1"], ["--chunk", "2"], ["--sidecar", "a.json"]])
def test_nor_for_its_recovery(make_photo, tmp_path, capsys, options):
    vidisp.render(make_photo(), tmp_path / "a.jpg")
    assert run("recover", tmp_path / "a.jpg", tmp_path / "a.dng", *options) == 2
    assert f"{options[0]} means nothing for a JPEG" in capsys.readouterr().err


def test_subsampling_is_for_jpeg(make_photo, tmp_path, capsys):
    assert run("render", make_photo(), tmp_path / "a.mp4", "--subsampling", "444") == 2
    assert "--subsampling means nothing for a video" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no subsampling '422'"):
        vidisp.render(make_photo(), tmp_path / "a.jpg", subsampling="422")


@pytest.mark.parametrize("quality", ["0", "101", "fine"])
def test_qualities_that_are_none(make_photo, tmp_path, capsys, quality):
    assert run("render", make_photo(), tmp_path / "a.jpg", "--quality", quality) == 2
    with pytest.raises(UsageError, match="0 jobs"):
        vidisp.render(make_photo(), tmp_path / "a.jpg", jobs=0)


def test_suffixes_decide(make_photo, tmp_path, capsys):
    photo = make_photo()
    assert run("render", photo, tmp_path / "A.JPEG", "-q") == 0
    assert run("render", photo, tmp_path / "a.mp4", "-q") == 0
    assert run("recover", tmp_path / "A.JPEG", tmp_path / "a.dng", "-q") == 0
    assert run("recover", tmp_path / "a.mp4", tmp_path / "frames", "-q") == 0
    assert (tmp_path / "frames").is_dir()
    assert (tmp_path / "a.dng").is_file()
    assert run("render", tmp_path / "A.JPEG", tmp_path / "b.jpg") == 2
    assert "is a JPEG already" in capsys.readouterr().err
    assert run("render", tmp_path / "a.mp4", tmp_path / "b.jpg") == 2
    assert "is a video already" in capsys.readouterr().err


def test_probe_says_what_a_jpeg_is(make_photo, tmp_path, capsys):
    vidisp.render(make_photo(), tmp_path / "a.jpg", subsampling="444", quality=85)
    assert run("probe", tmp_path / "a.jpg", "--json") == 0
    values = json.loads(capsys.readouterr().out)
    assert values["kind"] == "JPEG"
    assert values["recoverable"] is True
    assert values["details"]["coded"] == "4:4:4 with steps of about 9"
    assert values["details"]["photo"] == "photo"
    assert "D700" in values["details"]["sensor"]
    assert values["details"]["private"] == "nothing"
    assert "LensModel" in values["details"]["carries"]
    assert run("probe", tmp_path / "a.jpg", "--sidecar", tmp_path / "a.json") == 2


def test_results_as_json(make_photo, tmp_path, capsys):
    assert run("render", make_photo(), tmp_path / "a.jpg", "--json", "--progress", "json") == 0
    out, err = capsys.readouterr()
    values = json.loads(out)
    assert values["photos"][0]["bits_per_pixel"] == pytest.approx(8 * values["photos"][0]["bytes"] / (160 * 96))
    assert json.loads(err.splitlines()[-1])["total"] == 1
    assert run("recover", tmp_path / "a.jpg", tmp_path / "a.dng", "--json", "--progress", "none") == 0
    assert json.loads(capsys.readouterr().out)["photos"][0]["approximate"] is False


def test_progress_counts_photos(make_photo, tmp_path, capsys):
    assert run("render", make_photo(), tmp_path / "a.jpg", "--progress", "lines") == 0
    assert "render: 1/1 photos, " in capsys.readouterr().err


def test_another_suffix_names_what_there_is(make_photo, tmp_path, capsys):
    assert run("render", make_photo(), tmp_path / "a.png") == 2
    err = capsys.readouterr().err
    assert "a photo is a .jpg" in err
    assert ".mp4" in err


def test_a_refused_jpeg_is_one_line(tmp_path, capsys):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    assert run("recover", tmp_path / "a.jpg", tmp_path / "a.dng") == 1
    assert capsys.readouterr().err.count("\n") == 1

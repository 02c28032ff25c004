"""`vidisp evaluate` and tools/temporal_consistency.py as users meet them."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import vidisp
from tests.conftest import MakeClip
from tests.metrics.metrics_kit import alternating, moving
from tests.metrics.test_metrics_sources import write
from vidisp.cli.main import main

TOOL = Path(__file__).parents[2] / "tools" / "temporal_consistency.py"
Run = Callable[[list[str]], int]


@pytest.fixture
def tool() -> Run:
    spec = importlib.util.spec_from_file_location("temporal_consistency", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture
def steady(tmp_path: Path) -> Path:
    return write(tmp_path / "steady.mp4", [np.rint(frame) for frame in moving(8)], codec="libx264", crf="12")


@pytest.fixture
def shaky(tmp_path: Path) -> Path:
    frames = [np.rint(frame) for frame in alternating(moving(8), 6)]
    return write(tmp_path / "shaky.mp4", frames, codec="libx264", crf="12")


def test_the_tool_tells_a_steady_video_from_a_shaky_one(
    tool: Run, steady: Path, shaky: Path, capsys: pytest.CaptureFixture
) -> None:
    found = {}
    for path in (steady, shaky):
        assert tool([str(path), "--json"]) == 0
        found[path] = json.loads(capsys.readouterr().out)
    for key in ("flicker", "warping_error", "even_odd_beat"):
        assert found[shaky][key] > 2 * found[steady][key], key
    assert found[shaky]["tpsnr"] is None


def test_the_tool_beside_a_reference(tool: Run, steady: Path, shaky: Path, capsys: pytest.CaptureFixture) -> None:
    assert tool([str(shaky), str(steady), "--no-vmaf", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["tpsnr"] == pytest.approx(-20 * np.log10(6 / 255), abs=1)
    assert values["even_odd_beat"] == pytest.approx(6, rel=0.05)
    assert values["of_the_reference"]["flicker"] < values["flicker"]
    assert tool([str(shaky), str(steady), "--no-vmaf"]) == 0
    assert "lower is better" in capsys.readouterr().out


def test_the_tool_says_what_is_wrong_in_one_line(tool: Run, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert tool([str(tmp_path / "gone.mp4")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{tmp_path / 'gone.mp4'}: there is no such file or folder\n"


def test_evaluate_takes_videos(steady: Path, shaky: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["evaluate", str(steady), str(shaky), "--json", "-q"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["video"], values["reference"]) == (str(shaky), str(steady))
    assert values["vmaf"] is not None
    assert main(["evaluate", str(shaky), "-q", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["flicker"] == pytest.approx(6, rel=0.1)


def test_evaluate_of_raw_is_as_ever_and_more(make_clip: MakeClip, capsys: pytest.CaptureFixture) -> None:
    clip = make_clip(3)
    assert main(["evaluate", str(clip), str(clip), "--json", "--progress", "json"]) == 0
    out, err = capsys.readouterr()
    values = json.loads(out)
    assert values["psnr_bayer"] is None
    assert values["identical"] is True
    assert values["raw_flicker"] > 0
    assert json.loads(err.strip().splitlines()[-1])["frames"] == 3
    assert vidisp.evaluate(clip, clip).to_dict()["psnr_bayer"] is None
    assert main(["evaluate", str(clip), "--json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "raw"

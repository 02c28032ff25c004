"""Stills that hold pictures are told from photos and videos that vidisp rendered."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

import vidisp
from vidisp.cli.main import main
from vidisp.stills.embedded import what_it_holds


@pytest.fixture(params=["still.png", "still.jpg"])
def still(request, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("left.png", "right.png"):
        picture = Image.fromarray(rng.integers(0, 255, (6, 9, 3), dtype=np.uint8)).resize((144, 96))
        picture.save(tmp_path / name)
    vidisp.embed_stereo(tmp_path / "left.png", tmp_path / "right.png", tmp_path / request.param)
    return tmp_path / request.param


def test_recover_names_the_command_that_helps(still, tmp_path, capsys):
    assert main(["recover", str(still), str(tmp_path / "raw")]) == 4
    why = "is no rendered RAW (it holds a stereo pair: `vidisp extract` brings them back)"
    assert capsys.readouterr().err == f"vidisp: {still}: {why}\n"
    assert not (tmp_path / "raw").exists()


def test_so_does_the_recovery_of_a_folder(still, tmp_path, capsys):
    folder = tmp_path / "jpegs"
    folder.mkdir()
    shutil.copy(still, folder / "a.jpg")
    assert main(["recover", str(folder), str(tmp_path / "raw")]) == 4
    assert "`vidisp extract` brings them back" in capsys.readouterr().err


def test_probe_says_what_it_holds(still, capsys):
    assert main(["probe", str(still), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["recoverable"]) == ("still", False)
    assert "vidisp extract" in found["reason"]


def test_other_files_hold_nothing(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:20])
    for name in ("a.png", "a.jpg", "cut.png", "none", "."):
        assert what_it_holds(tmp_path / name) is None

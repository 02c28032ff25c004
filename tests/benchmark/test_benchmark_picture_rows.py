from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from picture_rows import Reference, main, picture_rows, row, text
from PIL import Image

import vidisp
from tests.conftest import MakeClip
from vidisp.codec import YUV, open_video
from vidisp.errors import InputError
from vidisp.raw import Clip

FRAMES = 8


@pytest.fixture
def video(make_clip: MakeClip, tmp_path: Path) -> Path:
    make_clip(FRAMES)
    vidisp.render(tmp_path / "clip", tmp_path / "a.mp4", model="lift", crf=16)
    return tmp_path / "a.mp4"


@pytest.fixture
def clip(video: Path) -> Clip:
    return Clip.open(video.parent / "clip")


@pytest.fixture
def reference(video: Path, clip: Clip) -> Reference:
    record = open_video(video).require_recoverable()
    return Reference(clip, record, range(FRAMES), video.parent)


def test_a_video_and_the_reference_look_beside_each_other(video: Path, clip: Clip, tmp_path: Path) -> None:
    own, coded, uncoded = picture_rows([video], clip, tmp_path)
    assert (own.name, coded.name, uncoded.name) == ("a.mp4", "reference look, coded", "reference look, uncoded")
    assert own.bpp == pytest.approx(video.stat().st_size * 8 / (FRAMES * 160 * 96))
    assert coded.bpp == pytest.approx(own.bpp, rel=0.25)  # a short clip: the records weigh much, the steps are coarse
    assert 25 < own.figures["psnr"] < coded.figures["psnr"]
    assert 0.8 < own.figures["ssim"] < 1
    assert all(uncoded.figures[key] is None for key in ("psnr", "psnr_chroma", "tpsnr"))
    assert uncoded.bpp is None
    assert uncoded.figures["ssim"] == pytest.approx(1, abs=1e-5)
    assert uncoded.figures["even_odd_beat"] == uncoded.figures["even_odd_sharpness"] == 0
    assert text([own, coded, uncoded]).count("\n") == 3


def test_every_other_frame_brighter_shows_in_steadiness_and_beat() -> None:
    rough = np.random.default_rng(0).integers(40, 200, (24, 32)).astype(np.float32)
    y = np.asarray(Image.fromarray(rough).resize((128, 96), Image.Resampling.BICUBIC)).clip(16, 235).astype(np.uint8)
    grey = np.full((48, 64), 128, np.uint8)

    def still() -> Iterator[YUV]:
        return (YUV(y, grey, grey) for _ in range(FRAMES))

    def beating() -> Iterator[YUV]:
        return (YUV(yuv.y + np.uint8(4 * (i % 2)), yuv.u, yuv.v) for i, yuv in enumerate(still()))

    reference = SimpleNamespace(bits=8, full_range=False, pictures=still)
    figures = row("beat", None, beating, reference).figures
    assert figures["even_odd_beat"] == pytest.approx(4, abs=1e-3)
    assert figures["flicker"] == pytest.approx(4, rel=1e-3)
    assert figures["psnr"] == pytest.approx(-10 * np.log10(0.5 * (4 / 255) ** 2), abs=1e-3)
    assert figures["tpsnr"] == pytest.approx(-20 * np.log10(4 / 255), abs=1e-3)
    assert figures["warping_error"] == pytest.approx((4 / 255) ** 2, rel=1e-3)
    assert figures["psnr_chroma"] is None


def test_the_reference_keeps_all_three_planes(reference: Reference, clip: Clip) -> None:
    first = next(iter(reference.pictures()))
    assert (first.width, first.height) == (160, 96)
    assert first.u.std() > 0
    assert not np.array_equal(first.u, first.v)


def test_a_clip_that_lacks_a_frame_is_refused(video: Path, clip: Clip, tmp_path: Path) -> None:
    record = open_video(video).require_recoverable()
    with pytest.raises(InputError, match="frame 99: is not in the clip"):
        Reference(clip, record, [0, 99], tmp_path)


def test_videos_of_another_look_are_not_mixed(video: Path, clip: Clip, tmp_path: Path) -> None:
    vidisp.render(clip.path, tmp_path / "b.mp4", model="lift", exposure=1.5)
    with pytest.raises(InputError, match="another look"):
        picture_rows([video, tmp_path / "b.mp4"], clip, tmp_path)


def test_the_command_line(video: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys, "argv", ["picture_rows.py", str(video), str(video.parent / "clip"), "--json"])
    assert main() == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "a.mp4"
    monkeypatch.setattr(sys, "argv", ["picture_rows.py", str(video.parent / "no.mp4"), str(video.parent / "clip")])
    assert main() == 1
    assert "no.mp4: there is no such file" in capsys.readouterr().err

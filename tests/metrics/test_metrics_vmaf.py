from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.metrics.metrics_kit import moving, video
from vidisp.metrics.evaluate_video import measure_frames
from vidisp.metrics.measures import Measures


def large(count: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    detail = rng.normal(0, 12, (192, 256))
    return [np.kron(frame, np.ones((2, 2))) + np.roll(detail, 3 * i, 1) for i, frame in enumerate(moving(count))]


def scored(frames: list[np.ndarray], reference: list[np.ndarray]) -> Measures:
    return measure_frames(video(frames), video(reference))


def test_equal_videos_score_high_and_noise_lowers_it() -> None:
    rng = np.random.default_rng(1)
    best = scored(large(), large())
    worse = scored([frame + rng.normal(0, 20, frame.shape) for frame in large()], large())
    assert best.summary["vmaf"] > 97
    assert 0 < worse.summary["vmaf"] < 80
    assert worse.summary["vmaf"] == pytest.approx(np.mean(worse.curves["vmaf"]))
    assert len(worse.curves["vmaf"]) == 3
    assert worse.notes == ()


@pytest.mark.parametrize("module", ["ffmpeg", "imageio_ffmpeg"])
def test_without_ffmpeg_there_is_a_note_and_all_else(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    found = scored(large(), large())
    assert found.summary["vmaf"] is None
    assert found.curves["vmaf"] == [None] * 3
    assert "FFmpeg is not installed (pip install 'vidisp[tools]')" in found.notes[0]
    assert found.summary["ssim"] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/ffmpeg"])
def test_an_ffmpeg_that_fails_is_no_crash(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", program)
    found = scored(large(), large())
    assert found.summary["vmaf"] is None
    assert found.notes[0].startswith("VMAF: not measured, ")


def test_an_ffmpeg_without_libvmaf_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidisp.metrics.vmaf.FILTER", "no_such_filter")
    assert "FFmpeg says: " in scored(large(), large()).notes[0]
    assert "no_such_filter" in scored(large(), large()).notes[0]

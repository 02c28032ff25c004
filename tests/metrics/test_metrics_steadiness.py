"""Each figure of steadiness on videos whose fault is known in size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from tests.metrics.metrics_kit import HEIGHT, RNG, WIDTH, alternating, measured, moving, still, texture, video
from vidisp.metrics import moment
from vidisp.metrics.evaluate_video import measure_frames


def test_a_static_video_is_perfectly_steady() -> None:
    found = measured(still())
    assert found.summary["warping_error"] == pytest.approx(0, abs=1e-12)
    assert found.summary["flicker"] == pytest.approx(0, abs=1e-3)
    assert found.summary["flicker_colour"] == found.summary["even_odd_beat"] == 0


def test_motion_alone_is_no_fault() -> None:
    plain = np.mean([np.square((a - b) / 255).mean() for a, b in pairwise(moving())])
    found = measured(moving())
    assert found.summary["warping_error"] < plain / 500
    assert found.summary["flicker"] < 0.25


def test_a_flickering_level_is_its_own_size() -> None:
    found = measured(alternating(still(), 5), still())
    assert found.summary["flicker"] == pytest.approx(5, rel=1e-3)
    assert found.reference_summary["flicker"] == pytest.approx(0, abs=1e-3)
    assert found.summary["warping_error"] == pytest.approx((5 / 255) ** 2, rel=1e-3)


def test_flicker_on_a_moving_scene_with_and_without_a_reference() -> None:
    beside = measured(alternating(moving(), 5), moving())
    assert beside.summary["flicker"] == pytest.approx(5, rel=0.02)
    assert beside.summary["warping_error"] == pytest.approx((5 / 255) ** 2, rel=0.02)
    assert measured(alternating(moving(), 5)).summary["flicker"] == pytest.approx(5, rel=0.05)


def test_flicker_of_some_areas_is_the_root_of_its_mean_square() -> None:
    half = np.zeros((HEIGHT, WIDTH))
    half[:, : WIDTH // 2] = 8
    assert measured(alternating(still(), half)).summary["flicker"] == pytest.approx(8 / np.sqrt(2), rel=1e-3)


def test_flicker_of_flat_pictures() -> None:
    """Nothing to follow: they stand still."""
    found = measured(alternating([np.full((64, 64), 100.0)] * 6, 40))
    assert found.summary["flicker"] == pytest.approx(40, rel=1e-3)
    assert found.summary["even_odd_beat"] == pytest.approx(40, rel=1e-3)
    assert found.cuts == ()


def test_colour_flickers_apart_from_luma() -> None:
    colours = [(3.0 * (i % 2), 4.0 * (i % 2)) for i in range(6)]
    found = measure_frames(video(still(), colours))
    assert found.summary["flicker_colour"] == pytest.approx(5, rel=1e-3)
    assert found.summary["flicker"] == pytest.approx(0, abs=1e-3)


def test_noise_counts_twice_in_the_warping_error_and_averages_out_of_flicker() -> None:
    rng = np.random.default_rng(1)
    noisy = [frame + rng.normal(0, 4, frame.shape) for frame in still()]
    found = measured(noisy, still())
    assert found.summary["warping_error"] == pytest.approx(2 * (4 / 255) ** 2, rel=0.03)
    assert found.summary["flicker"] == pytest.approx(4 * np.sqrt(2) / 16, rel=0.15)


def test_what_gets_covered_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bright square moves by six over a still ground; the flow is the true one, to and fro."""
    frames, flows = [texture(), texture()], []
    for left, by in ((40, 6), (46, -6)):
        frames[len(flows)][30:60, left : left + 30] = 220
        flow = torch.zeros(2, HEIGHT, WIDTH)
        flow[0, 30:60, left : left + 30] = by
        flows.append(flow)
    monkeypatch.setattr("vidisp.metrics.motion.optical_flow", lambda *_: flows.pop(0))
    found = measured(frames)
    assert np.square(frames[0] - frames[1]).mean() > 100
    assert found.summary["warping_error"] == pytest.approx(0, abs=1e-9)
    assert found.summary["flicker"] == pytest.approx(0, abs=0.01)


def test_a_flat_thing_that_moves_over_a_flat_ground_is_no_flicker() -> None:
    frames = [np.full((96, 160), 90.0) for _ in range(6)]
    for i, frame in enumerate(frames):
        frame[32:64, 16 + 8 * i : 64 + 8 * i] = 200
    assert measured(frames).summary["flicker"] < 1


def test_tpsnr_of_known_flicker() -> None:
    found = measured(alternating(moving(), 10), moving())
    assert found.summary["tpsnr"] == pytest.approx(-20 * np.log10(10 / 255), abs=1e-3)
    assert found.curves["tpsnr"][0] is None


def test_tpsnr_does_not_see_an_error_that_stays() -> None:
    off = RNG.normal(0, 10, (HEIGHT, WIDTH)).round()
    found = measured([f.round() + off for f in moving()], [f.round() for f in moving()])
    assert found.summary["tpsnr"] is None or found.summary["tpsnr"] > 120
    assert found.summary["psnr"] == pytest.approx(20 * np.log10(255 / 10), abs=0.3)


def test_tof_is_the_difference_of_the_motions() -> None:
    assert measured(moving(), moving()).summary["tof"] == 0
    faster = [texture(3 * i, i) for i in range(6)]
    assert measured(faster, moving()).summary["tof"] == pytest.approx(1, abs=0.15)


def test_nothing_is_measured_across_a_cut() -> None:
    other = [255 - texture(40 + i, 70)[::-1] for i in range(4)]
    found = measured([*moving(4), *other], [*moving(4), *other])
    assert found.cuts == (4,)
    for key in ("warping_error", "flicker", "flicker_colour", "tpsnr", "tof"):
        assert found.curves[key][4] is None, key
    parts = measured(moving(4)).summary, measured(other).summary
    assert found.summary["warping_error"] == pytest.approx(np.mean([part["warping_error"] for part in parts]))


def test_missing_numbers_begin_anew() -> None:
    frames = [frame for frame in video(moving(6)) if frame.number != 3]
    found = measure_frames(frames)
    assert found.numbers == (0, 1, 2, 4, 5)
    assert [value is None for value in found.curves["warping_error"]] == [True, False, False, True, False]
    assert found.cuts == ()


def test_three_frames_are_held_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of moments, that is two, and the one that is being made."""
    alive: list[int] = []

    class Counted(moment.Moment):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)
            alive.append(id(self))
            assert len(alive) <= 3

        def __del__(self) -> None:
            alive.remove(id(self))

    monkeypatch.setattr(moment, "Moment", Counted)
    assert measured(moving(12), moving(12)).frames == 12

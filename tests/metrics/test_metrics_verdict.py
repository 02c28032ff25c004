from __future__ import annotations

import math

import pytest

from tests.reporting.report_kit import measures
from vidisp.metrics.verdict import LEAST_VISIBLE, Verdict, judge, noise_ratio


def raw(psnr, shots=None, **options):
    noise = {"raw_psnr": shots} if shots is not None else None
    return judge(measures({"raw_psnr": [psnr, psnr]}, noise=noise, **options))


def video(psnr, vmaf=None, **options):
    return judge(measures({"psnr": [psnr, psnr]}, kind="video", vmaf=vmaf, **options))


@pytest.mark.parametrize(
    ("psnr", "level", "words"),
    [
        (47.9, "good", "by less than the sensor's own noise: 47.9 dB, where the noise alone makes 45.0 dB, two"),
        (45.1, "good", "less than the sensor's own noise"),
        (44.9, "good", "no more than a second shot of the same scene would"),
        (42.1, "good", "no more than a second shot"),
        (41.0, "fair", "1.6 times the sensor's own noise: 41.0 dB"),
        (35.0, "poor", "3.2 times the sensor's own noise"),
    ],
)
def test_raw_against_the_noise(psnr, level, words):
    """Two shots at 41.99 dB: the noise alone is 3.01 dB above."""
    verdict = raw(psnr, 45 - 10 * math.log10(2))
    assert verdict.level == level
    assert words in verdict.line


@pytest.mark.parametrize(
    ("psnr", "level", "words"),
    [(45.0, "good", "closely: 45.0 dB."), (44.9, "fair", "is near"), (37.9, "poor", "differs clearly")],
)
def test_raw_of_a_camera_that_states_no_noise(psnr, level, words):
    verdict = raw(psnr)
    assert verdict.level == level
    assert words in verdict.line
    assert "noise" not in verdict.line


def test_the_original_itself():
    assert raw(None, 42.0).line == "The recovered RAW is the original, sample for sample."
    assert "the same pictures" in video(None).line
    assert "47.0 dB" in video(None, psnr_chroma=47.0).line


@pytest.mark.parametrize(
    ("psnr", "vmaf", "level", "figures"),
    [
        (30.0, 94.0, "good", "VMAF 94 of 100, 30.0 dB"),
        (50.0, 93.9, "fair", "VMAF 94 of 100, 50.0 dB"),
        (50.0, 79.9, "poor", "VMAF 80 of 100, 50.0 dB"),
        (42.0, None, "good", ": 42.0 dB."),
        (41.9, None, "fair", ": 41.9 dB."),
        (33.9, None, "poor", "differs visibly"),
    ],
)
def test_videos_go_by_vmaf_if_there_is_one(psnr, vmaf, level, figures):
    verdict = video(psnr, vmaf)
    assert verdict.level == level
    assert figures in verdict.line


def test_steadiness_is_compared_with_the_original():
    def steadiness(flicker, beat, **options):
        return video(45.0, flicker=flicker, even_odd_beat=beat, reference={"flicker": 0.4}, **options)

    about = "It is about as steady as the original (flicker 0.45 against 0.4 codes)."
    assert steadiness(0.45, 0.05) == judge_line("good", about)
    assert steadiness(0.9, 0.19) == judge_line("fair", "It flickers more than the original (0.9 against 0.4 codes).")
    assert steadiness(0.4, 0.3) == judge_line("fair", "It beats between even and odd frames by 0.3 codes.")
    both = (
        "It flickers more than the original (0.9 against 0.4 codes) and beats between even and odd frames by 1 codes."
    )
    assert steadiness(0.9, 1.0) == judge_line("fair", both)


def test_flicker_that_grows_unseen_is_told_with_its_figures_and_lowers_nothing():
    own = {"raw_flicker": 0.0321, "raw_flicker_colour": 0.04}
    before = {"raw_flicker": 0.0221, "raw_flicker_colour": 0.04}
    verdict = raw(45.0, 47.9, reference=before, **own)
    more = "It flickers a little more than the original (0.032 against 0.022 % of white), too little to be seen"
    assert verdict.steadiness.startswith(more)
    assert verdict.level == raw(45.0, 47.9).level
    seen = before["raw_flicker"] + 1.01 * LEAST_VISIBLE["% of white"]
    assert "too little" not in raw(45.0, 47.9, reference=before, raw_flicker=seen).steadiness


def test_the_verdict_says_how_the_noise_alone_and_two_shots_relate():
    assert "49.0 dB, where the noise alone makes 45.8 dB, two shots of the scene 42.8 dB." in raw(49.0, 42.8).line
    two, one = (measures({"raw_psnr": [psnr]}, noise={"raw_psnr": 42.8}) for psnr in (42.8, 42.8 + 10 * math.log10(2)))
    assert noise_ratio(two) == pytest.approx(math.sqrt(2))
    assert noise_ratio(one) == pytest.approx(1)
    assert noise_ratio(measures({"raw_psnr": [49.0]})) is None


def test_nothing_is_said_of_a_steadiness_that_is_not_known():
    assert video(45.0).steadiness == ""


def judge_line(level, steadiness):
    return Verdict(level, video(45.0).line, steadiness)

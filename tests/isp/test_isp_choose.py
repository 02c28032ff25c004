"""Exposure and white balance of a clip."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from isp_scenes import smooth_scene

from vidisp.errors import InputError, UsageError
from vidisp.isp import BT601_LUMA, choose_look
from vidisp.raw.frame import RawFrame, Sensor

MATRIX = (0.7, -0.15, -0.07, -0.45, 1.25, 0.2, -0.09, 0.22, 0.55)
SENSOR = Sensor(96, 96, "RGGB", (512.0,) * 4, 16383, (0.5, 1.0, 0.625), MATRIX, noise=(2e-5, 1e-8))


def frame(brightness: float, sensor: Sensor = SENSOR, grey: bool = True, noise: float = 0.0) -> RawFrame:
    scene = smooth_scene(2).mean(0).numpy() * brightness
    colour = np.array([[sensor.neutral[0], 1.0], [1.0, sensor.neutral[2]]]) if grey else np.ones((2, 2))
    linear = scene * np.tile(colour, (48, 48)) + noise * np.random.default_rng(0).normal(size=scene.shape)
    return RawFrame(np.clip(np.rint(512 + linear * 15871), 0, 16383).astype(np.uint16), sensor)


def ev_of(*frames: RawFrame) -> float:
    return math.log2(choose_look(frames).exposure)


def test_dark_clips_are_lifted_and_bright_ones_left_alone() -> None:
    values = [ev_of(frame(brightness)) for brightness in (2.0, 1.0, 0.5, 0.25, 0.125)]
    assert values[0] == 0
    assert values == sorted(values)
    assert 0.8 < values[3] - values[2] < 1.4
    assert values[-1] <= 4


def test_black_clips_are_not_pushed_absurdly() -> None:
    assert 0 <= ev_of(frame(0.0)) <= 4
    noisy = dataclasses.replace(SENSOR, noise=(2e-3, 1e-5))
    assert ev_of(frame(0.03, noisy)) < ev_of(frame(0.03)) - 1
    unknown = dataclasses.replace(SENSOR, noise=None)
    assert ev_of(frame(0.03, unknown, noise=0.02)) < ev_of(frame(0.03, unknown)) - 1


def test_highlights_hold_exposure_back() -> None:
    dark, lit = frame(0.1), frame(0.1)
    lit.mosaic[:, :16] = 12000
    assert ev_of(lit) < ev_of(dark)


def test_every_frame_counts_and_the_answer_repeats() -> None:
    dark, bright = frame(0.1), frame(1.0)
    assert ev_of(bright) < ev_of(dark, bright) < ev_of(dark)
    assert choose_look([dark, bright]) == choose_look([dark, bright])


def test_given_values_are_taken() -> None:
    look = choose_look([frame(0.3)], exposure=1.5, wb=(3.0, 1.5, 1.5), bits=10, full_range=True, luma=BT601_LUMA)
    assert look.exposure == pytest.approx(2**1.5)
    assert look.white_balance == pytest.approx((2.0, 1.0, 1.0))
    assert (look.bits, look.full_range, look.luma) == (10, True, BT601_LUMA)


def test_white_balance_of_the_camera_and_from_the_frames() -> None:
    camera = choose_look([frame(0.5)]).white_balance
    assert camera == pytest.approx((2.0, 1.0, 1.6))
    assert choose_look([frame(0.5)], wb="auto").white_balance == pytest.approx(camera, rel=0.05)
    assert choose_look([frame(0.0)], wb="auto").white_balance == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    "options", [{"exposure": 99.0}, {"exposure": math.nan}, {"exposure": "bright"}, {"wb": (1.0, 0.0, 1.0)},
                {"wb": "sunny"}, {"wb": (1.0, 2.0)}, {"wb": (99.0, 1.0, 1.0)}],
)  # fmt: skip
def test_nonsense_is_refused(options: dict) -> None:
    with pytest.raises(UsageError):
        choose_look([frame(0.5)], **options)


def test_no_frames_and_no_matrix() -> None:
    with pytest.raises(UsageError, match="no frames"):
        choose_look([])
    with pytest.raises(InputError, match="matrix"):
        choose_look([frame(0.5, dataclasses.replace(SENSOR, color_matrix=(0.0,) * 9))])

"""The curves: strictly monotone, exactly invertible, bounded where they must be."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from vidisp.isp.curves import Limiter, Shoulder, Tone

EXAMPLES = settings(max_examples=30, deadline=None)


def ramp(low: float, high: float, count: int = 4001) -> Tensor:
    return torch.linspace(low, high, count)


@EXAMPLES
@given(knee=st.floats(0, 0.9), top=st.floats(0.3, 40))
def test_shoulder(knee: float, top: float) -> None:
    curve, x = Shoulder(knee, top), ramp(-1, top + 1)
    y = curve.forward(x)
    assert (y.diff() > 0).all()
    torch.testing.assert_close(curve.inverse(y), x, rtol=2e-6, atol=1e-5)
    if top >= 1:
        assert float(curve.forward(torch.tensor([top]))) == pytest.approx(1, abs=1e-6)
    below = x[x <= knee]
    torch.testing.assert_close(curve.forward(below), below, rtol=0, atol=1e-6)


def test_shoulder_keeps_order_above_white_and_tames_overshoot() -> None:
    curve = Shoulder(0.8, 4.0)
    assert float(curve.forward(torch.tensor([4.5]))) > 1.4
    assert float(curve.inverse(torch.tensor([1.05]))) < 4.1


def test_shoulder_without_need_is_the_identity() -> None:
    x = ramp(-1, 3)
    assert torch.equal(Shoulder(0.0, 0.5).forward(x), x)
    assert torch.equal(Shoulder(0.8, 1.0).inverse(x), x)


@EXAMPLES
@given(foot=st.floats(1e-5, 1))
def test_tone(foot: float) -> None:
    curve, x = Tone(foot), ramp(-2, 3)
    y = curve.forward(x)
    assert (y.diff() > 0).all()
    torch.testing.assert_close(y, -curve.forward(-x))
    torch.testing.assert_close(curve.inverse(y), x, rtol=1e-5, atol=1e-6)
    ends = curve.forward(torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(ends, torch.tensor([0.0, 1.0]), rtol=0, atol=1e-6)


def test_tone_is_near_the_camera_curve_of_bt709() -> None:
    x = ramp(0.02, 1)
    bt709 = 1.099 * x**0.45 - 0.099
    assert (Tone(0.01).forward(x) - bt709).abs().max() < 0.04


@EXAMPLES
@given(low=st.floats(8, 80), room=st.floats(7, 60))
def test_limiter(low: float, room: float) -> None:
    curve, x = Limiter(low, 235, room), ramp(low - 30 * room, 235 + 30 * room)
    y = curve.forward(x)
    assert (y.diff() > 0).all()
    assert (low - room < y).all()
    assert (y < 235 + room).all()
    inside = (x >= low) & (x <= 235)
    assert torch.equal(y[inside], x[inside])
    torch.testing.assert_close(curve.inverse(y), x, rtol=1e-3, atol=5e-2)


def test_limiter_takes_any_decoded_code() -> None:
    curve = Limiter(16, 235, 15)
    x = curve.inverse(torch.arange(256.0))
    assert torch.isfinite(x).all()
    assert (x[2:250].diff() > 0).all()

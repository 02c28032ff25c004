from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import UsageError
from vidisp.metrics import RatePoint, bd_psnr, bits_per_pixel
from vidisp.metrics.rate import pchip_integral, pchip_slopes

CURVE = [RatePoint(0.1, 44), RatePoint(0.3, 46.5), RatePoint(0.9, 50), RatePoint(2, 53), RatePoint(4, 59)]


def test_bits_are_counted_over_all_sensor_samples() -> None:
    assert bits_per_pixel(1000, 100, 10, 4) == 2
    with pytest.raises(UsageError, match="0 frames"):
        bits_per_pixel(1000, 100, 10, 0)


def test_integral_and_slopes_agree_with_scipy() -> None:
    # scipy 1.17: PchipInterpolator(x, y).integrate(0.5, 3) and .derivative()(x)
    x, y = np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, 1.0, 1.0, 3.0])
    assert pchip_integral(x, y, 0.5, 3) == pytest.approx(2.6467013888888893, rel=1e-14)
    assert pchip_slopes(x, y) == pytest.approx([1.5, 0, 0, 5 / 3])
    x, y = np.log10([p.bpp for p in CURVE]), np.array([p.psnr for p in CURVE])
    assert pchip_integral(x, y, -0.8, 0.5) == pytest.approx(64.33129479862727, rel=1e-14)
    expected = [4.19180655, 6.11305122, 7.97373815, 12.17825657, 25.17353937]
    assert pchip_slopes(x, y) == pytest.approx(expected)


@settings(deadline=None, max_examples=30)
@given(st.floats(-9, 9))
def test_a_curve_lifted_by_a_constant_gains_that_constant(lift: float) -> None:
    result = bd_psnr(CURVE, [RatePoint(p.bpp, p.psnr + lift) for p in CURVE])
    assert result.gain == pytest.approx(lift, abs=1e-9)
    assert (result.low_bpp, result.high_bpp) == pytest.approx((0.1, 4))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(30, 70), min_size=4, max_size=7), st.integers(0, 99))
def test_swapping_the_curves_changes_the_sign(quality: list[float], seed: int) -> None:
    rates = np.cumsum(np.random.default_rng(seed).uniform(0.05, 1, len(quality)))
    other = [RatePoint(float(r), q) for r, q in zip(rates, quality, strict=True)]
    assert bd_psnr(CURVE, other).gain == pytest.approx(-bd_psnr(other, CURVE).gain, abs=1e-9)


def test_only_the_common_rates_count_and_order_does_not() -> None:
    other = [RatePoint(bpp, 50.0) for bpp in (8, 1, 0.5, 2)]
    result = bd_psnr(list(reversed(CURVE)), other)
    assert (result.low_bpp, result.high_bpp) == pytest.approx((0.5, 4))


@pytest.mark.parametrize(
    "other",
    [
        CURVE[:3],
        [*CURVE[:3], RatePoint(0.9, 51)],
        [RatePoint(0, 40), *CURVE],
        [RatePoint(9 + i, 60) for i in range(4)],
    ],
    ids=["three points", "same rate twice", "rate of zero", "no overlap"],
)
def test_curves_that_cannot_be_compared_are_refused(other: list[RatePoint]) -> None:
    with pytest.raises(UsageError, match="rate"):
        bd_psnr(CURVE, other)

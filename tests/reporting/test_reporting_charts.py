from __future__ import annotations

import itertools

import numpy as np
import pytest
from report_kit import measures

from vidisp.reporting.charts import Axis, chart, charts, figure, joined, label, path, round_values, thin, y_axis


def test_a_path_breaks_where_there_is_no_value():
    assert path([(0, None), (10, 5.0), (20, 7.5), (30, None), (40, 1.0)]) == "M10 5h0L20 7.5M40 1h0"


def test_a_gap_is_wider_than_the_step_between_values():
    values = [None, 1.0, None, 2.0, None, None, 3.0, None, 4.0]
    assert joined(list(enumerate(values))) == [(1, 1.0), (3, 2.0), (5, None), (6, 3.0), (8, 4.0)]
    assert joined([(7, 1.0), (8, 2.0), (12, 3.0)]) == [(7, 1.0), (8, 2.0), (11, None), (12, 3.0)]
    assert joined([(0, None), (1, 5.0)]) == [(1, 5.0)]


def test_a_curve_fills_its_box():
    """Two frames from 40 to 50 dB: 8 % of air above and below, y downwards."""
    found = chart(measures({"raw_psnr": [40.0, 50.0]}), _metric("raw_psnr"))
    air = round(100 * 0.8 / 11.6, 2)
    assert found.path == f"M0 {100 - air:g}h0L100 {air:g}"
    assert [(n, text) for n, _, _, text in found.points] == [(0, "40.00"), (1, "50.00")]


def test_axes_say_what_the_curve_says():
    found = chart(measures({"raw_psnr": [40.0, 42.0, 50.0]}, first=100), _metric("raw_psnr"), [101])
    heights = {tick.text: tick.at for tick in found.y_ticks}
    (mark,) = found.marks
    assert heights["50"] < mark.y < heights["40"]
    assert (mark.number, mark.x) == (101, 50)
    assert mark.y == pytest.approx(heights["40"] + 0.2 * (heights["50"] - heights["40"]), abs=0.02)
    assert [(tick.at, tick.text) for tick in found.x_ticks] == [(0, "100"), (50, "101"), (100, "102")]


def test_frame_numbers_are_whole_and_far_from_zero_they_are_told_apart():
    found = chart(measures({"raw_psnr": [40.0, 41.0]}, first=1_000_000), _metric("raw_psnr"))
    assert [tick.text for tick in found.x_ticks] == ["1000000", "1000001"]


def test_thinning_keeps_every_extreme_in_its_place():
    values = np.random.default_rng(0).normal(size=100_000)
    values[[17, 54_321, 99_999]] = 90, -80, 70
    points = list(enumerate(values.tolist()))
    thinned = thin(points, 2000)
    assert 1000 < len(thinned) <= 2000
    assert set(thinned) <= set(points)
    assert {(17, 90.0), (54_321, -80.0), (99_999, 70.0)} <= set(thinned)
    assert all(a < b for (a, _), (b, _) in itertools.pairwise(thinned))


def test_thinning_keeps_gaps_and_short_curves():
    points = [(n, None if 4000 <= n < 6000 else 1.0) for n in range(10_000)]
    assert any(4000 <= n < 6000 and v is None for n, v in thin(points, 100))
    assert thin(points[:100], 100) == points[:100]


def test_only_metrics_over_time_get_a_chart():
    found = measures({"raw_psnr": [40.0, 41.0], "raw_tpsnr": [None, 40.0], "raw_flicker": [None, None]})
    assert [c.metric.key for c in charts(found)] == ["raw_psnr"]


def test_cuts_stand_at_their_frames():
    found = chart(measures({"psnr": [40.0] * 11}, kind="video", cuts=(5,)), _metric("psnr"))
    assert found.cuts == (50.0,)


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [
        (0, 1, [0, 0.5, 1]),
        (44.9, 47.1, [45, 46, 47]),
        (-3, 5, [-2, 0, 2, 4]),
        (0.00012, 0.00019, [0.00012, 0.00014, 0.00016, 0.00018]),
    ],
)
def test_ticks_are_round(low, high, values):
    assert round_values(low, high, 4) == pytest.approx(values)


@pytest.mark.parametrize(("low", "high"), list(itertools.pairwise(np.geomspace(1e-7, 1e6, 60))))
def test_there_are_always_ticks_inside_and_their_labels_differ(low, high):
    ticks = Axis(low, high).ticks(4)
    assert 2 <= len(ticks) <= 4
    assert len({tick.text for tick in ticks}) == len(ticks)
    assert all(0 <= tick.at <= 100 for tick in ticks)


def test_a_flat_curve_is_drawn_flat():
    axis = y_axis([45.0, 45.001])
    assert axis.high - axis.low > 0.45
    assert 0 < axis.at(45.0) < 100
    assert y_axis([0.0, 0.0]).low < y_axis([0.0, 0.0]).high


@pytest.mark.parametrize(
    ("value", "step", "text"), [(45, 1, "45"), (0.5, 0.25, "0.5"), (1.04e-4, 2e-6, "1.04e-4"), (0, 1e-6, "0")]
)
def test_labels_have_the_decimals_of_their_step(value, step, text):
    assert label(value, step) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (45.3, "45.30"),
        (0.99876, "0.9988"),
        (0.03, "0.0300"),
        (3e-6, "3.00e-6"),
        (1234.5, "1234"),
    ],
)
def test_figures_are_short(value, text):
    assert figure(value) == text


def _metric(key):
    from vidisp.metrics.catalogue import METRICS

    return METRICS[key]

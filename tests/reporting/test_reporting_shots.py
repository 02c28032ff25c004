from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image
from report_kit import pictures

from vidisp.reporting.encoded import data_uri, encode_shots
from vidisp.reporting.shots import SPOT, WIDEST, amplification, heat, make_shot, worst_spot


def opened(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


def test_the_spot_is_where_the_error_is():
    error = np.zeros((100, 200))
    error[30:40, 150:160] = 1
    place = worst_spot(error, 10)
    assert (place.left, place.top, place.width, place.height) == (150, 30, 10, 10)
    assert place.percent == (75, 30, 5, 10)


def test_the_spot_of_a_small_picture_is_all_of_it():
    place = worst_spot(np.ones((8, 300)), 160)
    assert (place.top, place.width, place.height) == (0, 160, 8)


def test_errors_are_the_mean_of_the_colours():
    before = np.full((4, 4, 3), 100, np.uint8)
    after = before.copy()
    after[1, 2] = 103, 97, 100
    shot = make_shot(0, before, after)
    assert shot.whole.error.sum() == shot.whole.error[1, 2] == 2


def test_large_pictures_are_scaled_to_their_means_and_spots_are_not():
    before = np.zeros((1000, 2 * WIDEST, 3), np.uint8)
    after = before.copy()
    after[:, ::2] = 200
    shot = make_shot(0, before, after)
    assert shot.whole.error.shape == (500, WIDEST)
    assert shot.whole.error == pytest.approx(100)
    assert shot.spot.recovered.shape == (SPOT, SPOT, 3)
    assert set(np.unique(shot.spot.recovered)) == {0, 200}


def test_one_factor_for_all_so_that_nearly_all_stays_on_the_scale():
    small, large = (make_shot(0, np.zeros((40, 40, 3), np.uint8), np.full((40, 40, 3), e, np.uint8)) for e in (2, 30))
    assert amplification([small]) == 64
    assert amplification([small, large]) == 8


def test_heat_runs_from_black_over_red_and_yellow_to_white():
    colours = heat(np.array([[0, 85 / 4, 170 / 4, 255 / 4, 255]]), 4)
    np.testing.assert_array_equal(colours, [[[0] * 3, [255, 0, 0], [255, 255, 0], [255] * 3, [255] * 3]])


def test_spots_are_kept_exactly_and_pictures_nearly():
    shot = make_shot(3, *pictures(3))
    (view,) = encode_shots([shot], 8)
    np.testing.assert_array_equal(np.asarray(opened(view.spot.recovered)), shot.spot.recovered)
    whole = np.asarray(opened(view.whole.recovered)).astype(int)
    assert np.abs(whole - shot.whole.recovered).mean() < 2
    assert view.whole.original.startswith("data:image/jpeg;base64,")


def test_pictures_keep_within_their_budget():
    noise = np.random.default_rng(0).integers(0, 255, (2, 720, 1280, 3), np.uint8)
    shots = [make_shot(n, *noise) for n in range(2)]
    spots = sum(len(data_uri(p)) for s in shots for p in (s.spot.original, s.spot.recovered, heat(s.spot.error, 1)))
    budget = spots + 1_500_000
    views = encode_shots(shots, 1, budget)
    total = sum(len(uri) for v in views for view in (v.whole, v.spot) for uri in vars(view).values() if "," in str(uri))
    assert total <= budget
    assert opened(views[0].whole.original).width < 1280

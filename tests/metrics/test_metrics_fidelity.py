from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import InputError
from vidisp.metrics import bayer_errors, mosaic_errors, psnr, summarise
from vidisp.metrics.demosaic import bilinear_demosaic
from vidisp.raw.frame import CFA_PATTERNS, RawFrame, Sensor

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def frame(mosaic: np.ndarray, *, number: int = 0, **sensor: object) -> RawFrame:
    height, width = mosaic.shape
    settings: dict = {
        "cfa": "RGGB",
        "black": (100.0, 100.0, 100.0, 100.0),
        "white": 1100,
        "neutral": (0.5, 1.0, 0.8),
        "color_matrix": IDENTITY,
    }
    return RawFrame(mosaic.astype(np.uint16), Sensor(width, height, **(settings | sensor)), number=number)


def noise(height: int = 10, width: int = 12, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(100, 1100, (height, width))


def test_a_constant_error_has_the_psnr_of_the_definition() -> None:
    original = noise()
    errors = bayer_errors(frame(original), frame(original + 10))
    assert errors.psnr_bayer == pytest.approx(40, abs=1e-9)  # 10 of a peak of 1000
    assert errors.max_error_dn == 10
    assert errors.samples == original.size


def test_square_root_view_of_known_values() -> None:
    original, recovered = np.full((4, 4), 100 + 250), np.full((4, 4), 100 + 360)  # 0.5 and 0.6 after the root
    assert bayer_errors(frame(original), frame(recovered)).psnr_sqrt == pytest.approx(20, abs=1e-9)


def test_square_root_view_takes_samples_below_black_as_black() -> None:
    errors = bayer_errors(frame(np.full((4, 4), 100)), frame(np.full((4, 4), 60)))
    assert errors.mse_sqrt == 0
    assert errors.mse_bayer > 0


def test_each_site_has_its_own_black_level() -> None:
    black = (0.0, 100.0, 200.0, 300.0)
    original = np.tile(np.array([[0, 100], [200, 300]]), (3, 3))
    recovered = np.where(original == 300, 300 + 80, original)  # a tenth of 1100 - 300 on a quarter of the sites
    errors = bayer_errors(frame(original, black=black), frame(recovered, black=black))
    assert errors.mse_bayer == pytest.approx(0.01 / 4)


def test_invisp_protocol_of_a_flat_grey_patch() -> None:
    # Grey after white balance: 0.4 in green, 0.2 in red (neutral 0.5), 0.32 in blue (neutral 0.8).
    # Gains 1/neutral over the largest of them: all channels become 0.2, then (0.2)^(1/2.2).
    original = np.tile(np.array([[300, 500], [500, 420]]), (3, 3))
    recovered = np.full_like(original, 100)
    expected = -20 * math.log10(0.2 ** (1 / 2.2))
    assert bayer_errors(frame(original), frame(recovered)).psnr_invisp == pytest.approx(expected, abs=1e-4)


def test_invisp_protocol_clips_above_white() -> None:
    errors = bayer_errors(frame(np.full((4, 4), 1100)), frame(np.full((4, 4), 1300)))
    assert errors.mse_invisp < errors.mse_bayer


def test_identical_frames_are_infinitely_close() -> None:
    errors = bayer_errors(frame(noise()), frame(noise()))
    assert errors.psnr_bayer == errors.psnr_sqrt == errors.psnr_invisp == math.inf
    assert errors.identical


def test_a_file_written_with_other_levels_compares_fairly() -> None:
    recovered = frame((noise() - 100) * 4, black=(0.0,) * 4, white=4000)
    assert bayer_errors(frame(noise()), recovered).max_error_dn == pytest.approx(0, abs=1e-9)


def test_odd_sizes_and_float_mosaics() -> None:
    original = noise(7, 9)
    errors = mosaic_errors(frame(original), original.astype(np.float32) + 0.5)
    assert errors.psnr_bayer == pytest.approx(psnr(0.0005**2), abs=1e-6)


def test_clip_psnr_comes_from_the_mean_squared_error() -> None:
    original = noise()
    frames = [bayer_errors(frame(original), frame(original + e)) for e in (0, 10)]
    clip = summarise(frames)
    assert clip.psnr_bayer == pytest.approx(psnr(0.01**2 / 2))
    assert (clip.frames, clip.max_error_dn, clip.samples) == (2, 10, 2 * original.size)


def test_nothing_to_summarise_is_an_error() -> None:
    with pytest.raises(InputError, match="no frames"):
        summarise([])


def test_sizes_that_differ_are_named() -> None:
    with pytest.raises(InputError, match=r"frame 7: sizes differ: 14x10 against 12x10"):
        bayer_errors(frame(noise(), number=7), frame(noise(10, 14)))


def test_other_colour_filter_is_refused() -> None:
    with pytest.raises(InputError, match="BGGR does not match the original's RGGB"):
        bayer_errors(frame(noise()), frame(noise(), cfa="BGGR"))


def test_values_that_are_not_finite_are_refused() -> None:
    mosaic = noise().astype(np.float32)
    mosaic[2, 3] = np.nan
    with pytest.raises(InputError, match=r"a\.npy.*not finite"):
        mosaic_errors(frame(noise()), mosaic, name="a.npy")


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 9), st.integers(2, 9), st.sampled_from(CFA_PATTERNS), st.tuples(*[st.floats(0, 1)] * 3))
def test_demosaic_of_a_flat_colour_is_that_colour(height: int, width: int, cfa: str, colour: tuple) -> None:
    flat = np.zeros((height, width))
    for site, name in enumerate(cfa):
        flat[site // 2 :: 2, site % 2 :: 2] = colour["RGB".index(name)]
    expected = torch.tensor(colour)[:, None, None].expand(3, height, width)
    torch.testing.assert_close(bilinear_demosaic(flat, cfa), expected, atol=1e-6, rtol=0)


def test_demosaic_keeps_samples_and_averages_neighbours() -> None:
    mosaic = torch.arange(36.0).reshape(6, 6) ** 2
    red, green, blue = bilinear_demosaic(mosaic, "RGGB")
    assert red[2, 2] == mosaic[2, 2]
    assert blue[3, 3] == mosaic[3, 3]
    assert red[2, 3] == (mosaic[2, 2] + mosaic[2, 4]) / 2
    assert green[2, 2] == (mosaic[1, 2] + mosaic[3, 2] + mosaic[2, 1] + mosaic[2, 3]) / 4
    assert blue[2, 2] == (mosaic[1, 1] + mosaic[1, 3] + mosaic[3, 1] + mosaic[3, 3]) / 4

from __future__ import annotations

import pytest
import torch

from vidisp.isp import LiftISP, Look
from vidisp.isp.mosaic import flip
from vidisp.isp.sensitivity import FURTHEST, quantiser_offsets, sensitivity_level

LOOK = Look((2.0, 1.0, 1.5), (1, 0, 0, 0, 1, 0, 0, 0, 1))


def planes(quads: torch.Tensor) -> torch.Tensor:
    return LiftISP(LOOK).codes(quads)


def two_halves(dark: float = 0.02, bright: float = 0.5) -> torch.Tensor:
    """(1, 6, 32, 64) codes: dark on the left, bright on the right."""
    quads = torch.full((1, 4, 32, 64), dark)
    quads[..., 32:] = bright
    return planes(quads)


def test_a_bright_block_is_rounded_more_finely_than_a_dark_one():
    offsets = quantiser_offsets(LOOK, two_halves())
    assert offsets.shape == (1, 4, 8)
    assert (offsets[..., :3] > 0).all()
    assert (offsets[..., 5:] < 0).all()
    assert torch.equal(offsets, offsets.round())
    assert float(offsets.abs().max()) <= FURTHEST


def test_half_of_the_slope_is_made_up_for():
    """Four times the light is twice the slope of a square root: a step smaller by the root of two, three quantisers."""
    offsets = quantiser_offsets(LOOK, two_halves(0.1, 0.4))
    assert float(offsets[0, 0, 0] - offsets[0, 0, -1]) == pytest.approx(3, abs=1)


def test_the_level_of_a_whole_scene_holds_for_its_parts():
    whole = two_halves()
    level = sensitivity_level(LOOK, whole)
    parts = [quantiser_offsets(LOOK, part, level=level) for part in whole.split(32, dim=-1)]
    assert torch.equal(
        torch.cat(parts, dim=-1)[..., [0, 1, 2, 5, 6, 7]], quantiser_offsets(LOOK, whole)[..., [0, 1, 2, 5, 6, 7]]
    )
    assert float(quantiser_offsets(LOOK, whole[..., 40:]).abs().max()) == 0


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
def test_offsets_lie_as_the_picture_does(cfa):
    quads = torch.full((1, 4, 32, 48), 0.02)
    quads[..., :8, :8] = 0.6
    seen = flip(planes(quads), cfa)  # the planes of a picture whose corner at the top left is bright
    offsets = quantiser_offsets(LOOK, seen, cfa)[0]
    assert offsets.argmin() == 0
    assert offsets.shape == (4, 6)

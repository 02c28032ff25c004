"""Mosaic, quads and picture planes: every pattern, odd sizes, exactly there and back."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.isp import mosaic_to_quads, planes_to_yuv, quads_to_mosaic, yuv_to_planes
from vidisp.raw.frame import CFA, CFA_PATTERNS

BLACK = (100.0, 200.0, 300.0, 400.0)


@settings(max_examples=25, deadline=None)
@given(cfa=st.sampled_from(CFA_PATTERNS), height=st.integers(2, 9), width=st.integers(2, 9), seed=st.integers(0, 99))
def test_mosaic_round_trip_is_exact(cfa: CFA, height: int, width: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    mosaic = torch.randint(0, 65536, (2, height, width), generator=generator).to(torch.uint16)
    quads = mosaic_to_quads(mosaic, cfa, BLACK, 60000)
    assert quads.shape == (2, 4, (height + 1) // 2, (width + 1) // 2)
    assert quads.dtype == torch.float32
    assert torch.equal(quads_to_mosaic(quads, cfa, BLACK, 60000, height, width), mosaic)


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_planes_hold_the_colours_they_are_named_for(cfa: CFA) -> None:
    value = {"R": 1.0, "G": 2.0, "B": 3.0}
    pattern = torch.tensor([value[letter] for letter in cfa]).reshape(2, 2)
    quads = mosaic_to_quads(pattern.repeat(1, 3, 4), cfa, (0, 0, 0, 0), 1)
    assert quads.mean((0, 2, 3)).tolist() == [1.0, 2.0, 2.0, 3.0]


def test_black_and_white_of_each_site_are_zero_and_one() -> None:
    mosaic = torch.tensor([[[100, 200, 1000, 1000], [300, 400, 1000, 1000]]])
    for cfa in CFA_PATTERNS:
        quads = mosaic_to_quads(mosaic, cfa, BLACK, 1000)
        assert sorted(quads.unique().tolist()) == [0.0, 1.0]


def test_storage_is_clamped_and_rounded() -> None:
    quads = torch.tensor([-1.0, 0.50001, 2.0, 0.25]).reshape(1, 4, 1, 1)
    assert quads_to_mosaic(quads, "RGGB", (10,) * 4, 50010, 2, 2).tolist() == [[[0, 25010], [65535, 12510]]]


def test_padding_repeats_the_same_colour() -> None:
    quads = mosaic_to_quads(torch.arange(15).reshape(1, 3, 5), "RGGB", (0,) * 4, 1)
    assert quads[0, :, 1, 2].tolist() == [14, 13, 9, 8]


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_picture_is_not_mirrored(cfa: CFA) -> None:
    """Planes that hold a mosaic as luma give that mosaic back as the picture, and chroma goes with it."""
    mosaic = torch.rand(1, 6, 8)
    quads = mosaic_to_quads(mosaic, cfa, (0,) * 4, 1)
    y, uv = planes_to_yuv(torch.cat([quads, quads[:, :2]], dim=1), cfa)
    assert torch.equal(y, mosaic)
    corner = mosaic[0, :2, :2].flatten()
    assert uv[0, 0, 0, 0] == corner[cfa.index("R")]
    assert torch.equal(yuv_to_planes(y, uv, cfa), torch.cat([quads, quads[:, :2]], dim=1))

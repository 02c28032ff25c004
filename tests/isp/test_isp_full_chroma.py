"""The lifting ISP in 4:4:4: exactly invertible, legal, and a careful demosaic's picture."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from isp_scenes import MATRICES, make_look, psnr, quads_of, random_quads, sites_of, smooth_scene

from vidisp.isp import BT601_LUMA, FullLiftISP, LiftISP, Look, mosaic_to_quads, quads_to_mosaic
from vidisp.isp.demosaic import malvar
from vidisp.isp.full_chroma import planes_from_444, planes_to_444
from vidisp.raw.frame import CFA, CFA_PATTERNS

EXAMPLES = settings(max_examples=30, deadline=None)
gains = st.floats(1, 4)
JPEG = {"full_range": True, "luma": BT601_LUMA}


@EXAMPLES
@given(r=gains, b=gains, matrix=st.sampled_from(MATRICES), seed=st.integers(0, 99))
def test_round_trip(r: float, b: float, matrix: tuple[float, ...], seed: int) -> None:
    """Uncorrelated samples from below black to white."""
    isp = FullLiftISP(make_look((r, 1.0, b), matrix=matrix, **JPEG))
    quads = random_quads(seed)
    planes = isp.forward(quads)
    assert planes.shape == (2, 12, 12, 14)
    back, syndrome = isp.inverse(planes)
    assert (back - quads).abs().max() < 1e-5
    assert syndrome.shape == (2, 2, 4, 12, 14)
    assert syndrome.abs().max() < 0.02
    assert torch.equal(isp.recover(planes), back)


@EXAMPLES
@given(r=gains, b=gains, ev=st.floats(-2, 3), matrix=st.sampled_from(MATRICES), seed=st.integers(0, 99))
def test_worst_mosaics_stay_legal_and_come_back(
    r: float, b: float, ev: float, matrix: tuple[float, ...], seed: int
) -> None:
    """Random black and white samples with overshoot on both sides."""
    isp = FullLiftISP(make_look((r, 1.0, b), ev, matrix=matrix, **JPEG))
    quads = (random_quads(seed) > 0.5).float() * 1.05 - 0.02
    planes = isp.forward(quads)
    assert planes.min() >= 1
    assert planes.max() <= 254
    assert (isp.recover(planes) - quads).abs().max() < 2e-2


@EXAMPLES
@given(r=gains, b=gains, ev=st.floats(0, 4))
def test_saturation_is_neutral(r: float, b: float, ev: float) -> None:
    isp = FullLiftISP(make_look((r, 1.0, b), ev, **JPEG))
    planes = isp.forward(torch.ones(1, 4, 6, 6))
    assert (planes[:, 4:] - 128).abs().max() < 2
    assert (planes[:, :4] > 240.99).all()
    assert (isp.recover(planes) - 1).abs().max() < 1e-4


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_odd_mosaics_through_whole_codes(cfa: CFA) -> None:
    look, black, white = make_look(ev=1, **JPEG), (512.0,) * 4, 16383
    isp = FullLiftISP(look)
    quads = quads_of(smooth_scene(), look)[:, :, :40, :37] * 0.9
    mosaic = quads_to_mosaic(quads, cfa, black, white, 79, 73)
    picture = planes_to_444(isp.codes(mosaic_to_quads(mosaic, cfa, black, white)), cfa)
    assert picture.shape == (1, 3, 80, 74)
    assert torch.equal(picture, picture.round())
    back = quads_to_mosaic(isp.recover(planes_from_444(picture, cfa)), cfa, black, white, 79, 73)
    assert psnr((back.to(torch.float32) - mosaic.to(torch.float32)) / (white - 512)) > 52


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_planes_lie_where_their_pixels_are(cfa: CFA) -> None:
    """A red dot of the sensor is a red dot of the picture, in every pattern."""
    mosaic = torch.zeros(1, 12, 12, dtype=torch.int32)
    red = cfa.index("R")
    row, column = 4 + red // 2, 6 + red % 2
    mosaic[0, row, column] = 1
    quads = mosaic_to_quads(mosaic, cfa, (0.0,) * 4, 1)
    picture = planes_to_444(FullLiftISP(make_look(**JPEG)).forward(quads), cfa)[0]
    assert divmod(int(picture[2].argmax()), 12) == (row, column)


def test_a_smooth_picture_is_a_careful_demosaics() -> None:
    isp = FullLiftISP(make_look(**JPEG))
    quads = quads_of(smooth_scene(), isp.look)
    tones = isp.rendering.tones(malvar(isp.exposure.forward(quads)))
    wanted = isp.range.encode(isp.rendering.luma(tones), *isp.rendering.chroma(tones))
    assert (isp.forward(quads) - wanted)[..., 4:-4, 4:-4].abs().mean() < 0.1


def test_chroma_is_nearer_the_truth_than_that_of_420() -> None:
    """Sharp colour borders: full chroma holds them where a fourth of the samples cannot."""
    scene = smooth_scene(2)
    scene[0, :, 41:] *= 0.4
    look: Look = make_look(**JPEG)
    quads, full, half = quads_of(scene, look), FullLiftISP(look), LiftISP(look)
    truth = torch.stack(full.rendering.chroma(full.rendering.tones(sites_of(scene))), 1) * full.range.chroma_span + 128
    fine = full.forward(quads)[:, 4:].unflatten(1, (2, 4))
    coarse = half.forward(quads)[:, 4:, None].expand(-1, -1, 4, -1, -1)
    assert (fine - truth).square().mean() < 0.7 * (coarse - truth).square().mean()


def test_values_depend_on_no_more_than_the_reach() -> None:
    isp, quads = FullLiftISP(make_look(**JPEG)), random_quads(1, size=(16, 16))
    other = quads.clone()
    other[:, :, 8, 8] += 0.3
    changed = (isp.forward(quads) != isp.forward(other)).any(0).any(0).nonzero()
    assert int((changed - 8).abs().max()) == FullLiftISP.reach

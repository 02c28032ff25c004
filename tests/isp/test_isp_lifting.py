"""The lifting ISP: exactly invertible, legal, neutral where it must be, and a good picture."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from isp_scenes import MATRICES, make_look, psnr, quads_of, random_quads, sites_of, smooth_scene
from torch import Tensor

from vidisp.isp import (
    BT601_LUMA,
    LiftISP,
    Look,
    ReferenceISP,
    mosaic_to_quads,
    planes_to_yuv,
    quads_to_mosaic,
    yuv_to_planes,
)
from vidisp.isp.luma import solve_signed
from vidisp.raw.frame import CFA, CFA_PATTERNS

EXAMPLES = settings(max_examples=30, deadline=None)
gains = st.floats(1, 4)
looks = st.builds(
    lambda r, b, ev, matrix, bits, full: make_look((r, 1.0, b), ev, matrix=matrix, bits=bits, full_range=full),
    gains, gains, st.floats(-2, 3), st.sampled_from(MATRICES), st.sampled_from((8, 10)), st.booleans(),
)  # fmt: skip


@EXAMPLES
@given(r=gains, b=gains, matrix=st.sampled_from(MATRICES), bits=st.sampled_from((8, 10)), seed=st.integers(0, 99))
def test_round_trip(r: float, b: float, matrix: tuple[float, ...], bits: int, seed: int) -> None:
    """Uncorrelated samples from below black to white, the hardest picture there is: 1e-5 of white."""
    isp = LiftISP(make_look((r, 1.0, b), matrix=matrix, bits=bits))
    quads = random_quads(seed)
    back, syndrome = isp.inverse(isp.forward(quads))
    assert (back - quads).abs().max() < 1e-5
    assert syndrome.abs().max() < 0.02
    assert torch.equal(isp.recover(isp.forward(quads)), back)


@EXAMPLES
@given(look=looks, seed=st.integers(0, 99))
def test_worst_mosaics_stay_legal_and_come_back(look: Look, seed: int) -> None:
    """Random black and white samples with overshoot on both sides."""
    isp = LiftISP(look)
    quads = (random_quads(seed) > 0.5).float() * 1.05 - 0.02
    planes = isp.forward(quads)
    unit = 2 ** (look.bits - 8)
    assert unit <= planes.min()
    assert planes.max() <= 254 * unit
    assert (isp.recover(planes) - quads).abs().max() < 2e-2


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_mosaic_to_ten_bit_codes_and_back(cfa: CFA) -> None:
    look, black, white = make_look(ev=1, bits=10), (512.0,) * 4, 16383
    isp = LiftISP(look)
    quads = quads_of(smooth_scene(), look)[:, :, :40, :37] * 0.9
    mosaic = quads_to_mosaic(quads, cfa, black, white, 79, 73)
    y, uv = planes_to_yuv(isp.codes(mosaic_to_quads(mosaic, cfa, black, white)), cfa)
    back = quads_to_mosaic(isp.recover(yuv_to_planes(y, uv, cfa)), cfa, black, white, 79, 73)
    error = (back.to(torch.float32) - mosaic.to(torch.float32)) / (white - 512)
    assert psnr(error) > 64


@EXAMPLES
@given(r=gains, b=gains, ev=st.floats(-1, 4), full=st.booleans())
def test_saturation_is_neutral(r: float, b: float, ev: float, full: bool) -> None:
    look = make_look((r, 1.0, b), ev, full_range=full)
    planes = LiftISP(look).forward(torch.ones(1, 4, 6, 6))
    assert (planes[:, 4:] - 128).abs().max() < 2
    if ev >= 0:
        white = 241.0 if full else 235.0
        torch.testing.assert_close(planes[:, 1:3], torch.full((1, 2, 6, 6), white))
        assert (planes[:, :4] > white - 0.01).all()
        assert (planes[:, :4] < 246.01).all()


@EXAMPLES
@given(level=st.floats(0, 0.75), ev=st.floats(-1, 4))
def test_grey_is_neutral(level: float, ev: float) -> None:
    look = make_look(ev=ev)
    quads = level / torch.tensor(look.white_balance)[[0, 1, 1, 2]].reshape(1, 4, 1, 1).expand(1, 4, 6, 6)
    planes = LiftISP(look).forward(quads)
    assert (planes[:, 4:] - 128).abs().max() < 0.05
    assert planes[:, :4].std() < 0.05


def test_stored_codes_come_back_better_than_rounded_ones() -> None:
    isp = LiftISP(make_look(ev=1))
    quads = quads_of(smooth_scene(), isp.look)
    codes = isp.codes(quads)
    assert torch.equal(codes, codes.round())
    assert (codes - isp.forward(quads))[:, 4:].abs().max() <= 0.501
    assert psnr(isp.recover(codes) - quads) > psnr(isp.recover(isp.forward(quads).round()) - quads) + 0.5


@EXAMPLES
@given(look=looks)
def test_brighter_is_brighter(look: Look) -> None:
    """A rising grey wedge, from below black until green saturates, gives rising luma at every site."""
    balance = torch.tensor(look.white_balance)[[0, 1, 1, 2]].reshape(1, 4, 1, 1)
    wedge = torch.linspace(-0.05, 1.0, 300).reshape(300, 1, 1, 1) / balance
    luma = LiftISP(look).forward(wedge.expand(300, 4, 3, 3))[:, :4, 1, 1]
    assert (luma.diff(dim=0) > 0).all()


@EXAMPLES
@given(look=looks)
def test_samples_above_the_white_level_keep_their_order(look: Look) -> None:
    isp = LiftISP(look)
    wedge = torch.linspace(-0.1, 1.5, 500).reshape(500, 1, 1, 1).expand(500, 4, 1, 1)
    exposed = isp.exposure.forward(wedge)
    assert (exposed.diff(dim=0) > 0).all()
    torch.testing.assert_close(isp.exposure.inverse(exposed), wedge, rtol=1e-5, atol=1e-5)


def mosaic_of(scene: Tensor, cfa: CFA) -> Tensor:
    """What a sensor of that pattern and no white balance sees of a scene (3, H, W)."""
    letters = {"R": 0, "G": 1, "B": 2}
    mosaic = torch.empty(1, *scene.shape[1:])
    for index, letter in enumerate(cfa):
        row, column = divmod(index, 2)
        mosaic[0, row::2, column::2] = scene[letters[letter], row::2, column::2]
    return mosaic


def test_four_patterns_give_one_picture() -> None:
    look, scene = make_look((1.0, 1.0, 1.0)), smooth_scene(1)
    isp = LiftISP(look)
    truth = ReferenceISP(look).render(sites_of(scene))
    for cfa in CFA_PATTERNS:
        planes = isp.forward(mosaic_to_quads(mosaic_of(scene, cfa), cfa, (0.0,) * 4, 1))
        y, uv = planes_to_yuv(planes, cfa)
        want_y, want_uv = planes_to_yuv(truth, "RGGB")
        assert (y - want_y)[..., 8:-8, 8:-8].abs().mean() < 0.6
        assert (uv - want_uv)[..., 4:-4, 4:-4].abs().mean() < 0.6


def test_picture_is_at_least_as_good_as_a_careful_demosaic() -> None:
    """Hard grey edges over smooth colours, against full colour in 4:2:0."""
    look = make_look()
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    detail = ((x + 0.3 * y) % 7 < 3).float()
    scene = 0.6 * smooth_scene() + 0.2 * detail
    truth = ReferenceISP(look).render(sites_of(scene))
    scores = []
    for isp in (LiftISP(look), ReferenceISP(look)):
        error = (isp.forward(quads_of(scene, look)) - truth)[..., 4:-4, 4:-4] / 255
        scores.append((psnr(error[:, :4]), psnr(error[:, 4:])))
    assert scores[0][0] > scores[1][0] + 2
    assert scores[0][1] > scores[1][1]


@pytest.mark.parametrize(
    ("fields", "ends"), [({}, (1, 254)), ({"bits": 10}, (4, 1016)), ({"full_range": True}, (1, 254))]
)
def test_no_real_sample_reaches_the_end_codes(fields: dict, ends: tuple[int, int]) -> None:
    isp = LiftISP(make_look((4.0, 1.0, 4.0), **fields))
    assert isp.end_codes == ends
    scene = torch.cat([quads_of(smooth_scene(), isp.look), torch.zeros(1, 4, 48, 48), torch.ones(1, 4, 48, 48)])
    luma = isp.forward(scene)[:, :4].round()
    assert ends[0] < luma.min()
    assert luma.max() < ends[1]


def test_any_code_is_decoded_to_finite_samples() -> None:
    isp = LiftISP(make_look(ev=4))
    planes = torch.randint(0, 256, (1, 6, 40, 40), generator=torch.Generator().manual_seed(0)).float()
    quads, syndrome = isp.inverse(planes)
    assert torch.isfinite(quads).all()
    assert torch.isfinite(syndrome).all()


def test_syndrome_shows_what_no_rendering_gives() -> None:
    """Red sites brighter than their neighbours by themselves: in a picture, their colour would have changed too."""
    isp = LiftISP(make_look())
    planes = isp.forward(quads_of(smooth_scene(), isp.look))
    planes[:, 0] += 3
    u, v = isp.inverse(planes)[1][..., 4:-4, 4:-4].mean((0, 2, 3)).tolist()
    assert v < -1
    assert abs(u) < abs(v)


def test_frames_do_not_influence_each_other() -> None:
    isp, quads = LiftISP(make_look(luma=BT601_LUMA)), random_quads(3)
    both = isp.forward(quads)
    assert torch.equal(both, torch.cat([isp.forward(quads[:1]), isp.forward(quads[1:])]))


def test_gradients_flow_both_ways() -> None:
    isp = LiftISP(make_look())
    quads = random_quads(4).requires_grad_()
    planes = isp.forward(quads)
    back, syndrome = isp.inverse(planes)
    (back.sum() + syndrome.square().sum()).backward()
    assert quads.grad is not None
    torch.testing.assert_close(quads.grad, torch.ones_like(quads), rtol=0.02, atol=0.02)


@EXAMPLES
@given(seed=st.integers(0, 999), foot=st.floats(1e-4, 0.5))
def test_luma_equation_for_any_signs(seed: int, foot: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    weights = torch.rand(3, 500, generator=generator, dtype=torch.float64)
    weights = list(weights / weights.sum(0))
    offsets = list(2 * torch.rand(3, 500, generator=generator, dtype=torch.float64) - 1)
    luma = 3 * torch.rand(500, generator=generator, dtype=torch.float64) - 1.5
    terms = [w * (luma + a) * ((luma + a).abs() + 2 * foot) for w, a in zip(weights, offsets, strict=True)]
    solution = solve_signed(weights, offsets, sum(terms, torch.zeros(500).double()), foot)
    torch.testing.assert_close(solution, luma, rtol=1e-9, atol=1e-9)


@pytest.mark.gpu
def test_cpu_and_gpu_agree() -> None:
    isp, quads = LiftISP(make_look(bits=10)), random_quads(5)
    here, there = isp.forward(quads), isp.forward(quads.cuda()).cpu()
    assert (here - there).abs().max() < 0.02
    assert (isp.recover(here) - isp.recover(here.cuda()).cpu()).abs().max() < 1e-5

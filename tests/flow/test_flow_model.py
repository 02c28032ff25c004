"""The model as a whole: exactly invertible, legal, at the lift where training starts, and finite on anything."""

from __future__ import annotations

import pytest
import torch
from flow_kit import CONDITIONS, MATRICES, SIZES, make_isp, make_look, random_quads, randomised
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from vidisp.flow import Conditions, FlowISP, Network, Passage
from vidisp.flow.restorer import Restorer
from vidisp.isp import BT601_LUMA, BT709_LUMA, Look

EXAMPLES = settings(max_examples=25, deadline=None)
gains = st.floats(1, 4)
looks = st.builds(
    lambda r, b, exposure, matrix, foot, luma, bits, full: make_look(
        (r, 1.0, b), exposure, matrix=matrix, foot=foot, luma=luma, bits=bits, full_range=full
    ),
    gains, gains, st.floats(1, 16), st.sampled_from(MATRICES), st.sampled_from((0.01, 0.03, 0.2, 1.0)),
    st.sampled_from((BT709_LUMA, BT601_LUMA)), st.sampled_from((8, 10)), st.booleans(),
)  # fmt: skip
passages = st.builds(
    lambda first, joined: Passage(first, (False, *joined)), st.integers(0, 3), st.lists(st.booleans(), max_size=5)
)
seeds = st.integers(0, 999)


def clipped(isp: FlowISP, codes: Tensor) -> Tensor:
    """Luma so far beyond the limiter's ends that its inverse does not take it at its word: 32 rooms."""
    luma, limiter = codes[:, :4], isp.range.limiter
    return (luma < limiter.low - 0.969 * limiter.room) | (luma > limiter.high + 0.969 * limiter.room)


def extremes(frames: int = 3, size: tuple[int, int] = (10, 12)) -> dict[str, Tensor]:
    """(frames, 4, h, w) linear samples that no scene shows."""
    mosaic = (random_quads(1, frames, size) > 0.5).float()
    one_channel = torch.zeros(frames, 4, *size)
    one_channel[:, 3] = 1
    flashing = torch.arange(frames).reshape(-1, 1, 1, 1).remainder(2).float().expand(frames, 4, *size).clone()
    return {
        "random black and white": mosaic * 1.05 - 0.02,
        "saturated": torch.ones(frames, 4, *size),
        "zeros": torch.zeros(frames, 4, *size),
        "below black": torch.full((frames, 4, *size), -0.05),
        "only blue": one_channel,
        "flashing": flashing,
        "chequer": torch.eye(2).repeat(size[0] // 2, size[1] // 2).expand(frames, 4, *size).clone(),
    }


@EXAMPLES
@given(look=looks, passage=passages, rows=st.integers(1, 9), columns=st.integers(1, 9), seed=seeds)
def test_round_trip(look: Look, passage: Passage, rows: int, columns: int, seed: int) -> None:
    """With every weight random and noise for a picture: 2e-5 of white, the syndrome 0.005 codes of eight bits."""
    isp = make_isp(look, seed)
    quads = random_quads(seed, len(passage.joined), (rows, columns), -0.01, 0.5)
    codes = isp.forward(quads, passage)
    assume(not clipped(isp, codes).any())
    back, syndrome = isp.inverse(codes, passage)
    assert codes.shape == (len(quads), 6, rows, columns)
    assert codes.dtype == back.dtype == syndrome.dtype == torch.float32
    assert (back - quads).abs().max() < 2e-5
    assert syndrome.abs().max() < 0.005 * isp.range.unit


@EXAMPLES
@given(look=looks, passage=passages, seed=seeds)
def test_before_training_it_is_the_lift(look: Look, passage: Passage, seed: int) -> None:
    isp = make_isp(look, None)
    quads = random_quads(seed, len(passage.joined))
    codes = isp.codes(quads, passage)
    assert torch.equal(codes, isp.lift.codes(quads))
    assert (isp.forward(quads, passage) - isp.lift.forward(quads)).abs().max() < 1e-3
    assert isp.end_codes == isp.lift.end_codes
    back, syndrome = isp.inverse(codes, passage)
    lifted, lift_syndrome = isp.lift.inverse(codes)
    sure = ~clipped(isp, codes).any()
    assert not sure or (back - lifted).abs().max() < 1e-5
    assert not sure or (syndrome - lift_syndrome).abs().max() < 0.02
    steps = torch.full((len(quads),), 4.0)
    assert torch.equal(isp.recover(codes, steps, passage).isfinite(), torch.isfinite(back))
    assert not sure or (isp.recover(codes, steps, passage) - back).abs().max() < 1e-4


@settings(max_examples=12, deadline=None)
@given(look=looks, seed=seeds, ends=st.sampled_from((0.03, 0.3, 3.0)))
def test_extremes_are_legal_and_finite(look: Look, seed: int, ends: float) -> None:
    """Also with weights that no training would leave behind: the limiter holds whatever comes."""
    isp, passage = make_isp(look, seed, ends), Passage.whole(3)
    unit = isp.range.unit
    for name, quads in extremes().items():
        for codes in (isp.forward(quads, passage), isp.codes(quads, passage)):
            assert codes.isfinite().all(), name
            assert unit <= codes[:, :4].min(), name
            assert codes[:, :4].max() <= 254 * unit, name
            assert 12 * unit <= codes[:, 4:].min(), name
            assert codes[:, 4:].max() <= 244 * unit, name
            back, syndrome = isp.inverse(codes, passage)
            assert back.isfinite().all(), name
            assert syndrome.isfinite().all(), name
            assert isp.recover(codes, torch.full((3,), 2.0), passage).isfinite().all(), name


@EXAMPLES
@given(look=looks, seed=seeds)
def test_extremes_come_back_where_nothing_clips(look: Look, seed: int) -> None:
    isp, passage = make_isp(look, seed, 0.003), Passage.whole(3)
    for name in ("saturated", "zeros", "below black"):
        quads = extremes()[name]
        codes = isp.forward(quads, passage)
        if not clipped(isp, codes).any():
            assert (isp.inverse(codes, passage)[0] - quads).abs().max() < 1e-3, name


@pytest.mark.parametrize("codes", [0, 255, 1023])
def test_codes_that_no_render_gives(codes: float) -> None:
    """A decoder may return anything."""
    for bits in (8, 10):
        isp = make_isp(make_look(bits=bits))
        planes = torch.full((3, 6, 5, 6), float(codes))
        planes[1] = 128
        assert isp.inverse(planes, Passage.whole(3))[0].isfinite().all()
        assert isp.recover(planes, torch.full((3,), 2.0), Passage.whole(3)).isfinite().all()


def test_rounded_codes_come_back_to_half_a_code() -> None:
    """Rounding alone leaves what half a code is worth in linear light, times what the flow's inverse makes of it."""
    isp, passage = make_isp(), Passage.whole(5)
    quads = random_quads(2, 5, (20, 24), 0.1, 0.5)
    codes = isp.codes(quads, passage)
    assert torch.equal(codes, codes.round())
    assert (codes - isp.forward(quads, passage)).abs().max() < 8
    back, syndrome = isp.inverse(codes, passage)
    assert (back - quads).square().mean().sqrt() < 0.01
    assert syndrome.abs().mean() < 1.5


@pytest.mark.parametrize("name", ["random", "zeros"])
def test_gradient_flows_through_render_and_recover(name: str) -> None:
    """To the samples and to every weight, also where a sample is exactly black."""
    network = Network(SIZES)
    randomised(network, 3, 0.03)
    isp = FlowISP(make_look(), network, CONDITIONS)
    quads = random_quads(4, 5, (8, 9), 0.05, 0.6) if name == "random" else torch.zeros(5, 4, 8, 9)
    quads.requires_grad_()
    passage = Passage.whole(5)
    codes = isp.forward(quads, passage)
    coded = codes + (codes * 3).sin().detach()
    isp.recover(coded, torch.full((5,), 4.0), passage).square().sum().backward()
    for what, grad in [("samples", quads.grad), *((n, w.grad) for n, w in network.named_parameters())]:
        assert grad is not None, what
        assert grad.isfinite().all(), what
        assert (grad != 0).any(), what


def test_inputs_stay_as_they_are() -> None:
    isp, passage = make_isp(), Passage.whole(3)
    quads = random_quads(5)
    codes, steps = isp.codes(quads, passage), torch.full((3,), 4.0)
    kept = codes.clone()
    isp.inverse(codes, passage)
    isp.recover(codes, steps, passage)
    assert torch.equal(codes, kept)
    assert torch.equal(quads, random_quads(5))
    assert torch.equal(steps, torch.full((3,), 4.0))


def test_restorer_starts_at_the_identity() -> None:
    isp = make_isp(make_look(bits=10), None)
    planes = torch.rand(3, 6, 5, 6) * 900 + 60
    restored = isp.restore(planes, torch.randn(3, 2, 5, 6), torch.tensor([0.7, 5.0, 80.0]))
    assert (restored - planes).abs().max() < 1e-3


def test_restorer_corrects_in_steps() -> None:
    """The correction is the quantiser step times a bounded share, and nothing where there was no quantiser."""
    module = randomised(Restorer(8, 3), 6).requires_grad_(False)
    planes, syndrome = torch.rand(1, 6, 8, 9), torch.rand(1, 2, 8, 9) / 50
    facts = torch.zeros(1, 5)
    moved = [
        float((module(planes, syndrome, torch.tensor([step]), facts) - planes).abs().max())
        for step in (0.05, 1e-3, 1e-5, 1e-12)
    ]
    assert moved == sorted(moved, reverse=True)
    assert moved[0] > 0.005
    assert moved[2] < 1e-3
    assert moved[3] == 0


def test_each_frame_has_its_own_quantiser() -> None:
    """The restorer is given luma in 0..1, chroma in -0.5..0.5, and of each frame the step and its logarithm."""
    isp, planes = make_isp(), torch.rand(1, 6, 5, 6).repeat(2, 1, 1, 1) * 100 + 60
    syndrome, steps = torch.randn(1, 2, 5, 6).repeat(2, 1, 1, 1), (1.0, 30.0)
    restored = isp.restore(planes, syndrome, torch.tensor(steps))
    scale = torch.tensor([219.0] * 4 + [224.0] * 2).reshape(6, 1, 1)
    zero = torch.tensor([16.0] * 4 + [128.0] * 2).reshape(6, 1, 1)
    for i, step in enumerate(steps):
        facts = Conditions(step, CONDITIONS.noise).facts(isp.look)[None]
        unit = (planes[i : i + 1] - zero) / scale
        expected = isp.network.restorer(unit, syndrome[i : i + 1] / 224, torch.tensor([step / 219]), facts)
        assert (restored[i] - (expected[0] * scale + zero)).abs().max() < 1e-3
    assert (restored[1] - restored[0]).abs().max() > 0.05


@pytest.mark.gpu
@pytest.mark.parametrize("bits", [8, 10])
def test_gpu_agrees(bits: int) -> None:
    """Within 0.02 codes of eight bits each way: what the syndrome and a rounded file may differ by."""
    isp, passage = make_isp(make_look(bits=bits)), Passage.whole(5)
    quads, steps = random_quads(7, 5, (60, 80), 0.0, 0.6), torch.full((5,), 4.0)
    codes = isp.forward(quads, passage)
    coded = codes + torch.randn(codes.shape, generator=torch.Generator().manual_seed(8))
    syndrome, recovered = isp.inverse(coded, passage)[1], isp.recover(coded, steps, passage)
    isp.network.cuda()
    unit = isp.range.unit
    assert (isp.forward(quads.cuda(), passage).cpu() - codes).abs().max() < 0.02 * unit
    assert (isp.inverse(coded.cuda(), passage)[1].cpu() - syndrome).abs().max() < 0.02 * unit
    assert (isp.recover(coded.cuda(), steps.cuda(), passage).cpu() - recovered).abs().max() < 1e-4

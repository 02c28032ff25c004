from __future__ import annotations

import pytest
import torch

from vidisp.codec.simulate.h26x import (
    Coding,
    block_dct,
    block_idct,
    coefficient_bits,
    from_pictures,
    moved,
    pictures,
    quantised,
    straight_through,
)
from vidisp.codec.simulate.loop import code

STEPS = torch.tensor([4.0, 4.0, 4.0])


def clips(noise: float = 2.0, frames: int = 3) -> torch.Tensor:
    """(2, T, 6, 16, 24) codes: a still picture with fresh noise."""
    generator = torch.Generator().manual_seed(0)
    still = torch.rand(2, 1, 6, 16, 24, generator=generator) * 120 + 60
    return still + noise * torch.randn(2, frames, 6, 16, 24, generator=generator)


def test_the_transform_keeps_energy_and_comes_back():
    picture = torch.randn(3, 16, 24)
    assert float(block_dct(picture).square().sum()) == pytest.approx(float(picture.square().sum()), rel=1e-5)
    assert torch.allclose(block_idct(block_dct(picture)), picture, atol=1e-5)
    flat = block_dct(torch.full((8, 8), 3.0))
    assert float(flat[0, 0, 0, 0]) == pytest.approx(24, rel=1e-5)


def test_planes_and_pictures_are_the_same_samples():
    planes = clips()
    luma, chroma = pictures(planes)
    assert luma.shape == (2, 3, 32, 48)
    assert torch.equal(luma[..., 1::2, ::2], planes[:, :, 2])
    assert torch.equal(from_pictures(luma, chroma), planes)


def test_bits_grow_like_the_entropy_of_a_quantised_normal_variable():
    values = torch.randn(200_000, generator=torch.Generator().manual_seed(1))
    gaps = []
    for sigma in (2.0, 4.0, 8.0, 16.0):
        levels = (values * sigma).round().long()
        shares = torch.bincount(levels - levels.min()).float() / len(values)
        entropy = -(shares[shares > 0] * shares[shares > 0].log2()).sum()
        gaps.append(float(entropy - coefficient_bits(values * sigma, torch.tensor(1.0)).mean()))
    assert max(gaps) - min(gaps) < 0.25
    assert float(coefficient_bits(torch.tensor(0.1), torch.tensor(1.0))) < 0.01


def test_the_past_makes_a_still_picture_cheap():
    planes = clips(noise=0.1)
    alone = Coding(planes, torch.zeros_like(planes[:, 1:]), STEPS).bits()
    foretold = Coding(planes, planes[:, :-1], STEPS).bits()
    assert float(foretold) < 0.4 * float(alone)  # one frame of three has no past


def test_what_the_quantiser_zeroes_has_no_gradient():
    planes = clips(noise=0.0).requires_grad_()
    coding = Coding(planes.detach(), planes.detach()[:, :-1], torch.full((3,), 1e4))
    straight_through(planes, planes.detach(), coding).sum().backward()
    assert float(planes.grad.abs().max()) < 1e-6
    fine = Coding(planes.detach(), torch.zeros_like(planes.detach()[:, 1:]), torch.full((3,), 1e-3))
    change = clips(noise=5.0) - clips(noise=0.0)
    change = change - change.mean()
    kept = fine.surviving(change)
    assert float((kept - change).square().mean() / change.square().mean()) < 0.1  # the blocks' means are foretold


def test_the_straight_through_value_is_the_decoders():
    planes, decoded = clips(), clips().round()
    assert torch.allclose(straight_through(planes, decoded, Coding(planes, planes[:, :-1], STEPS)), decoded)


def test_moving_repeats_the_border():
    plane = torch.arange(12.0).reshape(3, 4)
    assert torch.equal(moved(plane, 0, 1), torch.tensor([[1.0, 2, 3, 3], [5, 6, 7, 7], [9, 10, 11, 11]]))
    assert torch.equal(moved(moved(plane, 1, 0), -1, 0)[1:], plane[1:])


def test_without_a_codec_errors_are_within_the_step():
    planes = clips()
    error = (quantised(planes, planes[:, :-1], STEPS) - planes).square().mean().sqrt()
    assert 0.3 < float(error) < 4


@pytest.mark.parametrize(("name", "scale"), [("h264", 1), ("h264-10", 4), ("hevc-10", 4)])
def test_the_real_codec_gives_every_clip_back_in_its_place(name, scale):
    planes = torch.cat([clips(), clips() / 2]).mul(scale).round()
    fine, coarse = (code(planes, name, crf, "ultrafast") for crf in (2, 30))
    assert fine.planes.shape == planes.shape
    assert float((fine.planes - planes).abs().mean()) / scale < 1.5
    assert fine.bits > 2 * coarse.bits
    assert (fine.quantisers < coarse.quantisers).all()

"""What the trainer's codecs and its judgement of the picture make of batches with a known answer."""

from __future__ import annotations

import tomllib
from pathlib import Path

import compare_loops
import pytest
import torch
from loops import implied, through_codec
from picture import distance, price
from samples import Sampler, load_bank

from vidisp.codec.simulate.h26x import Coding
from vidisp.isp import LiftISP


def batch_of(bank, codec, crf):
    return Sampler(load_bank(bank, "train"), 2, 3, 16, 3, {"still": 1.0}).draw(codec, crf)


def test_jpeg_batches_are_pictures_of_their_own(bank):
    batch = batch_of(bank, "jpeg", 90.0)
    assert batch.passage.joined == (False,) * 6
    assert (batch.look.bits, batch.look.full_range, batch.look.luma[0]) == (8, True, 0.299)
    assert implied(batch) == 7


@pytest.mark.parametrize("loop", ["real", "straight", "simulated"])
def test_jpeg_rounds_to_its_step_and_lets_gradients_through(bank, loop):
    batch = batch_of(bank, "jpeg", 90.0)
    planes = (LiftISP(batch.look).forward(batch.quads)).requires_grad_()
    coded = through_codec(planes, batch, loop)
    error = (coded.planes - planes.detach()).square().mean().sqrt()
    coarsest = 7 * 2 ** (2 / 6)
    assert 0.3 < float(error.detach()) < coarsest / 12**0.5 + 0.5
    (coded.planes.sum() + coded.proxy).backward()
    assert bool(planes.grad.isfinite().all())
    assert float(planes.grad.abs().max()) > 0


@pytest.mark.parametrize("codec", ["jpeg", "h264"])
def test_without_a_codec_planes_are_only_rounded_and_priced(bank, codec):
    batch = batch_of(bank, codec, 20.0 if codec == "h264" else 75.0)
    planes = LiftISP(batch.look).forward(batch.quads)
    coded = through_codec(planes, batch, "none")
    assert bool((coded.planes == planes.round()).all())
    assert coded.bits == 0 < float(coded.proxy)


@pytest.mark.parametrize("loop", ["real", "simulated"])
def test_video_keeps_highlights_better_than_shadows(bank, loop):
    batch = batch_of(bank, "h264", 24.0)
    planes = torch.full((6, 6, 16, 16), 128.0)
    planes[:, :4, :, :8], planes[:, :4, :, 8:] = 40, 200
    planes[:, :4] += (12 * torch.randn(6, 4, 16, 16, generator=torch.Generator().manual_seed(1))).round()
    error = (through_codec(planes, batch, loop).planes - planes).square()[:, :4].mean((0, 1, 2))
    assert float(error[8:].mean()) < 0.7 * float(error[:8].mean())


def test_blocks_with_a_finer_step_take_more_bits():
    planes = torch.randn(1, 1, 6, 16, 16, generator=torch.Generator().manual_seed(2)) * 10 + 100
    steps = torch.full((1, 1, 2, 2), 8.0)
    even = Coding(planes, planes[:, :0], steps)
    assert float(even.bits()) == pytest.approx(float(Coding(planes, planes[:, :0], torch.tensor([8.0])).bits()))
    halved = steps * torch.tensor([0.5, 1.0])
    more = float(Coding(planes, planes[:, :0], halved).bits() - even.bits())
    assert 0.2 * planes.numel() < more < 0.5 * planes.numel()  # of half of them; a bit for each above the step


def test_the_lifts_own_picture_costs_no_more_than_its_flicker(bank):
    batch = batch_of(bank, "h264", 12.0)
    planes = LiftISP(batch.look).forward(batch.quads)
    flicker = distance(planes, batch).flicker
    cost, _ = price(planes, batch)
    assert float(cost) == pytest.approx(0.5 * max(0.0, float(flicker)), abs=1e-4)


def test_a_chequer_costs_more_than_noise_of_its_size(bank):
    batch = batch_of(bank, "h264", 12.0)
    batch.clean = torch.full((6, 4, 16, 16), 0.3)
    batch.quads = batch.clean + 0.01 * torch.randn(6, 4, 16, 16, generator=torch.Generator().manual_seed(4))
    planes = LiftISP(batch.look).forward(batch.quads)
    chequer = torch.tensor([1.0, -1, -1, 1, 0, 0]).reshape(6, 1, 1) * 2
    noise = 2 * torch.randn(planes.shape, generator=torch.Generator().manual_seed(0)).sign()
    noise[:, 4:] = 0
    patterned, noisy = (price(planes + extra, batch)[0] for extra in (chequer, noise))
    still = price(planes, batch)[0]
    assert float(patterned - still) > 0.2
    flat = [distance(planes + extra, batch).flat[3] for extra in (chequer, noise)]
    assert float(flat[1] - flat[0]) > 6
    assert float(noisy) > float(still)


def test_loops_are_compared_with_the_real_codec(bank, tmp_path):
    config = tomllib.loads((Path(compare_loops.__file__).parent / "jpeg.toml").read_text())
    config |= {"steps": 1, "clips": 1, "size": 16, "shares": {"still": 1.0}}
    rows = {loop: compare_loops.run(loop, config, loop, bank, tmp_path) for loop in ("none", "real")}
    assert rows["none"]["step"] == "1"
    # One step of a hundredth of the rate changes nothing: both are the lift through the same JPEGs.
    assert float(rows["none"]["linear"]) == pytest.approx(float(rows["real"]["linear"]), abs=0.05)

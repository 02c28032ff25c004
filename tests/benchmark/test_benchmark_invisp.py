from __future__ import annotations

import numpy as np
import pytest
import torch
from rivals.invisp import InvISP, own_colours, raw_picture

from vidisp.raw import RawFrame, Sensor


@pytest.fixture
def network() -> InvISP:
    torch.manual_seed(3)
    network = InvISP().eval()
    for parameter in network.parameters():
        if parameter.ndim == 4 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    return network


def frame() -> RawFrame:
    sensor = Sensor(12, 10, "GRBG", (60.0,) * 4, 1060, (0.5, 1.0, 0.8), (1.0, 0, 0, 0, 1, 0, 0, 0, 1))
    mosaic = np.random.default_rng(0).integers(60, 1060, (10, 12)).astype(np.uint16)
    return RawFrame(mosaic, sensor, 0)


def test_it_has_the_published_number_of_parameters(network: InvISP) -> None:
    assert sum(p.numel() for p in network.parameters()) == 1_413_760


def test_it_costs_the_published_multiply_adds_a_pixel(network: InvISP) -> None:
    weights = sum(m.weight.numel() for m in network.modules() if isinstance(m, torch.nn.Conv2d))
    assert weights + 8 * 9 == 1_410_552


@torch.inference_mode()
def test_the_inverse_undoes_a_network_that_does_something(network: InvISP) -> None:
    raw = torch.rand(2, 3, 20, 24)
    rgb = network(raw)
    assert (rgb - raw).abs().max() > 0.1
    assert (network.inverse(rgb) - raw).abs().max() < 1e-4
    assert (network(network.inverse(raw)) - raw).abs().max() < 1e-4


@torch.inference_mode()
def test_untrained_it_only_rotates_colours() -> None:
    raw = torch.rand(1, 3, 8, 8)
    assert InvISP()(raw).square().sum(1) == pytest.approx(raw.square().sum(1), abs=1e-5)


def test_the_input_is_white_balanced_and_keeps_every_sample() -> None:
    original = frame()
    picture = raw_picture(original)
    assert picture.shape == (1, 3, 10, 12)
    samples = own_colours(picture, "GRBG")[0].numpy()
    linear = (original.mosaic - 60.0) / 1000
    gains = np.tile(np.array([[0.5, 1.0], [0.625, 0.5]]), (5, 6))  # of G R / B G, red's being the largest
    assert samples == pytest.approx(linear * gains, abs=1e-6)

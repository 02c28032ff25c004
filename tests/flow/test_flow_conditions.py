"""Facts about a clip that travel in the record: what is taken, what is refused, and the measure of noise."""

from __future__ import annotations

import json
import math

import pytest
import torch
from flow_kit import MATRICES
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vidisp.errors import InputError
from vidisp.flow import Conditions, luma_noise
from vidisp.flow.conditions import FACTS
from vidisp.isp import Look

steps, noises = st.floats(2.0**-6, 2.0**8), st.floats(0, 255)
gains = st.floats(2.0**-10, 2.0**12)


@given(step=steps, noise=noises)
def test_to_json_and_back(step: float, noise: float) -> None:
    conditions = Conditions(step, noise)
    assert Conditions.from_dict(json.loads(json.dumps(conditions.to_dict()))) == conditions


@given(step=steps, noise=noises, gains=st.tuples(gains, gains, gains))
def test_facts_are_finite_and_of_about_unit_size(step: float, noise: float, gains: tuple[float, float, float]) -> None:
    facts = Conditions(step, noise).facts(Look(gains, MATRICES[0]))
    assert facts.shape == (FACTS,)
    assert facts.dtype == torch.float32
    assert facts[:2].abs().max() <= 2
    assert facts.abs().max() <= 22


def test_facts_of_a_plain_clip() -> None:
    facts = Conditions(4.0, 1.875).facts(Look((4.0, 2.0, 8.0), MATRICES[0]))
    assert facts.tolist() == [0.5, 0.25, 0.5, 1.0, 2.0]


@pytest.mark.parametrize("name", ["step", "noise"])
@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, -1, 257, 1e300, 10**400, -(10**400), True, None, "4", "9" * 10**5, [4.0], {}],
    ids=lambda v: str(v)[:8] if type(v) is not int else f"{v.bit_length()} bits",
)
def test_hostile_values(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"model conditions: {name} is .* not a number from") as refused:
        Conditions.from_dict({"step": 4.0, "noise": 1.0, name: value})
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize(
    "data",
    [
        None, 3, "step", [], [("step", 4.0), ("noise", 1.0)], {}, {"step": 4.0}, {1: 2, None: 3},
        {"step": 4.0, "noise": 1.0, "more": 1.0}, {"step": 4.0, "Noise": 1.0},
    ],
)  # fmt: skip
def test_hostile_shapes(data: object) -> None:
    with pytest.raises(InputError, match="model conditions: wrong or missing names"):
        Conditions.from_dict(data)


def textured(size: int = 96) -> Tensor:
    """Luma (2, 4, size, size) of a picture without noise: waves of 9 samples and more, edges at every angle."""
    y, x = torch.meshgrid(torch.arange(2.0 * size), torch.arange(2.0 * size), indexing="ij")
    waves = 0.12 * torch.sin(x / 1.5 + y / 7) + 0.1 * torch.cos(y / 1.8) + 0.1 * torch.sin((x + y) / 5)
    edges = 0.15 * torch.sign(torch.sin(0.07 * x + 0.03 * y)) + 0.1 * torch.sign(torch.cos(0.05 * y))
    picture = 0.5 + waves + edges
    sites = torch.stack([picture[a::2, b::2] for a in (0, 1) for b in (0, 1)])
    return torch.stack([sites, 1 - sites])


@pytest.mark.parametrize("sigma", [0.001, 0.004, 0.02, 0.08])
def test_noise_of_a_flat_picture(sigma: float) -> None:
    noise = sigma * torch.randn(2, 4, 96, 96, generator=torch.Generator().manual_seed(0))
    assert abs(float(luma_noise(0.3 + noise)) / sigma - 1) < 0.15


@pytest.mark.parametrize("sigma", [0.02, 0.04, 0.08])
def test_noise_of_a_textured_picture(sigma: float) -> None:
    noise = sigma * torch.randn(2, 4, 96, 96, generator=torch.Generator().manual_seed(1))
    assert abs(float(luma_noise(textured() + noise)) / sigma - 1) < 0.15


def test_no_noise_is_none() -> None:
    assert luma_noise(torch.full((1, 4, 8, 8), 0.7)) == 0
    ramp = torch.linspace(0, 1, 64)
    sites = torch.stack([ramp[a::2, None] * 0.3 + ramp[None, b::2] * 0.6 for a in (0, 1) for b in (0, 1)])
    assert luma_noise(sites[None]) < 1e-6

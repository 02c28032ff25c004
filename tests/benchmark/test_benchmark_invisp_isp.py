from __future__ import annotations

import pytest
import torch
from rivals.invisp import InvISP
from rivals.invisp_isp import InvISPRenderer

from vidisp.isp import Look, ReferenceISP

LOOK = Look((2.0, 1.0, 1.5), (1.6, -0.5, -0.1, -0.2, 1.5, -0.3, 0.0, -0.4, 1.4))


@pytest.fixture
def isp() -> InvISPRenderer:
    torch.manual_seed(0)
    return InvISPRenderer(LOOK, InvISP().eval())


def smooth() -> torch.Tensor:
    """Quads (2, 4, 16, 16) of a grey ramp under this white balance."""
    ramp = torch.linspace(0.05, 0.4, 16).expand(2, 1, 16, 16)
    return ramp / torch.tensor(LOOK.white_balance)[[0, 1, 1, 2]].reshape(1, 4, 1, 1)


def test_what_it_sees_holds_every_sample(isp: InvISPRenderer) -> None:
    quads = torch.rand(2, 4, 12, 10, generator=torch.Generator().manual_seed(1)) * 0.8 + 0.01
    assert torch.allclose(isp.quads(isp.raw(quads)), quads, atol=1e-5)


def test_its_target_is_the_reference_look(isp: InvISPRenderer) -> None:
    quads = smooth()
    target = isp.target(quads)
    assert torch.allclose(isp.planes(target), ReferenceISP(LOOK).forward(quads), atol=1e-3)
    assert torch.allclose(isp.picture(isp.planes(target)), target, atol=0.01)


@torch.inference_mode()
def test_without_a_codec_quads_come_back_but_for_chroma(isp: InvISPRenderer) -> None:
    quads = smooth()
    inside = (..., slice(2, -2), slice(2, -2))
    assert torch.allclose(isp.inverse(isp.forward(quads))[inside], quads[inside], atol=0.01)

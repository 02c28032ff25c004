"""The reference look: exact where nothing has to be guessed."""

from __future__ import annotations

import pytest
import torch
from isp_scenes import make_look, psnr, quads_of, random_quads, sites_of, smooth_scene

from vidisp.isp import ReferenceISP
from vidisp.isp.demosaic import malvar


def test_flat_colour_is_demosaicked_exactly() -> None:
    quads = torch.tensor([0.1, 0.2, 0.2, 0.4]).reshape(1, 4, 1, 1).expand(1, 4, 5, 5)
    for plane, value in zip(malvar(quads), (0.1, 0.2, 0.4), strict=True):
        torch.testing.assert_close(plane, torch.full((1, 4, 5, 5), value))


def test_linear_ramps_are_demosaicked_exactly() -> None:
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    scene = torch.stack([0.010 * x + 0.1, 0.010 * x + 0.005 * y, 0.010 * x + 0.2])
    r, g, b = sites_of(scene)
    found = malvar(torch.stack([r[:, 0], g[:, 1], g[:, 2], b[:, 3]], dim=1))
    for plane, truth in zip(found, (r, g, b), strict=True):
        error = (plane - truth)[..., 2:-2, 2:-2].abs().max()
        assert error < 0.005


def test_plain_way_back_is_good_where_colour_is_smooth() -> None:
    look = make_look(ev=1)
    isp, quads = ReferenceISP(look), quads_of(smooth_scene(), look)
    error = (isp.inverse(isp.forward(quads)) - quads)[..., 3:-3, 3:-3]
    assert psnr(error) > 50


@pytest.mark.parametrize("full_range", [False, True])
def test_luma_stays_within_the_legal_codes(full_range: bool) -> None:
    isp = ReferenceISP(make_look((4.0, 1.0, 4.0), full_range=full_range))
    luma = isp.forward((random_quads(0) > 0.5).float())[:, :4]
    assert luma.min() > 1
    assert luma.max() < 254

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from tests.metrics.metrics_kit import texture
from vidisp.errors import VidispError
from vidisp.metrics.motion import Motion, optical_flow, settled, visible, warp


def codes(luma: np.ndarray) -> np.ndarray:
    return np.rint(luma).astype(np.uint8)


def test_the_flow_is_the_motion() -> None:
    flow = optical_flow(codes(texture()), codes(texture(3, -2)))
    assert flow[0].median() == pytest.approx(3, abs=0.1)
    assert flow[1].median() == pytest.approx(-2, abs=0.1)


def test_warping_fetches_from_where_the_flow_points() -> None:
    image = torch.arange(12.0).reshape(3, 4)
    flow = torch.zeros(2, 3, 4)
    flow[0] = 1
    assert torch.allclose(warp(image, flow)[:, :3], image[:, 1:], atol=1e-5)
    flow[0] = 0.5
    assert warp(image, flow)[1].tolist() == pytest.approx([4.5, 5.5, 6.5, 7], abs=1e-5)
    flow[0], flow[1] = 0, 1
    assert torch.allclose(warp(image, flow)[:2], image[1:], atol=1e-5)


def test_several_planes_are_warped_alike() -> None:
    planes = torch.rand(2, 20, 30)
    flow = torch.full((2, 20, 30), 2.0)
    assert torch.equal(warp(planes, flow)[1], warp(planes[1], flow))


def test_samples_that_leave_or_do_not_return_are_not_visible() -> None:
    forward = torch.zeros(2, 20, 30)
    forward[0] = 5
    backward = -forward
    backward[:, :, 10:15] = 0
    mask = visible(forward, backward)
    assert mask[:, :5].all()
    assert not mask[:, 5:10].any()
    assert mask[:, 10:25].all()
    assert not mask[:, 25:].any()


def test_areas_are_seen_again_and_follow_the_camera() -> None:
    flow, seen = torch.full((2, 48, 64), 3.0), torch.ones(48, 64, dtype=torch.bool)
    flow[0, :16, 16:32] = 7
    flow[1, :16, 32:48] = 3.4
    flow[1, 16:32, 5] = 4
    seen[32:, 32:36] = False
    areas = Motion(flow, seen).areas
    assert areas.tolist() == [[True, False, True, True], [False, True, True, True], [True, True, False, True]]


def test_chroma_of_half_size_moves_half_as_far() -> None:
    flow = torch.zeros(2, 32, 32)
    flow[0] = 6
    plane = torch.arange(16.0).expand(16, 16)
    assert torch.allclose(Motion(flow, flow[0] == 6).fetch(plane)[:, :13], plane[:, 3:], atol=1e-4)


def test_a_flow_without_a_reason_is_settled() -> None:
    """Nothing moves, but noise is new: a made-up flow explains it no better than standing still."""
    noise = torch.randn(2, 64, 64, generator=torch.manual_seed(0))
    assert not settled(torch.full((2, 64, 64), 4.0), 100 + noise[0], 103 + noise[1]).any()


def test_a_flow_with_a_reason_stays() -> None:
    first, second = (torch.from_numpy(texture(dx)).float() for dx in (0, 4))
    flow = torch.zeros(2, *first.shape)
    flow[0] = 4
    assert torch.equal(settled(flow, first, second), flow)


def test_a_smooth_thing_in_front_of_another_has_moved() -> None:
    """Both are flat, so that levels alone tell."""
    first, second = torch.full((64, 64), 90.0), torch.full((64, 64), 90.0)
    first[16:32, 16:32], second[16:32, 32:48] = 200, 200
    flow = torch.zeros(2, 64, 64)
    flow[0, 16:32, 16:32] = 16
    assert torch.equal(settled(flow, first, second), flow)


def test_a_missing_opencv_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(VidispError, match=r"needs OpenCV \(pip install 'vidisp\[tools\]'\)"):
        optical_flow(codes(texture()), codes(texture()))

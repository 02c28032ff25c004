"""Motion between two pictures: where each sample went, what both pictures show, and one fetched back onto the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from vidisp.errors import VidispError

PATCH = 16
"""Side in samples of the areas that are followed as a whole, and the smallest side of a picture."""
_STILL, _SLACK, _JUMP, _RIGID = 1.5, 1.0, 8.0, 0.5


@dataclass(frozen=True)
class Motion:
    """The motion from one picture to the next.

    Args:
        flow: (2, H, W) float32, x then y in samples: where each sample of the first picture went.
        seen: (H, W) bool, samples of the first picture that the second one shows too.
    """

    flow: torch.Tensor
    seen: torch.Tensor

    @classmethod
    def between(cls, first: np.ndarray, second: np.ndarray, device: torch.device | str = "cpu") -> Motion:
        """Both pictures are (H, W) uint8, 16x16 at least. Raises as `optical_flow`."""
        forward, backward = optical_flow(first, second, device), optical_flow(second, first, device)
        return cls(forward, visible(forward, backward))

    def fetch(self, planes: torch.Tensor) -> torch.Tensor:
        """Planes (..., h, w) of the second picture, seen from the first: of full size, or of half, as 4:2:0 chroma."""
        return warp(planes, self.flow if planes.shape[-2:] == self.seen.shape else self._half)

    @cached_property
    def _half(self) -> torch.Tensor:
        return F.avg_pool2d(self.flow[None], 2)[0] / 2

    @cached_property
    def areas(self) -> torch.Tensor:
        """(H / 16, W / 16) bool: static patches of the first picture, whether or not the camera moves.

        Nine tenths of a patch are seen again, the flow differs by less than half a sample within it, and it is within
        half a sample of the median flow of all such patches, which is the camera's.
        """
        spread = F.max_pool2d(self.flow[None], PATCH) + F.max_pool2d(-self.flow[None], PATCH)
        whole = (F.avg_pool2d(self.seen[None].float(), PATCH)[0] >= 0.9) & (spread[0].amax(0) < _RIGID)
        if not whole.any():
            return whole
        flow = F.avg_pool2d(self.flow[None], PATCH)[0]
        camera = flow[:, whole].median(1).values[:, None, None]
        return whole & ((flow - camera).abs().amax(0) <= _RIGID)


def optical_flow(first: np.ndarray, second: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """Where each sample of `first` went: (2, H, W) float32, x then y in samples. Both are (H, W) uint8.

    Source: T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016, as OpenCV has it; `settled`.

    Raises:
        VidispError: OpenCV is not installed.
    """
    cv2 = _opencv()
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(first, second, None)
    a, b = (torch.from_numpy(picture).to(device).float() for picture in (first, second))
    return settled(torch.from_numpy(np.ascontiguousarray(flow.transpose(2, 0, 1))).to(device), a, b)


def settled(flow: torch.Tensor, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """The flow, zero in patches of 16x16 that may as well stand still.

    Where there is nothing to follow (smooth areas, noise, a change of exposure) optical flow makes motion up. A patch
    is taken to be still if its plain difference, level aside, has at most 1.5 times the variance of that along the
    flow and one squared code value more; but not if the flow explains away a jump of its level by more than 8, for
    then one smooth thing has moved in front of another.
    """
    level, variance = _patches(second - first)
    level_along, variance_along = _patches(warp(second, flow) - first)
    still = (variance <= _STILL * variance_along + _SLACK) & (level.abs() <= level_along.abs() + _JUMP)
    rows, columns = (PATCH * side for side in still.shape)
    rest = flow.clone()
    rest[:, :rows, :columns] *= ~still.repeat_interleave(PATCH, 0).repeat_interleave(PATCH, 1)
    return rest


def _patches(plane: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance of each patch of (H, W): (H / 16, W / 16) each."""
    mean, square = (F.avg_pool2d(p[None], PATCH)[0] for p in (plane, plane * plane))
    return mean, (square - mean * mean).clamp_min(0)


def warp(plane: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """`plane` (..., H, W), fetched at p + flow(p) for every p, bilinear; beyond the border, the border's sample."""
    height, width = plane.shape[-2:]
    x, y = targets(flow)
    grid = torch.stack([x * (2 / (width - 1)) - 1, y * (2 / (height - 1)) - 1], -1)
    planes = plane.reshape(1, -1, height, width)
    return F.grid_sample(planes, grid[None], padding_mode="border", align_corners=True).reshape(plane.shape)


def visible(forward: torch.Tensor, backward: torch.Tensor) -> torch.Tensor:
    """(H, W) bool: samples of the first picture that the second one shows too.

    Their target lies inside, and the flow back from there returns: |w + w'|^2 < 0.01 (|w|^2 + |w'|^2) + 0.5.

    Source: M. Ruder, A. Dosovitskiy, T. Brox, "Artistic Style Transfer for Videos", GCPR 2016, equation 5; without
    its motion boundaries.
    """
    back = warp(backward, forward)
    size = forward.square().sum(0) + back.square().sum(0)
    returns = (forward + back).square().sum(0) < 0.01 * size + 0.5
    (x, y), (height, width) = targets(forward), forward.shape[1:]
    return returns & (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)


def targets(flow: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """x and y of where each sample goes, (H, W) each."""
    height, width = flow.shape[1:]
    y = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None]
    x = torch.arange(width, device=flow.device, dtype=flow.dtype)
    return x + flow[0], y + flow[1]


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise VidispError("optical flow needs OpenCV", hint="pip install 'vidisp[tools]'") from error
    return cv2

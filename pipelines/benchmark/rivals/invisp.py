"""The network of Invertible ISP, written anew from its paper: the rival by name, in layers, size and cost.

Source: Y. Xing, Z. Qian, Q. Chen, "Invertible Image Signal Processing", CVPR 2021 (arXiv 2103.15061), section 4. Full
resolution and three channels throughout: white-balanced RAW, demosaiced bilinearly, to sRGB and back. Eight blocks,
each an invertible 1x1 convolution and the affine coupling of their equation 2.

1,413,760 parameters, the published network's own count; these details give it:

- channels split 1 | 2; `r` takes 2 to 1, `s` and `t` take 1 to 2: 58,899 + 2 * 58,900 a block;
- `r`, `s`, `t`: dense blocks of five 3x3 convolutions with bias, four of 32 planes, each seeing all before it;
- the 1x1 convolution in Glow's LU form, L and U kept as whole 3x3 matrices beside log|diagonal|: 21 a block. 12 of
  those are masked away, so 96 numbers in all do nothing.

1,410,552 multiply-adds a pixel each way. `s` is bounded by a centred sigmoid, as in J. Xiao et al., "Invertible
Image Rescaling", ECCV 2020, whose coupling this is.

**Not trained here**: that takes a GPU, so its rate-distortion row is open and only its cost is measured. The recipe is
`pipelines/train_flow/train_invisp.py`; `invisp_isp.py` is what happens before the network and after it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vidisp.metrics.demosaic import bilinear_demosaic, channel_masks
from vidisp.metrics.fidelity import normalise
from vidisp.raw import CFA, RawFrame

BLOCKS = 8
GROWTH = 32
LAYERS = 5


class InvISP(nn.Module):
    """A bijection on (N, 3, H, W) float32; both sides about 0..1. Untrained it is a rotation of colours."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(Conv1x1(3), Coupling()) for _ in range(BLOCKS))

    def forward(self, raw: Tensor) -> Tensor:
        """Demosaiced RAW to sRGB."""
        for mixing, coupling in self.blocks:
            raw = coupling(mixing(raw))
        return raw

    def inverse(self, rgb: Tensor) -> Tensor:
        """sRGB to demosaiced RAW."""
        for mixing, coupling in reversed(self.blocks):
            rgb = mixing.inverse(coupling.inverse(rgb))
        return rgb


class Coupling(nn.Module):
    """a += r(b), b = b * exp(s(a)) + t(a), with one channel in `a` and two in `b`; |s| below 1."""

    def __init__(self) -> None:
        super().__init__()
        self.r, self.s, self.t = DenseBlock(2, 1), DenseBlock(1, 2), DenseBlock(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        a, b = x.split([1, 2], dim=1)
        a = a + self.r(b)
        return torch.cat([a, b * self._log_scale(a).exp() + self.t(a)], dim=1)

    def inverse(self, x: Tensor) -> Tensor:
        a, b = x.split([1, 2], dim=1)
        b = (b - self.t(a)) * (-self._log_scale(a)).exp()
        return torch.cat([a - self.r(b), b], dim=1)

    def _log_scale(self, a: Tensor) -> Tensor:
        return 2 * torch.sigmoid(self.s(a)) - 1


class DenseBlock(nn.Module):
    """Five 3x3 convolutions, each seeing the input and all planes before it; the last starts at zero."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        widths = [GROWTH] * (LAYERS - 1) + [outputs]
        self.layers = nn.ModuleList(nn.Conv2d(inputs + i * GROWTH, w, 3, padding=1) for i, w in enumerate(widths))
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = torch.cat([x, F.leaky_relu(layer(x), 0.2)], dim=1)
        return self.layers[-1](x)


class Conv1x1(nn.Module):
    """Invertible 1x1 convolution P (I + L) (U + diag), from a random rotation (Kingma and Dhariwal, Glow, 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        rotation, _ = torch.linalg.qr(torch.randn(channels, channels))
        permutation, lower, upper = torch.linalg.lu(rotation)
        diagonal = upper.diagonal()
        self.register_buffer("permutation", permutation)
        self.register_buffer("signs", diagonal.sign())
        self.lower, self.upper = nn.Parameter(lower), nn.Parameter(upper)
        self.log_diagonal = nn.Parameter(diagonal.abs().log())

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self._matrix()[..., None, None])

    def inverse(self, x: Tensor) -> Tensor:
        return F.conv2d(x, torch.linalg.inv(self._matrix())[..., None, None])

    def _matrix(self) -> Tensor:
        one = torch.eye(len(self.signs), device=self.lower.device)
        diagonal = torch.diag(self.signs * self.log_diagonal.exp())
        return self.permutation @ (one + self.lower.tril(-1)) @ (self.upper.triu(1) + diagonal)


def raw_picture(frame: RawFrame) -> Tensor:
    """The network's input: (1, 3, H, W) float32, linear, black at 0, white-balanced, the largest gain being 1."""
    sensor = frame.sensor
    gains = torch.tensor([min(sensor.neutral) / channel for channel in sensor.neutral])
    return (bilinear_demosaic(normalise(frame.mosaic, sensor), sensor.cfa) * gains[:, None, None])[None]


def own_colours(picture: Tensor, cfa: CFA) -> Tensor:
    """The mosaic (N, H, W) in a picture (N, 3, H, W): at every site the one colour that the sensor has there."""
    return (picture * channel_masks(*picture.shape[-2:], cfa).to(picture)).sum(1)

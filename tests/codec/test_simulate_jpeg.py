"""JPEG with a gradient, held against a real JPEG library, against the formulae, and against itself."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from vidisp.codec.simulate import fourier_rounding, hard_rounding, jpeg_plane, jpeg_planes, quantisers
from vidisp.codec.simulate.h26x import block_dct
from vidisp.codec.simulate.jpeg import CHROMA, LUMA, Rounding
from vidisp.errors import UsageError

QUALITIES = (5, 25, 50, 75, 90, 98, 100)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width, 3) Y'CbCr in 0..255: waves, an edge, noise."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    waves = [128 + 90 * np.sin(x / (5 + 3 * i)) * np.cos(y / (4 + i)) for i in range(3)]
    values = np.stack(waves, -1) + np.random.default_rng(seed).normal(0, 6, (height, width, 3))
    values[:, width // 2 :] += 40
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def real_jpeg(values: np.ndarray, quality: int, subsampling: int = 0) -> tuple[Tensor, list[Tensor]]:
    """What libjpeg makes of it: (3, height, width), and its tables."""
    file = io.BytesIO()
    Image.fromarray(values, mode="YCbCr").save(file, "JPEG", quality=quality, subsampling=subsampling)
    image = Image.open(file)
    image.draft("YCbCr", image.size)
    tables = [torch.tensor(table).reshape(8, 8).float() for table in image.quantization.values()]
    assert image.mode == "YCbCr"
    return torch.from_numpy(np.asarray(image).astype(np.float32)).permute(2, 0, 1), tables


def planes(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).float().permute(2, 0, 1)


def certain(plane: Tensor, table: Tensor) -> Tensor:
    """Where (H, W) no coefficient of the block is so near the middle of two steps that libjpeg may round otherwise.

    Its DCT is of whole numbers, off by up to a sixth of a code.
    """
    rows, columns = plane.shape
    padded = F.pad(plane[None, None] - 128, (0, -columns % 8, 0, -rows % 8), mode="replicate")
    part = (block_dct(padded)[0, 0] / table).abs() % 1
    clear = ((part - 0.5).abs() * table > 0.17).flatten(2).all(-1)
    return clear.repeat_interleave(8, 0).repeat_interleave(8, 1)[:rows, :columns]


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("size", [(96, 80), (93, 77)])
def test_hard_rounding_is_the_real_jpeg(quality: int, size: tuple[int, int]) -> None:
    values = picture(*size)
    decoded, tables = real_jpeg(values, quality)
    given = planes(values)
    y, uv = jpeg_planes(given[0], given[1:], quality, hard_rounding)
    coded = torch.cat([y[None], uv]).round()
    ours, theirs = (coded - given).square().mean(), (decoded - given).square().mean()
    assert 0.85 < ours / theirs < 1.01  # theirs has the rounding of its DCT as well, which counts at quality 100
    assert ((coded - decoded).abs() > 2).float().mean() < 0.05
    for plane, off, table in zip(given, (coded - decoded).abs(), (tables[0], tables[1], tables[1]), strict=True):
        clear = certain(plane, table)
        assert clear.float().mean() > 0.2 or quality > 50
        assert not (off[clear] > 1).any()


def test_luma_of_420_is_the_real_jpeg() -> None:
    """A picture of 4:2:0 is coded in units of 16x16; each plane is still blocks of 8x8 of its own."""
    values = picture(93, 77)
    decoded, tables = real_jpeg(values, 75, subsampling=2)
    luma = planes(values)[0]
    y, uv = jpeg_planes(luma, torch.full((2, 47, 39), 128.0), 75, hard_rounding)
    assert not ((y.round() - decoded[0]).abs() > 1)[certain(luma, tables[0])].any()
    assert uv.shape == (2, 47, 39)
    assert (uv == 128).all()


@pytest.mark.parametrize("quality", QUALITIES)
def test_tables_are_those_of_the_library(quality: int) -> None:
    _, tables = real_jpeg(picture(16, 16), quality)
    assert torch.equal(quantisers(LUMA, quality), tables[0])
    assert torch.equal(quantisers(CHROMA, quality), tables[1])


@pytest.mark.parametrize("quality", [0, -3, 101])
def test_quality_out_of_range(quality: int) -> None:
    with pytest.raises(UsageError, match=f"a JPEG quality of {quality} is not from 1 to 100"):
        quantisers(LUMA, quality)


def test_fourier_rounding_is_the_formula() -> None:
    x = torch.linspace(-4, 4, 161, dtype=torch.float64)
    terms = [(-1) ** (k + 1) * torch.sin(2 * math.pi * k * x) / (k * math.pi) for k in range(1, 11)]
    torch.testing.assert_close(fourier_rounding(x), x - sum(terms), atol=1e-12, rtol=0)


def test_fourier_rounding_follows_the_staircase() -> None:
    halves = torch.arange(-2000, 2001) / 2
    torch.testing.assert_close(fourier_rounding(halves), halves, atol=1e-4, rtol=0)
    x = torch.linspace(-3, 3, 6001, dtype=torch.float64)
    away = (x - x.floor() - 0.5).abs() > 0.05
    assert (fourier_rounding(x) - x.round())[away].abs().max() < 0.09
    assert (fourier_rounding(x) - x).abs().max() > 0.4


def test_fourier_rounding_has_its_own_gradient() -> None:
    """1 at whole numbers and 21 at the middles, since the ten cosines are 1 and -1 in turn, or all -1."""
    x = torch.tensor([0.0, 3.0, 0.5, -1.5], dtype=torch.float64, requires_grad=True)
    fourier_rounding(x).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([1.0, 1.0, 21.0, 21.0], dtype=torch.float64))
    inside = torch.linspace(-2.2, 2.2, 23, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fourier_rounding, inside)


def test_hard_rounding_passes_the_gradient_through() -> None:
    x = torch.tensor([0.2, 1.7, -0.6], requires_grad=True)
    rounded = hard_rounding(x)
    rounded.sum().backward()
    assert rounded.tolist() == [0, 2, -1]
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1, 1]


def test_gradient_through_the_whole_of_it() -> None:
    """Fourier rounding's gradient is that of the values: a small step down it lowers the picture's error."""
    torch.manual_seed(0)
    table = quantisers(LUMA, 60).double()
    target = planes(picture(16, 24))[0].double()
    given = (target + torch.randn(16, 24)).requires_grad_()

    def loss(x: Tensor) -> Tensor:
        return (jpeg_plane(x, table, fourier_rounding) - target).square().mean()

    loss(given).backward()
    assert given.grad is not None
    assert (given.grad != 0).double().mean() > 0.99
    direction = torch.randn(16, 24, dtype=torch.float64)
    ahead, behind = loss(given.detach() + 1e-6 * direction), loss(given.detach() - 1e-6 * direction)
    torch.testing.assert_close((ahead - behind) / 2e-6, (given.grad * direction).sum(), rtol=1e-4, atol=1e-8)


def test_error_falls_with_quality_and_both_roundings_agree_on_it() -> None:
    given = planes(picture(96, 80))
    table = [quantisers(LUMA, quality) for quality in QUALITIES]
    hard = [float((jpeg_plane(given, t, hard_rounding) - given).square().mean()) for t in table]
    soft = [float((jpeg_plane(given, t, fourier_rounding) - given).square().mean()) for t in table]
    assert hard == sorted(hard, reverse=True)
    assert all(0.5 < s / h < 1.2 for s, h in zip(soft, hard, strict=True))


@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (3, 9, 7), (2, 3, 17, 8), (2, 1, 2, 5, 23)])
@pytest.mark.parametrize("rounding", [hard_rounding, fourier_rounding])
def test_any_shape_and_each_plane_on_its_own(shape: tuple[int, ...], rounding: Rounding) -> None:
    torch.manual_seed(1)
    given = torch.rand(shape) * 255
    table = quantisers(CHROMA, 80)
    coded = jpeg_plane(given, table, rounding)
    assert coded.shape == given.shape
    assert coded.dtype == given.dtype
    assert coded.min() >= 0
    assert coded.max() <= 255
    flat = zip(given.reshape(-1, *shape[-2:]), coded.reshape(-1, *shape[-2:]), strict=True)
    for plane, whole in flat:
        torch.testing.assert_close(jpeg_plane(plane, table, rounding), whole, atol=1e-3, rtol=0)


def test_saturated_edges_stay_in_range() -> None:
    """Black and white samples overshoot before the clamp; a real decoder clamps as well."""
    values = np.where(np.random.default_rng(2).random((40, 40, 3)) > 0.5, 255, 0).astype(np.uint8)
    decoded, _ = real_jpeg(values, 30)
    coded = jpeg_plane(planes(values)[0], quantisers(LUMA, 30), hard_rounding)
    assert ((coded.round() - decoded[0]).abs() <= 1).float().mean() > 0.95
    assert (coded == 0).any()
    assert (coded == 255).any()

"""One contract for every invertible layer over luma, and for the network that is made of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from flow_kit import CODES, LAYERS, Layer, planes, randomised
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from vidisp.flow import Passage

layers = pytest.mark.parametrize("layer", LAYERS, ids=str)
FIVE = Passage.whole(5)


def apart(a: Tensor, b: Tensor) -> float:
    """Largest difference in luma, in codes of eight bits."""
    return float((a - b).abs().max()) * CODES


@layers
@settings(max_examples=15, deadline=None)
@given(
    rows=st.integers(1, 9), columns=st.integers(1, 9), frames=st.integers(1, 7), first=st.integers(0, 3),
    cuts=st.sets(st.integers(1, 6)), seed=st.integers(0, 999),
)  # fmt: skip
@torch.no_grad()
def test_round_trip(layer: Layer, rows: int, columns: int, frames: int, first: int, cuts: set[int], seed: int) -> None:
    """With every weight random: forwards then backwards, and backwards then forwards."""
    module = randomised(layer.make(), seed)
    luma, chroma = planes(seed, frames, (rows, columns))
    passage = Passage(first, Passage.whole(frames, sorted(cuts)).joined)
    there = layer.forward(module, luma, chroma, passage)
    back = layer.inverse(module, luma, chroma, passage)
    assert there.shape == back.shape == luma.shape
    assert there.dtype == back.dtype == torch.float32
    assert apart(layer.inverse(module, there, chroma, passage), luma) < layer.bound
    largest = max(1.0, float(back.abs().max()))
    assert apart(layer.forward(module, back, chroma, passage), luma) < layer.bound * largest


@layers
@torch.no_grad()
def test_random_weights_do_something_and_initial_ones_nothing(layer: Layer) -> None:
    luma, chroma = planes(3, 5)
    given_luma, given_chroma = luma.clone(), chroma.clone()
    assert apart(layer.forward(randomised(layer.make(), 1), luma, chroma, FIVE), luma) > 20
    module = layer.make()
    assert apart(layer.forward(module, luma, chroma, FIVE), luma) < 1e-4
    assert apart(layer.inverse(module, luma, chroma, FIVE), luma) < 1e-4
    assert torch.equal(luma, given_luma)  # and what they were given is as it was
    assert torch.equal(chroma, given_chroma)


def _weights(module: nn.Module) -> dict[str, nn.Parameter]:
    """Those of the flow over luma: the network holds learned chroma and the restorer as well."""
    return {n: w for n, w in module.named_parameters() if not n.startswith(("chroma.", "restorer."))}


@layers
@pytest.mark.parametrize("way", ["forward", "inverse"])
def test_gradient_flows_to_the_input_and_to_every_weight(layer: Layer, way: str) -> None:
    module = randomised(layer.make(), 2)
    luma, chroma = planes(4, 5)
    luma.requires_grad_()
    getattr(layer, way)(module, luma, chroma, FIVE).square().sum().backward()
    grads = {"luma": luma.grad, **{name: weight.grad for name, weight in _weights(module).items()}}
    assert len(grads) > 1
    for name, grad in grads.items():
        assert grad is not None, name
        assert grad.isfinite().all(), name
        assert (grad != 0).any(), name
    assert luma.grad is not None
    assert (luma.grad != 0).all()


@layers
@pytest.mark.parametrize("way", ["forward", "inverse"])
def test_gradient_is_that_of_finite_differences(layer: Layer, way: str) -> None:
    """Along a random direction of the input, and along one of all weights together. The networks are float32."""
    module = randomised(layer.make(), 5)
    luma, chroma = planes(6, 5, (6, 7))
    torch.manual_seed(7)
    towards = torch.randn_like(luma)

    def value(x: Tensor) -> Tensor:
        return (getattr(layer, way)(module, x, chroma, FIVE).double() * towards).sum() / 100

    luma.requires_grad_()
    value(luma).backward()
    changed = [(luma, luma.grad), *((w, w.grad) for w in _weights(module).values())]
    for group in (changed[:1], changed[1:]):
        steps = [torch.randn_like(x) * (x.detach().abs().mean() + 1e-3) for x, _ in group]
        slope = sum((step * grad).double().sum() for step, (_, grad) in zip(steps, group, strict=True))
        tried = _central(value, luma, [x for x, _ in group], steps)
        assert abs(tried - float(slope)) < 0.02 * abs(float(slope)) + 0.01, (tried, float(slope))


@torch.no_grad()
def _central(
    value: Callable[[Tensor], Tensor], luma: Tensor, tensors: list[Tensor], steps: list[Tensor], size: float = 3e-4
) -> float:
    """Central difference of `value` with all tensors moved at once."""
    found = []
    for sign in (1, -2):
        for tensor, step in zip(tensors, steps, strict=True):
            tensor.add_(step, alpha=sign * size)
        found.append(float(value(luma)))
    for tensor, step in zip(tensors, steps, strict=True):
        tensor.add_(step, alpha=size)
    return (found[0] - found[1]) / (2 * size)


@layers
@torch.no_grad()
def test_frames_and_clips_of_any_kind_of_memory(layer: Layer) -> None:
    """A view with strides of its own counts as its copy does."""
    module = randomised(layer.make(), 8)
    luma, chroma = planes(9, 10)
    there = layer.forward(module, luma[::2], chroma[::2], FIVE)
    copied = layer.forward(module, luma[::2].clone(), chroma[::2].clone(), FIVE)
    assert apart(there, copied) < layer.bound


@pytest.mark.gpu
@layers
@torch.no_grad()
def test_gpu_agrees(layer: Layer) -> None:
    module = randomised(layer.make(), 10)
    luma, chroma = planes(11, 5, (40, 56))
    here = layer.forward(module, luma, chroma, FIVE)
    back = layer.inverse(module, luma, chroma, FIVE)
    module.cuda()
    there = layer.forward(module, luma.cuda(), chroma.cuda(), FIVE).cpu()
    assert apart(there, here) < 0.02
    assert apart(layer.inverse(module, luma.cuda(), chroma.cuda(), FIVE).cpu(), back) < 0.02

"""What the embedding network promises: shapes, the identity at its start, the way there and back, tiles."""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
import pytest
import torch
from einops import rearrange
from network_kit import JPEG, MOVING, STILL, pictures, planned, rounded
from PIL import Image
from torch import Tensor

from vidisp.embed.iicnet import tiling
from vidisp.embed.iicnet.mark import Mark
from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape
from vidisp.embed.iicnet.rounding import rounded_for_jpeg, rounded_for_png
from vidisp.embed.iicnet.squeeze import PEAK, Squeeze, quantiser, within_step
from vidisp.embed.iicnet.weights import network_of, released

shapes = pytest.mark.parametrize("shape", [STILL, MOVING, JPEG], ids=["still", "moving", "jpeg"])


def inputs(shape: Shape, count: int, rows: int = 64, columns: int = 96) -> tuple[Tensor, Tensor]:
    stack = pictures(1, 2 * (1 + count), rows, columns).unflatten(0, (2, 1 + count))
    return stack[:, 0], stack[:, 1:]


def decibels(a: Tensor, b: Tensor) -> float:
    return float(-10 * torch.log10((a - b).square().mean() + 1e-12))


@shapes
@torch.inference_mode()
def test_an_untrained_network_embeds_nothing(shape: Shape) -> None:
    network = EmbeddingNetwork(shape)
    for count in range(1, shape.others + 1):
        reference, others = inputs(shape, count)
        still = network.embed(reference, others)
        assert still.shape == reference.shape
        assert float((still - reference).abs().max()) < 1e-5
        first, rest = network.restore(still, count)
        assert rest.shape == others.shape
        assert float((first - reference).abs().max()) < 1e-4
        assert float((rest - reference[:, None]).abs().max()) < 1e-4


@shapes
@torch.inference_mode()
def test_what_was_embedded_comes_back(shape: Shape) -> None:
    network = planned(shape)
    for count in range(1, shape.others + 1):
        reference, others = inputs(shape, count)
        still = network.embed(reference, others)
        assert decibels(still, reference) > 30
        first, rest = network.restore(still if shape.carrier == "jpeg" else rounded(still), count)
        assert decibels(first, reference) > 30
        nothing = decibels(reference[:, None].expand_as(others), others)
        assert decibels(rest, others) > nothing + 8


@torch.inference_mode()
def test_nothing_is_cut_off_where_pictures_are_black_and_white() -> None:
    """What is cut off below black and above white would change every coefficient of a block."""
    network = planned(STILL)
    soft, others = inputs(STILL, 1)
    still = network.embed(((soft - 0.5) * 6 + 0.5).clamp(0, 1), others)
    assert float((rounded(still) - still).abs().max() * PEAK) < 0.51
    assert float((still - soft.clamp(0, 1)).abs().max()) > 0.1


@torch.inference_mode()
def test_rounding_minds_levels_that_lie_close() -> None:
    """1.6 codes apart, where plain rounding misses one in a hundred."""
    network = planned(STILL)
    for plan in network.plans:
        plan.levels[plan.levels == 3] = 7
        plan.step[plan.step > 0] = 11.2
    reference, others = inputs(STILL, 2)
    exact = network.embed(reference, others)
    minded, plain = network.rounded(exact, 2), rounded(exact)
    assert torch.equal(minded * PEAK, (minded * PEAK).round())
    assert float((minded - exact).abs().max() * PEAK) < 2
    lost = [decibels(network.restore(each, 2)[1], network.restore(exact, 2)[1]) for each in (minded, plain)]
    assert lost[0] > lost[1] + 6
    block = (..., slice(16, 24), slice(40, 48))
    assert torch.equal(network.rounded(exact[block], 2), minded[block])


def test_digits_that_are_none_show_that_a_still_was_changed() -> None:
    network = planned(STILL)
    mark = Mark(network, 2, None)
    stack = (pictures(1, 3) * PEAK).round().byte().permute(0, 2, 3, 1).numpy()
    still = tiling.embed(network, list(stack), None, b"message")
    assert mark.nonsense(still) == 0
    noise = np.random.default_rng(0).integers(-3, 4, still.shape)
    assert mark.nonsense((still.astype(int) + noise).clip(0, 255).astype(np.uint8)) > 0.02


@torch.inference_mode()
def test_what_is_not_foretold_is_free_of_the_stills_error() -> None:
    network = planned(dataclasses.replace(STILL, width=0))
    reference, others = inputs(STILL, 1)
    found = []
    for share in (1.0, 0.0):
        network.plan(1).foretold.fill_(share)
        still = network.embed(reference, others)
        brighter = still + 3 / PEAK  # no slot holds the mean of luma
        found.append(decibels(network.restore(brighter, 1)[1], network.restore(still, 1)[1]))
    assert found[0] < 45
    assert found[1] > 80


@pytest.mark.parametrize("quality", [90, 75])
@torch.inference_mode()
def test_a_jpeg_of_its_quality_keeps_what_the_still_holds(quality: int) -> None:
    network = planned(JPEG)
    reference, others = inputs(JPEG, 1)
    still = network.embed(reference, others, quality)[:1]
    read = jpeg(still, quality)
    exact, found = (network.restore(each, 1, quality)[1] for each in (still, read))
    lower = network.restore(jpeg(still, quality - 20), 1, quality)[1]
    assert decibels(found, exact) > 32
    assert decibels(lower, exact) < decibels(found, exact) - 8


def jpeg(still: Tensor, quality: int) -> Tensor:
    codes = still[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    with io.BytesIO() as file:
        Image.fromarray(codes).save(file, "JPEG", quality=quality, subsampling=0)
        return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)[None].float() / 255


@torch.inference_mode()
def test_flat_blocks_are_rounded_well_too() -> None:
    """There are few whole codes near them; a coefficient may move by its step."""
    squeeze, step = Squeeze("png"), torch.full((192,), 8.0)
    step[0] = 0
    torch.manual_seed(1)
    wanted = 1.6 * torch.randint(-2, 3, (2000, 192)) * (torch.rand(2000, 192) < 0.02)
    blocks = squeeze.inverse(wanted[..., None, None])
    limit = torch.where(step > 0, 0.8, torch.inf).expand_as(wanted)
    lost = []
    for still in (rounded_for_png(squeeze, blocks, -limit, limit, step), blocks.round()):
        change = squeeze(still - blocks)[..., 0, 0]
        lost.append(int((within_step(change, step).abs() > limit).any(1).sum()))
    assert lost[1] > 1000
    assert lost[0] == 0


@torch.inference_mode()
def test_rounding_minds_what_a_jpegs_own_roundings_do() -> None:
    """In blocks of a few small coefficients, where rounding hits hardest."""
    squeeze, quantum = Squeeze("jpeg"), quantiser(90)
    torch.manual_seed(1)
    wanted = torch.randint(-1, 2, (3000, 192)) * (torch.rand(3000, 192) < 0.1) * quantum
    blocks = squeeze.inverse(wanted[..., None, None])
    limit = torch.where(quantum >= 3, quantum / 2, torch.inf)
    limit[[0, 64, 128]] = torch.inf
    still = rounded_for_jpeg(squeeze, blocks, -limit.expand_as(wanted), limit.expand_as(wanted), quantum)
    lost = []
    for each in (still, blocks.round()):
        mosaic = rearrange(each, "(h w) c i j -> 1 c (h i) (w j)", h=50) + 128
        read = rearrange(jpeg(mosaic / PEAK, 90) * PEAK, "1 c (h i) (w j) -> (h w) c i j", i=8, j=8) - 128
        change = squeeze(read - blocks)[..., 0, 0]
        lost.append(int((change.abs() > limit).any(1).sum()))
    assert lost[1] > 10
    assert lost[0] < lost[1] / 5


def test_a_quality_has_plans_of_its_own() -> None:
    network = EmbeddingNetwork(JPEG)
    assert network.plan(1) is network.plan(1, 90) is not network.plan(1, 75)
    with pytest.raises(ValueError, match="not in tuple"):
        network.plan(1, 80)


@shapes
@torch.inference_mode()
def test_a_part_depends_on_nothing_further_away_than_reach(shape: Shape) -> None:
    network = planned(shape)
    if network.relation is not None:
        for parameter in network.relation.parameters():
            parameter.data.add_(0.05 * torch.randn(parameter.shape))
    side = 2 * network.reach + 64
    reference, others = inputs(shape, 1, side, side)
    inside = slice(network.reach, network.reach + 64)
    still = network.embed(reference, others)
    changed = [each.clone() for each in (reference, others, still)]
    for each in changed:
        each[..., : network.grid, :] = each[..., -network.grid :] = 0.5
    again = network.embed(changed[0], changed[1])
    assert torch.equal(again[..., inside, inside], still[..., inside, inside])
    before, after = (torch.cat([a[:, None], b], 1) for a, b in (network.restore(s, 1) for s in (still, changed[2])))
    assert float((before - after)[..., inside, inside].abs().max()) < 1e-6
    assert float((before - after).abs().max()) > 1e-3
    assert network.reach % network.grid == 0


@torch.inference_mode()
def test_a_tile_gives_what_the_whole_gives() -> None:
    network = planned(MOVING)
    reference, others = inputs(MOVING, 2, 96, 144)
    still = network.embed(reference, others)
    part = (..., slice(0, 96), slice(40, 144))
    kept = slice(40 + network.reach, 144)
    assert torch.equal(network.embed(reference[part], others[part])[..., network.reach :], still[..., kept])
    found = network.restore(still, 2)[1][..., kept]
    assert float((network.restore(still[part], 2)[1][..., network.reach :] - found).abs().max()) < 1e-6


@shapes
def test_a_shape_goes_through_json(shape: Shape) -> None:
    assert Shape.from_dict(json.loads(json.dumps(shape.to_dict()))) == shape


@pytest.mark.parametrize(
    "wrong",
    [
        {"carrier": "gif"}, {"others": 0}, {"classes": 1000}, {"width": -1}, {"window": (1, 2, 3, 4)},
        {"qualities": (75, 90)}, {"qualities": ()},
    ],
)  # fmt: skip
def test_impossible_shapes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a network|others"):
        dataclasses.replace(JPEG, **wrong)


@pytest.mark.parametrize("name", released())
def test_released_networks_are_small(name: str) -> None:
    """Two million parameters and a million multiply-adds a pixel at most, for five frames; here far less."""
    network = network_of(name)
    held = sum(tensor.numel() for tensor in network.state_dict().values())
    assert held < 1_000_000
    count = min(4, network.shape.others)
    assert multiply_adds(network, count) < 150_000


def multiply_adds(network: EmbeddingNetwork, count: int) -> float:
    """Of embedding and restoring, a pixel: convolutions, transforms and the search for motion."""
    assert network.relation is not None
    hooks = [
        module.register_forward_hook(
            lambda module, _, out: counts.append(out.shape[0] * module.weight.numel() * out.shape[-2] * out.shape[-1])
        )
        for module in network.relation.modules()
        if isinstance(module, torch.nn.Conv2d)
    ]
    counts: list[int] = []
    rows, columns = 16, 16
    with torch.inference_mode():
        network.restore(torch.rand(1, 3, rows, columns), count)
    for hook in hooks:
        hook.remove()
    transforms = 2 * (1 + count) * 3 * (16 + 3)
    search = count * network.plan(count).displacements
    return sum(counts) / (rows * columns) + transforms + search

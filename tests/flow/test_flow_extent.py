"""Chunks and tiles: a passage in parts, with the halos that `frames` and `reach` ask for, is the passage at once.

And the halos are not wider than they need to be: they cost time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from flow_kit import FACTS, LAYERS, SIZES, Layer, make_isp, planes, random_quads, randomised
from torch import Tensor

from vidisp.flow import FlowISP, Passage, Sizes
from vidisp.flow.chroma import LearnedChroma
from vidisp.flow.restorer import Restorer

SMALL = Sizes(chroma=(6, 2), couplings=1, coupling_width=6, temporal_layers=1, temporal_width=6, restorer=(6, 2))
FULL_SCALE = 1e-5
LONG = Passage(1, Passage.whole(21, [6, 7, 13]).joined)
CHUNKS = (1, 3, 16)

layers = pytest.mark.parametrize("layer", LAYERS, ids=str)
Way = Callable[[Tensor, Passage], Tensor]


def part(passage: Passage, start: int, stop: int) -> Passage:
    return Passage(passage.first + start, (False, *passage.joined[start + 1 : stop]))


def in_chunks(
    way: Callable[..., Tensor], inputs: tuple[Tensor, ...], passage: Passage, chunk: int, halo: int
) -> Tensor:
    """`way` of a few frames at a time, each chunk with `halo` frames more on either side."""
    found, frames = [], len(passage.joined)
    for first in range(0, frames, chunk):
        last = min(first + chunk, frames)
        start, stop = max(0, first - halo), min(frames, last + halo)
        out = way(*(x[start:stop] for x in inputs), part(passage, start, stop))
        found.append(out[first - start : last - start])
    return torch.cat(found)


def in_tiles(way: Way, given: Tensor, passage: Passage, tile: int, halo: int) -> Tensor:
    """`way` of a few columns at a time."""
    found, columns = [], given.shape[-1]
    for first in range(0, columns, tile):
        last = min(first + tile, columns)
        start, stop = max(0, first - halo), min(columns, last + halo)
        found.append(way(given[..., start:stop].contiguous(), passage)[..., first - start : last - start])
    return torch.cat(found, dim=-1)


def ways(isp: FlowISP) -> dict[str, Way]:
    """Everything that streams: each takes six or four planes and a passage."""
    step = torch.tensor(4.0)
    return {
        "forward": isp.forward,
        "inverse": lambda z, passage: isp.inverse(z, passage)[0] * 255,
        "syndrome": lambda z, passage: isp.inverse(z, passage)[1],
        "recover": lambda z, passage: isp.recover(z, step.expand(len(z)), passage) * 255,
    }


def given_to(isp: FlowISP, name: str, quads: Tensor, passage: Passage) -> Tensor:
    """What that way is given, on the scale of quads or of codes; codes as a codec leaves them, a little off."""
    if name == "forward":
        return quads
    generator = torch.Generator().manual_seed(9)
    planes = isp.forward(quads, passage)
    return (planes + torch.randn(planes.shape, generator=generator)).clamp_(2, 253)


def halo_of(isp: FlowISP, name: str) -> int:
    """In frames. Recovery goes back twice: once for the syndrome, and once more for the samples."""
    return 2 * isp.frames if name == "recover" else isp.frames


streamed = pytest.mark.parametrize("name", ["forward", "inverse", "syndrome", "recover"])


@layers
@pytest.mark.parametrize("way", ["forward", "inverse"])
@pytest.mark.parametrize("chunk", CHUNKS)
@torch.no_grad()
def test_layer_in_chunks(layer: Layer, way: str, chunk: int) -> None:
    module = randomised(layer.make(), 1)
    inputs = planes(2, 21, (5, 6))

    def call(luma: Tensor, chroma: Tensor, passage: Passage) -> Tensor:
        return getattr(layer, way)(module, luma, chroma, passage)

    whole = call(*inputs, LONG)
    halo = getattr(module, "frames", 0)
    assert (in_chunks(call, inputs, LONG, chunk, halo) - whole).abs().max() < FULL_SCALE * whole.abs().max()
    if halo and layer.name != "network" and chunk == 1:
        assert (in_chunks(call, inputs, LONG, chunk, halo - 1) - whole).abs().max() > 1e-3


@streamed
@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("sizes", [SMALL, SIZES], ids=["one temporal layer", "two"])
def test_model_in_chunks(name: str, chunk: int, sizes: Sizes) -> None:
    isp = make_isp(seed=2, ends=0.3, sizes=sizes)
    given = given_to(isp, name, random_quads(3, 21, (5, 6), 0.1, 0.6), LONG)
    way = ways(isp)[name]
    chunks = in_chunks(way, (given,), LONG, chunk, halo_of(isp, name))
    assert (chunks - way(given, LONG)).abs().max() < 255 * FULL_SCALE


@streamed
@pytest.mark.parametrize("turned", [False, True], ids=["columns", "rows"])
def test_model_in_tiles(name: str, turned: bool) -> None:
    isp, passage = make_isp(seed=4, ends=0.1, sizes=SMALL), Passage.whole(3)
    given = given_to(isp, name, random_quads(5, 3, (160, 6) if turned else (6, 160), 0.1, 0.6), passage)
    way = ways(isp)[name]

    def flat(x: Tensor, where: Passage) -> Tensor:
        return way(x.mT, where).mT if turned else way(x, where)

    given = given.mT if turned else given
    tiles = in_tiles(flat, given, passage, 40, isp.reach)
    assert (tiles - flat(given, passage)).abs().max() < 255 * FULL_SCALE


def support(out: Tensor, *inputs: Tensor) -> int:
    """How far from the middle an input has a gradient of the middle output, in quads: (..., n, n) all of them."""
    middle = out.shape[-1] // 2
    grads = torch.autograd.grad(out[..., middle, middle].sum(), inputs, allow_unused=True)
    seen = [g.flatten(0, -3).abs().sum(0).nonzero() - middle for g in grads if g is not None]
    return max(int(places.abs().max()) for places in seen)


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.name != "network"], ids=str)
def test_reach_of_a_layer(layer: Layer) -> None:
    """Exactly what its parts add up to; a temporal layer's `reach` is that of one of its two steps.

    A network's counts the way back with the restorer, see the model's.
    """
    module = randomised(layer.make(), 3)
    luma, chroma = (x.requires_grad_() for x in planes(4, 5, (41, 41)))
    steps = 2 if layer.timed else 1
    found = []
    for way in (layer.forward, layer.inverse):
        found += [support(way(module, luma, chroma, Passage.whole(5))[frame], luma, chroma) for frame in (1, 2, 3)]
    assert max(found) == steps * module.reach


def test_reach_of_learned_chroma() -> None:
    module = randomised(LearnedChroma(6, 3), 4)
    quads, chroma = random_quads(5, 1, (31, 31), 0.1).requires_grad_(), planes(6, 1, (31, 31))[1] / 4
    assert support(module(quads, chroma.requires_grad_(), FACTS), quads, chroma) == module.reach


def test_reach_of_the_restorer() -> None:
    module = randomised(Restorer(6, 3), 5)
    given = torch.cat(planes(7, 1, (31, 31)), dim=1).requires_grad_()
    syndrome = (planes(8, 1, (31, 31))[1] / 8).requires_grad_()
    out = module(given, syndrome, torch.tensor([0.02]), FACTS[None])
    assert support(out, given, syndrome) == module.reach


def _felt(way: Way, given: Tensor, passage: Passage, place: tuple[Any, ...], frame: int) -> bool:
    """Whether the middle column of `frame` feels another input at `place`. Gradients would miss the syndrome's way."""
    other, middle = given.clone(), given.shape[-1] // 2
    other[place] = given[place].flip(-2) * 0.5 + 0.1
    return not torch.equal(way(other, passage)[frame, ..., middle], way(given, passage)[frame, ..., middle])


def test_halos_of_the_model_are_not_far_too_wide() -> None:
    """The widest way, recovery, feels what is a quarter of `reach` away; every way uses all of `frames`."""
    isp, passage = make_isp(seed=6, ends=0.3, sizes=SMALL), Passage.whole(13)
    quads = random_quads(7, 13, (6, 2 * isp.reach + 9), 0.1, 0.6)
    for name, way in ways(isp).items():
        given, halo = given_to(isp, name, quads, passage), halo_of(isp, name)
        felt = [_felt(way, given, passage, (frame + gap,), frame) for frame in (6, 7) for gap in (-halo, halo)]
        assert any(felt), name
    far = given.shape[-1] // 2 - isp.reach // 4  # what comes from further drowns in the digits of float32
    assert _felt(ways(isp)["recover"], given_to(isp, "recover", quads, passage), passage, (..., slice(None, far)), 6)


@streamed
def test_what_lies_beyond_the_halos_changes_nothing(name: str) -> None:
    isp, passage = make_isp(seed=8, ends=0.3, sizes=SMALL), Passage.whole(13)
    given = given_to(isp, name, random_quads(9, 13, (6, 2 * isp.reach + 9), 0.1, 0.6), passage)
    way, frame, middle = ways(isp)[name], 6, isp.reach + 4
    start = way(given, passage)[frame, ..., middle]
    for beyond in (slice(None, middle - isp.reach), slice(middle + isp.reach + 1, None)):
        other = given.clone()
        other[..., beyond] = given[..., beyond].flip(0) * 0.5 + 0.1
        assert torch.equal(way(other, passage)[frame, ..., middle], start)
    halo = halo_of(isp, name)
    for frames in (slice(None, frame - halo), slice(frame + halo + 1, None)):
        other = given.clone()
        other[frames] = given[frames].flip(-1) * 0.5 + 0.1
        assert torch.equal(way(other, passage)[frame, ..., middle], start)

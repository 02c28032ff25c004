"""The mark: written, read back after what it must outlive, and not seen where it must not be."""

from __future__ import annotations

import io

import iicnet_kit
import numpy as np
import pytest
import torch
from embed_kit import picture, psnr
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidisp.codec.fields import RecordError
from vidisp.embed.conversion import Facts
from vidisp.embed.iicnet import brief, tiling
from vidisp.embed.iicnet.mark import Mark
from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape

SIZE = (240, 200)
FACTS = Facts("frames", 5, (237, 199), (40, 40, 80, 40, 40))
WEIGHTS = "0123456789ab"
MESSAGE = brief.to_bytes(FACTS, SIZE, WEIGHTS)
NETWORK = iicnet_kit.network("frames-jpeg-1")
MARK = Mark(NETWORK, 4, 75)
PICTURES = [picture(1, SIZE, shift) for shift in (0, 1, 2, 3, 4)]


def coded(still: np.ndarray, **options: object) -> np.ndarray:
    with io.BytesIO() as file:
        Image.fromarray(still).save(file, "JPEG", **options)
        return np.asarray(Image.open(file).convert("RGB"))


@pytest.fixture(scope="module")
def still() -> np.ndarray:
    return tiling.embed(NETWORK, PICTURES, 75, MESSAGE)


def test_it_leaves_what_the_network_put_there(still):
    """Another message moves the still elsewhere, and nothing of what comes back but for rounding."""
    other = tiling.embed(NETWORK, PICTURES, 75, bytes(brief.SIZE))
    assert (np.abs(other.astype(int) - still) > 2).mean() > 0.2
    back, again = (tiling.restore(NETWORK, each, 4, 75)[1:] for each in (still, other))
    found = [(psnr(a, before), psnr(b, before)) for a, b, before in zip(back, again, PICTURES[1:], strict=True)]
    assert all(abs(first - second) < 0.5 for first, second in found)


@pytest.mark.parametrize("quality", [95, 90, 85, 75])
@pytest.mark.parametrize("first", [90, 75])
def test_it_outlives_jpeg_twice(still, first, quality):
    again = coded(coded(still, quality=first, subsampling=0), quality=quality, subsampling=0)
    assert brief.from_bytes(MARK.read(again, brief.SIZE), SIZE, WEIGHTS) == Facts("frames", 5, FACTS.size, (48,) * 5)
    assert MARK.legibility(again, MESSAGE) > 0.8


CHANGES = {
    "another picture": lambda still: picture(2, SIZE),
    "moved by half a block": lambda still: np.roll(still, 4, 1),
    "moved by a block": lambda still: np.roll(still, 8, 1),
    "coarse": lambda still: coded(still, quality=10, subsampling=0),
    "coarse colours": lambda still: np.asarray(Image.fromarray(still).convert("L").convert("RGB")),
    "upside down": lambda still: still[::-1],
    "grey": lambda still: np.full_like(still, 128),
    "black": lambda still: np.zeros_like(still),
    "painted": lambda still: np.where((np.arange(SIZE[0]) < 96)[None, :, None], np.uint8(90), still),
    "more contrast": lambda still: np.clip(1.8 * still.astype(float) - 90, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_not_legible_in_every_part(still, change):
    assert MARK.legibility(still, MESSAGE) > 0.95
    assert MARK.legibility(change(still), MESSAGE) < 0.6


def test_it_is_not_found_in_a_part(still):
    for part in (still[:192], still[:, :232], still[8:], PICTURES[0]):
        with pytest.raises(RecordError):
            brief.from_bytes(MARK.read(part, brief.SIZE), part.shape[1::-1], WEIGHTS)


def test_the_middle_of_a_large_still_is_enough(still, monkeypatch):
    monkeypatch.setattr("vidisp.embed.iicnet.mark._ENOUGH", 300)
    assert MARK.read(still, brief.SIZE) == MESSAGE


def test_strips_and_tiles_do_not_show(still, monkeypatch):
    monkeypatch.setattr("vidisp.embed.iicnet.mark._ROWS", 4)
    monkeypatch.setattr(tiling, "_LARGEST", 5 * 96 * 96)
    assert MARK.legibility(tiling.embed(NETWORK, PICTURES, 75, MESSAGE), MESSAGE) > 0.95


def test_saturated_pictures_carry_it_too():
    bright = [np.clip(each.astype(int) + 90, 0, 255).astype(np.uint8) for each in PICTURES]
    bright[0][:80] = 255
    still = coded(tiling.embed(NETWORK, bright, 75, MESSAGE), quality=90, subsampling=0)
    assert MARK.legibility(still, MESSAGE) > 0.8


def test_a_network_that_moves_nothing_leaves_no_mark():
    with pytest.raises(RecordError, match="no mark"):
        Mark(EmbeddingNetwork(Shape(others=1, carrier="png")), 1, None)


def test_impressing_moves_by_one_step_at_most():
    generator = torch.Generator().manual_seed(0)
    reference, *others = (0.3 + 0.4 * torch.rand((1, 3, 64, 64), generator=generator) for _ in range(5))
    odd = torch.rand((8, 8), generator=generator) < 0.5
    made = NETWORK.embed(reference, torch.stack(others, 1), 75)
    before, after = (MARK._places(each) for each in (made, MARK.impress(made, reference, odd)))
    assert ((after.round() % 2 == 1) == odd).all()
    assert (after - before).abs().max() < 1.1


@given(
    st.sampled_from([("frames", 9, 3_600_000), ("stereo", 2, 0), ("hidden", 2, 0), ("layers", 2, 0)]),
    st.tuples(st.integers(0, 7), st.integers(0, 7)),
)
@settings(max_examples=25, deadline=None)
def test_a_brief_comes_back(kind, added):
    task, count, lasting = kind
    facts = Facts(task, count, (400, 300), (lasting,) * count if lasting else ())
    still = (400 + added[0], 300 + added[1])
    data = brief.to_bytes(facts, still, WEIGHTS)
    assert len(data) == brief.SIZE
    assert brief.from_bytes(data, still, WEIGHTS) == facts
    others = [(data, (still[0] + 8, still[1]), WEIGHTS), (data, still, "other"), (b"\1" + data[1:], still, WEIGHTS)]
    for other in others:
        with pytest.raises(RecordError):
            brief.from_bytes(*other)


def test_a_brief_of_nonsense_is_refused():
    """The checksum alone says nothing about sense."""
    for first in (7 << 5 | 2, 0 << 5 | 1, 1 << 5 | 9):
        body = bytes([first]) + MESSAGE[1:5]
        with pytest.raises(RecordError):
            brief.from_bytes(body + brief._checksum(body, SIZE, WEIGHTS), SIZE, WEIGHTS)

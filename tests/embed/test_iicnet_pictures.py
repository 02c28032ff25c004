"""Which pictures go through the network in which order, and that tiles are the whole."""

from __future__ import annotations

import iicnet_kit
import numpy as np
import pytest
from embed_kit import clip, picture, psnr

from vidisp.embed.conversion import hiding, layers, sequence, views
from vidisp.embed.iicnet import tiling
from vidisp.embed.iicnet.arrange import arranged, other_count, rearranged
from vidisp.errors import InputError

MESSAGE = bytes(9)


def conversions():
    y, x = np.mgrid[:96, :112]
    alpha = np.clip(255 * (30 - np.hypot(x - 60, y - 50)) / 8 + 128, 0, 255).astype(np.uint8)
    yield sequence(clip(2), [40] * 2), 0
    yield sequence(clip(5), [40] * 5), 2
    yield sequence(clip(9), [40] * 9), 4
    yield views("stereo", picture(0), picture(1)), 0
    yield views("dual", picture(0), picture(1)), 0
    yield hiding(picture(0), [picture(1)]), None
    yield hiding(picture(0), [picture(1), picture(2)]), None
    yield layers(picture(0), alpha, picture(1)), None


@pytest.mark.parametrize(("conversion", "reference"), list(conversions()))
def test_what_goes_in_is_what_comes_out(conversion, reference):
    first, *others = arranged(conversion, other_count(conversion.facts))
    assert first is conversion.reference
    assert len(others) == other_count(conversion.facts)
    back = rearranged([first, *others], conversion.facts)
    assert len(back.pictures) == conversion.facts.count
    if reference is not None:
        assert back.pictures[reference] is first
    if conversion.alpha is None:
        assert all(np.array_equal(a, b) for a, b in zip(back.pictures, conversion.pictures, strict=True))


def test_layers_go_without_holes():
    *_, (conversion, _) = conversions()
    back = rearranged(arranged(conversion, 3), conversion.facts)
    front, behind = back.pictures
    alpha = conversion.alpha
    assert np.abs(back.alpha.astype(int) - alpha).max() <= 8
    assert set(back.alpha[(alpha <= 8) | (alpha >= 247)]) == {0, 255}
    assert np.array_equal(front[alpha > 0], conversion.pictures[0][alpha > 0])
    assert np.array_equal(front[alpha == 0], conversion.reference[alpha == 0])
    assert np.array_equal(behind, conversion.pictures[1])


def test_too_many():
    for conversion, most, said in ((sequence(clip(10), [40] * 10), 8, 9), (hiding(picture(0), clip(3)), 2, 2)):
        with pytest.raises(InputError, match=rf"too many for the method iicnet .*at most {said}, or --method payload"):
            arranged(conversion, most)


def test_padding_keeps_the_picture():
    padded = tiling.padded(picture(0, (109, 94)), 8)
    assert padded.shape == (96, 112, 3)
    assert np.array_equal(padded[:94, :109], picture(0, (109, 94)))
    assert np.array_equal(padded[94], padded[92])


def test_tiles_are_the_whole(monkeypatch):
    network = iicnet_kit.network("hide-png-1")
    pictures = [picture(seed, (200, 136)) for seed in range(3)]
    still = tiling.embed(network, pictures, None, MESSAGE)
    back = tiling.restore(network, still, 2, None)
    monkeypatch.setattr(tiling, "_LARGEST", 3 * 64 * 64)
    assert len(list(tiling._tiles(network, still, 3))) > 4
    # Sums in another order may round to another code.
    assert np.abs(tiling.embed(network, pictures, None, MESSAGE).astype(int) - still).max() <= 1
    pairs = zip(tiling.restore(network, still, 2, None), back, strict=True)
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in pairs)
    assert psnr(still, pictures[0]) < 50
    assert psnr(back[1], pictures[1]) > psnr(still, pictures[1])

"""Strips give what the whole picture gives."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import frames
from vidisp.isp import LiftISP, choose_look
from vidisp.stream import strips as module
from vidisp.stream.developer import Developer, Negative
from vidisp.stream.strips import strips, tiles


@given(st.integers(1, 500), st.integers(1, 5000), st.integers(0, 8))
def test_strips_cover_every_row_once_and_see_their_neighbours(rows, columns, reach):
    found = strips(rows, columns, reach)
    assert [row for strip in found for row in strip.inner] == list(range(rows))
    for strip in found:
        assert strip.outer.start == max(0, strip.inner.start - reach)
        assert strip.outer.stop == min(rows, strip.inner.stop + reach)


@given(st.integers(1, 600), st.integers(1, 900), st.integers(0, 60), st.integers(1, 1 << 18))
def test_tiles_cover_every_quad_once_and_see_their_neighbours(rows, columns, reach, largest):
    found = tiles(rows, columns, reach, largest)
    seen = np.zeros((rows, columns), int)
    for tile in found:
        seen[tile.write(1)] += 1
        for strip, side in ((tile.rows, rows), (tile.columns, columns)):
            assert strip.outer == range(max(0, strip.inner.start - reach), min(side, strip.inner.stop + reach))
    assert (seen == 1).all()
    if reach > 15:  # there are tiles as small as they may be: some `reach` rows and columns with as many around
        assert max(len(tile.rows.outer) * len(tile.columns.outer) for tile in found) <= max(largest, (4 * reach) ** 2)


def test_a_picture_that_fits_is_one_tile():
    assert len(tiles(360, 640, 49, 360 * 640)) == 1


@pytest.mark.parametrize("cfa", ["RGGB", "GRBG", "GBRG", "BGGR"])
@pytest.mark.parametrize("height", [96, 97])
def test_strips_change_nothing(monkeypatch, cfa, height):
    """Bright colours next to black, so that nothing is smooth; a strip of 16 rows against the whole picture."""
    frame = frames(1, width=61, height=height, cfa=cfa)[0]
    noise = np.random.default_rng(1).integers(0, 16384, frame.mosaic.shape).astype(np.uint16)
    frame = dataclasses.replace(frame, mosaic=noise)
    look = choose_look([frame])
    results = []
    for quads in (1 << 20, 16 * 31):
        monkeypatch.setattr(module, "_QUADS", quads)
        developer = Developer(LiftISP.id, look, torch.device("cpu"))
        picture = developer.render([frame])[0]
        mosaic = developer.recover([Negative(picture.yuv, frame.sensor)])[0]
        results.append((picture, mosaic))
    (a, before), (b, after) = results
    assert all(np.array_equal(p, q) for p, q in zip(a.yuv.planes, b.yuv.planes, strict=True))
    assert a.clipped == b.clipped
    assert np.array_equal(before, after)

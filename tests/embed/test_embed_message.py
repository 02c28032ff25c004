"""A message into a canvas and out of it: exact, for any size, and as little changed as theory says."""

from __future__ import annotations

import numpy as np
import pytest
from embed_kit import picture
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.embed.canvas import CodedPicture, Coefficients, Pixels
from vidisp.embed.payload.layout import plan
from vidisp.embed.payload.message import read_message, write_message
from vidisp.embed.payload.spread import Spread

keys = st.integers(0, 2**32 - 1)


def room_of(canvas) -> int:
    """Bytes of the largest message."""
    few, many = 0, 6 * sum(group.count for group in canvas.groups) // 8
    while few < many:
        middle = (few + many + 1) // 2
        few, many = (middle, many) if plan(canvas.groups, 8 * middle) else (few, middle - 1)
    return few


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(64, 90),
    height=st.integers(64, 90),
    share=st.floats(0, 1),
    key=keys,
    seed=st.integers(0, 2**32 - 1),
)
def test_pixels_give_back_any_message(width, height, share, key, seed):
    cover = picture(seed % 5, (width, height))
    canvas = Pixels(cover)
    size = max(1, int(share * room_of(canvas)))
    message = np.random.default_rng(seed).bytes(size)
    layout = plan(canvas.groups, 8 * size)
    write_message(canvas, layout, message, key)
    assert canvas.picture().dtype == np.uint8
    assert read_message(Pixels(canvas.picture()), layout, size, key) == message


@settings(max_examples=8, deadline=None)
@given(share=st.floats(0, 0.6), quality=st.sampled_from([50, 75, 90, 98]), seed=st.integers(0, 2**32 - 1))
def test_coefficients_give_back_any_message(share, quality, seed):
    canvas = Coefficients.of(picture(seed % 5, (117, 97)), quality)
    size = max(1, int(share * room_of(canvas)))
    message = np.random.default_rng(seed).bytes(size)
    write_message(canvas, plan(canvas.groups, 8 * size), message, seed)
    read = Coefficients(CodedPicture.from_bytes(canvas.to_bytes()))
    assert read.groups == canvas.groups
    assert read_message(read, plan(read.groups, 8 * size), size, seed) == message


@pytest.mark.parametrize("bits_a_sample", [0.2, 1.0, 1.7, 2.9, 4.2])
def test_the_squared_error_is_what_the_layout_says(bits_a_sample):
    cover = np.random.default_rng(0).integers(40, 216, (192, 256, 3)).astype(np.uint8)
    canvas = Pixels(cover)
    size = int(bits_a_sample * canvas.groups[0].count / 8)
    layout = plan(canvas.groups, 8 * size)
    write_message(canvas, layout, np.random.default_rng(1).bytes(size), 5)
    assert np.square(canvas.picture().astype(float) - cover).sum() == pytest.approx(layout.squared_error, rel=0.04)


def test_black_and_white_stay_in_range():
    cover = np.zeros((80, 80, 3), np.uint8)
    cover[:, 40:] = 255
    canvas = Pixels(cover)
    size = room_of(canvas)
    layout = plan(canvas.groups, 8 * size)
    message = bytes(size)
    write_message(canvas, layout, message, 1)
    assert read_message(canvas, layout, size, 1) == message
    assert np.abs(canvas.picture().astype(int) - cover).max() <= 4 * 32


def test_one_changed_sample_is_seen():
    canvas = Pixels(picture(1))
    message = np.random.default_rng(2).bytes(4000)
    layout = plan(canvas.groups, 8 * len(message))
    write_message(canvas, layout, message, 9)
    spoilt = canvas.picture().copy()
    spoilt.reshape(-1)[20_000] ^= 1
    assert read_message(Pixels(spoilt), layout, len(message), 9) != message


@given(count=st.integers(1, 3000), key=keys)
def test_the_walk_visits_every_slot_once(count, key):
    assert sorted(Spread(count, key).places(0, count)) == list(range(count))


def test_the_walk_is_even_at_any_length():
    places = Spread(100_000, 12345).places(0, 1000)
    assert np.ptp(np.histogram(places, 50, (0, 100_000))[0]) <= 4

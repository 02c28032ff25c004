"""Slots, and the header in the lowest bits of some of them."""

from __future__ import annotations

import zlib
from contextlib import suppress

import numpy as np
import pytest
from embed_kit import picture
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.codec.fields import RecordError
from vidisp.embed.canvas import HEADER_BITS, CodedPicture, Coefficients, Pixels
from vidisp.embed.conversion import Facts
from vidisp.embed.header import Header, read_copies, reserve, write_copies
from vidisp.errors import InputError

HEADER = Header("payload", Facts("frames", 5, (112, 96), (40,) * 5), {"bytes": 12345, "crc": 4294967295}, (112, 96))


def canvases():
    return [Pixels(picture(0)), Coefficients.of(picture(0), 90)]


@pytest.mark.parametrize("canvas", canvases(), ids=["pixels", "coefficients"])
def test_slots_and_header_do_not_meet(canvas):
    """Filling every slot leaves the header, and the other way round; every slot is a place of its own."""
    write_copies(canvas, HEADER)
    before = {}
    for number, group in enumerate(canvas.groups):
        places = np.arange(group.count)
        before[number] = canvas.take(number, places) ^ 1
        canvas.put(number, places, before[number])
    assert read_copies(canvas) == HEADER
    write_copies(canvas, HEADER)
    for number, group in enumerate(canvas.groups):
        assert np.array_equal(canvas.take(number, np.arange(group.count)), before[number])


def test_pixels_use_every_sample():
    canvas = Pixels(picture(0))
    assert canvas.groups[0].count + canvas.copies * HEADER_BITS == picture(0).size
    assert np.abs(canvas.picture().astype(int) - picture(0)).max() == 0


def test_coefficients_cost_what_they_do_to_the_picture():
    """A change of 1 in slots of each group, against the weight that the layout counts with."""
    grey = np.full((160, 160, 3), 128, np.uint8)
    rng = np.random.default_rng(0)
    for number, group in enumerate(Coefficients.of(grey, 75).groups):
        canvas = Coefficients.of(grey, 75)
        places = rng.choice(group.count, 40, replace=False)
        canvas.put(number, places, rng.choice([-1, 1], 40))
        error = np.square(canvas.picture().astype(float) - 128).sum()
        assert error == pytest.approx(40 * group.weight, rel=0.35), group


def test_a_jpeg_keeps_its_coefficients():
    canvas = Coefficients.of(picture(2, (101, 131)), 85)
    read = Coefficients(CodedPicture.from_bytes(canvas.to_bytes()))
    assert read.size == (101, 131)
    assert np.array_equal(read.picture(), canvas.picture())


@pytest.mark.parametrize("canvas", canvases(), ids=["pixels", "coefficients"])
def test_the_checksum_sees_every_slot_and_no_header(canvas):
    before = canvas.checksum()
    write_copies(reserve(canvas), HEADER)
    assert canvas.checksum() == before
    for number, group in enumerate(canvas.groups):
        place = np.array([group.count // 2])
        canvas.put(number, place, canvas.take(number, place) ^ 1)
        assert canvas.checksum() != before
        canvas.put(number, place, canvas.take(number, place) ^ 1)


@pytest.mark.parametrize("canvas", canvases(), ids=["pixels", "coefficients"])
def test_any_copy_is_enough(canvas):
    write_copies(canvas, HEADER)
    for copy in range(canvas.copies - 1):
        canvas.put_header(copy, np.zeros(HEADER_BITS, np.uint8))
        assert read_copies(canvas) == HEADER
    canvas.put_header(canvas.copies - 1, np.ones(HEADER_BITS, np.uint8))
    assert read_copies(canvas) is None


def test_small_pictures_hold_fewer_copies_or_none():
    assert Pixels(picture(0, (64, 64))).copies == 3
    assert Pixels(picture(0, (16, 16))).copies == 0
    assert read_copies(Pixels(picture(0, (16, 16)))) is None
    with pytest.raises(InputError, match="too small"):
        Coefficients.of(picture(0, (64, 64)), 90)


def test_the_longest_header_fits():
    rng = np.random.default_rng(0)
    durations = tuple(int(ms) for ms in rng.integers(1, 3_600_000, 16))
    facts = Facts("frames", 16, (16_000, 15_999), durations)
    assert (
        Header.from_bytes(
            Header("payload", facts, {"bytes": 2**31, "crc": zlib.crc32(b"x")}, facts.size).to_bytes()
        ).facts
        == facts
    )
    with pytest.raises(RecordError, match="too long"):
        Header("payload", facts, {"bytes": rng.bytes(300).hex()}, facts.size).to_bytes()


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 150), st.integers(0, 255))
def test_any_bytes_are_a_header_or_a_record_error(noise, at, value):
    spoilt = bytearray(HEADER.to_bytes())
    spoilt[at % len(spoilt)] ^= value
    for data in (noise, bytes(spoilt)):
        with suppress(RecordError):
            assert Header.from_bytes(data) == HEADER


@pytest.mark.parametrize(
    "change",
    [
        {"task": "film"},
        {"count": 17},
        {"count": 1},
        {"size": [4, 4]},
        {"size": [10**9, 10**9]},
        {"ms": [40]},
        {"ms": [0] * 5},
    ],
)
def test_facts_that_make_no_sense(change):
    with pytest.raises(RecordError):
        Facts.from_dict(HEADER.facts.to_dict() | change)

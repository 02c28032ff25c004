"""Planes, what is coded and what the still shows already, and the search for steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from embed_kit import clip, picture, psnr

from vidisp.codec.fields import RecordError
from vidisp.embed.conversion import Facts, known_pixels, middle_part, sequence
from vidisp.embed.payload import video
from vidisp.embed.payload.body import Body, pack_alpha, unpack_alpha
from vidisp.embed.payload.colours import SCALE, Colours, principal_axes
from vidisp.embed.payload.search import meet
from vidisp.embed.payload.stored import assemble, fill, stored_pictures
from vidisp.embed.payload.trial import Coder
from vidisp.errors import InputError


def test_planes_give_the_picture_back():
    for seed in range(3):
        pixels = picture(seed)
        colours = Colours(principal_axes([pixels]), SCALE)
        assert np.array_equal(colours.picture(colours.planes(pixels)), pixels)
    assert colours.orthonormal
    corners = np.array(list(itertools.product((0, 255), repeat=3)), np.uint8).reshape(2, 4, 3)
    assert np.array_equal(colours.picture(colours.planes(corners)), corners)


def test_the_first_axis_is_where_the_detail_is():
    grey = picture(0)[..., :1].repeat(3, -1)
    assert np.allclose(principal_axes([grey])[0], 3**-0.5, atol=1e-4)


@pytest.mark.parametrize("step", [1.2, 4.0, 9.7, 40.0])
def test_steps_are_what_was_asked_for(step):
    """A quantiser of that step leaves about its share of error where there is enough detail."""
    qp, scale = video.quantiser(step)
    assert 0.85 * SCALE < scale <= 1.001 * SCALE
    pixels = np.random.default_rng(0).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    colours = Colours(principal_axes([pixels]), scale)
    decoded = video.decode(video.encode([colours.planes(pixels)], qp, inter=False), 1, (96, 96))
    error = np.square(colours.picture(decoded[0]).astype(float) - pixels).mean()
    assert 0.5 < error / (step**2 / 12 + 1 / 12) < 2.5


def test_steps_that_the_codec_has_not():
    assert video.quantiser(video.FINEST)[0] == 0
    with pytest.raises(ValueError, match="not possible"):
        video.quantiser(0.5)


def test_a_stream_that_is_something_else():
    planes = Colours(principal_axes([picture(0)]), SCALE).planes(picture(0))
    stream = video.encode([planes], 20, inter=False)
    for wrong in (b"", b"no stream", stream[:50]):
        with pytest.raises(InputError):
            video.decode(wrong, 1, (112, 96))
    with pytest.raises(InputError, match="does not hold"):
        video.decode(stream, 2, (112, 96))
    with pytest.raises(InputError, match="does not hold"):
        video.decode(stream, 1, (96, 112))


def test_holes_are_filled_with_what_is_around_them():
    pixels = picture(1)
    holes = np.zeros(pixels.shape[:2], bool)
    holes[20:60, 30:90] = True
    filled = fill(pixels, holes)
    assert np.array_equal(filled[~holes], pixels[~holes])
    assert (
        np.abs(np.diff(filled[20:60, 30:90], axis=1)).mean()
        < 0.5 * np.abs(np.diff(pixels[20:60, 30:90], axis=1)).mean()
    )
    assert (fill(pixels, np.ones_like(holes)) == 0).all()
    flat = np.full_like(pixels, 77)
    assert np.array_equal(fill(flat, holes), flat)


def test_the_middle_frame_is_left_out_or_averaged():
    frames = clip(3)
    facts = Facts("frames", 3, (112, 96), (40,) * 3)
    known = known_pixels(facts, None)
    assert [mask is True for mask in known] == [False, True, False]
    assert len(stored_pictures(frames, known, whole=False)) == 2
    rng = np.random.default_rng(0)
    still, coded = (np.clip(frames[1] + rng.normal(0, 4, frames[1].shape), 0, 255).astype(np.uint8) for _ in range(2))
    alone = assemble([frames[0], frames[2]], still, facts, None, 0.0).pictures[1]
    both = assemble([frames[0], coded, frames[2]], still, facts, None, 0.5).pictures[1]
    assert np.array_equal(alone, still)
    assert psnr(both, frames[1]) > psnr(still, frames[1]) + 2


def test_what_a_trial_promises_comes_back():
    """The mean of stream and still is as good as the trial says it will be."""
    conversion = sequence(clip(3), [40] * 3)
    trial = Coder(conversion, whole=True).code(12.0)
    rng = np.random.default_rng(0)
    still = np.clip(np.rint(conversion.reference + rng.normal(0, 4, conversion.reference.shape)), 0, 255).astype(
        np.uint8
    )
    body = Body.from_bytes(trial.body(psnr(still, conversion.reference)).to_bytes())
    decoded = [body.colours.picture(planes) for planes in video.decode(body.stream, 3, (112, 96))]
    restored = assemble(decoded, still, conversion.facts, None, body.share).pictures
    found = np.mean([psnr(a, b) for a, b in zip(restored, conversion.pictures, strict=True)])
    assert found == pytest.approx(trial.restored(psnr(still, conversion.reference)), abs=0.15)


def test_a_body_that_makes_no_sense():
    body = Coder(sequence(clip(2), [40] * 2), whole=False).code(20.0).body(40.0)
    data = body.to_bytes()
    assert Body.from_bytes(data) == body
    for wrong in (b"", data[:30], b"\xff" * 60, data.replace(b"vd", b"vx")):
        with pytest.raises(RecordError):
            Body.from_bytes(wrong)
    for colours in (Colours(((1.0, 0.0, 0.0),) * 3, 9.0), Colours(body.colours.axes, 99.0)):
        with pytest.raises(RecordError):
            Body.from_bytes(Body(colours, 0.0, b"", b"").to_bytes())


def test_alpha_is_exact_or_refused():
    alpha = picture(0)[..., 0]
    assert np.array_equal(unpack_alpha(pack_alpha(alpha), (112, 96)), alpha)
    assert unpack_alpha(b"", (112, 96)) is None
    for data, size in ((pack_alpha(alpha), (96, 112)), (pack_alpha(alpha)[:200], (112, 96)), (b"x", (112, 96))):
        with pytest.raises(RecordError):
            unpack_alpha(data, size)


def test_the_middle_part():
    conversion = sequence(clip(2, (300, 70)), [40] * 2)
    part = middle_part(conversion, 128)
    assert part.facts.size == (128, 70)
    assert np.array_equal(part.pictures[1], conversion.pictures[1][:, 86:214])
    assert middle_part(part, 128) is part


@dataclass(frozen=True)
class FakeTrial:
    step: float


@pytest.mark.parametrize("slope", [3.0, 8.0, 25.0])
@pytest.mark.parametrize("root", [1.3, 4.0, 60.0])
def test_the_search_meets_its_aim(slope, root):
    tried = []

    def gap(trial):
        tried.append(trial.step)
        return slope * np.log2(trial.step / root)

    found = meet(FakeTrial, gap, start=4.0, tolerance=0.25, tries=9, above=False)
    assert abs(slope * np.log2(found.step / root)) <= 0.25
    found = meet(FakeTrial, gap, start=4.0, tolerance=0.3, tries=9, above=True)
    assert 0 <= slope * np.log2(found.step / root) <= 0.3
    assert all(video.FINEST <= step <= video.COARSEST for step in tried)


def test_the_search_ends_at_what_the_codec_has():
    fine = meet(FakeTrial, lambda trial: 9 + trial.step, start=4.0, tolerance=0.2, tries=7, above=False)
    coarse = meet(FakeTrial, lambda trial: np.log2(trial.step) - 20, start=4.0, tolerance=0.2, tries=9, above=True)
    assert (fine.step, coarse.step) == (pytest.approx(video.FINEST), pytest.approx(video.COARSEST))

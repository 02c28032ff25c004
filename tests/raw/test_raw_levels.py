"""Black levels, white levels, their deltas, and colour filter patterns."""

import numpy as np
import pytest
import raw_maker as maker
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import InputError
from vidisp.raw import CFA_PATTERNS, read_frame
from vidisp.raw.levels import bayer_pattern

SHORT, LONG, RATIONAL, SRATIONAL = 3, 4, 5, 10


def black_of(path, levels, repeat=None, **extra):
    mosaic = maker.noise(6, 8)
    tags = {"t50714": levels, "t50713": (SHORT, repeat) if repeat else None, **extra}
    return read_frame(maker.make_dng(path, mosaic, **tags)).sensor.black


@pytest.mark.parametrize(
    ("levels", "repeat", "black"),
    [
        ((SHORT, 64), None, (64, 64, 64, 64)),
        ((LONG, (1, 2, 3, 4)), (2, 2), (1, 2, 3, 4)),
        ((RATIONAL, (257, 4, 129, 2)), (1, 2), (64.25, 64.5, 64.25, 64.5)),
        ((SHORT, (5, 7)), (2, 1), (5, 5, 7, 7)),
        ((SHORT, (1, 2, 3, 4, 5, 6, 7, 8)), (2, 4), (2, 3, 6, 7)),
        ((SHORT, (3, 6, 9)), (1, 3), (6, 6, 6, 6)),
        ((SHORT, 9), (2, 2), (9, 9, 9, 9)),
        (None, None, (0, 0, 0, 0)),
    ],
)
def test_black_level_patterns(tmp_path, levels, repeat, black):
    assert black_of(tmp_path / "a.dng", levels, repeat) == black


def test_the_black_pattern_starts_at_the_active_area(tmp_path):
    black = black_of(tmp_path / "a.dng", (SHORT, (1, 2, 3, 4)), (2, 2), t50829=(LONG, (1, 1, 6, 8)))
    assert black == (1, 2, 3, 4)


@settings(deadline=None, max_examples=30)
@given(
    across=st.lists(st.integers(-40, 40), min_size=8, max_size=8),
    down=st.lists(st.integers(-40, 40), min_size=6, max_size=6),
)
def test_black_deltas_are_folded_in(tmp_path_factory, across, down):
    """What counts is the sample minus its black: it must be that of the specification to half a DN."""
    mosaic = maker.noise(6, 8) + np.uint16(500)
    pairs = [(SRATIONAL, [n for v in values for n in (v, 4)]) for values in (across, down)]
    path = tmp_path_factory.mktemp("dng") / "a.dng"
    frame = read_frame(maker.make_dng(path, mosaic, t50715=pairs[0], t50716=pairs[1]))
    signal = frame.mosaic - np.tile(np.array(frame.sensor.black).reshape(2, 2), (3, 4))
    want = mosaic - 64.0 - np.array(across) / 4 - np.array(down)[:, None] / 4
    assert np.abs(signal - want).max() <= 0.5 + 1e-3


def test_white_level_defaults_to_what_the_samples_can_hold(tmp_path):
    path = maker.make_dng(tmp_path / "a.dng", maker.noise(4, 4, 10), bits=10, t50717=None)
    assert read_frame(path).sensor.white == 1023


def test_samples_above_white_and_below_black_stay(tmp_path):
    mosaic = np.array([[0, 10], [60000, 65535]], np.uint16)
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", mosaic, t50717=(LONG, 4000), t50714=(SHORT, 512)))
    np.testing.assert_array_equal(frame.mosaic, mosaic)


def test_levels_that_cannot_be_are_refused_with_the_file(tmp_path):
    path = maker.make_dng(tmp_path / "a.dng", maker.noise(4, 4), t50717=(LONG, 10))
    with pytest.raises(InputError, match=r"a\.dng.*white level 10"):
        read_frame(path)


@pytest.mark.parametrize("cfa", CFA_PATTERNS)
def test_repeated_bayer_patterns_are_bayer(cfa):
    assert bayer_pattern(np.tile(np.array(list(cfa)).reshape(2, 2), (2, 3))) == cfa

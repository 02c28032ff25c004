"""Tags: which are carried, which are private, and their way through JSON."""

import base64
import json
import math

import pytest
import raw_maker as maker
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import InputError, VidispError
from vidisp.raw import Tag, is_private, read_frame, tag_from_json, tag_name, tag_to_json
from vidisp.raw.tags import MAX_TAG_BYTES, NAMES, NEVER_CARRIED
from vidisp.raw.values import TYPE_SIZE, tag_bytes, tag_value

NUMBERS = {
    1: st.binary(min_size=1, max_size=9),
    2: st.one_of(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)),
    3: st.integers(0, 65535),
    4: st.integers(0, 2**32 - 1),
    6: st.integers(-128, 127),
    7: st.binary(min_size=1, max_size=9),
    8: st.integers(-(2**15), 2**15 - 1),
    9: st.integers(-(2**31), 2**31 - 1),
    11: st.floats(width=32, allow_nan=False),
    12: st.floats(allow_nan=False),
}


@st.composite
def tags(draw):
    code = draw(st.integers(0, 65535))
    place = draw(st.sampled_from(["main", "exif", "gps"]))
    dtype = draw(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]))
    if dtype in (1, 7):
        value = draw(NUMBERS[dtype])
        return Tag(code, dtype, len(value), value, place)
    if dtype == 2:
        value = draw(NUMBERS[2])
        return Tag(code, dtype, len(value.encode()) + 1, value, place)
    one = NUMBERS[{5: 4, 10: 9, 13: 4}.get(dtype, dtype)]
    if dtype in (5, 10):
        pairs = draw(st.lists(st.tuples(one, one), min_size=1, max_size=4))
        return Tag(code, dtype, len(pairs), tuple(n for pair in pairs for n in pair), place)
    values = draw(st.lists(one, min_size=1, max_size=6))
    return Tag(code, dtype, len(values), values[0] if len(values) == 1 else tuple(values), place)


@settings(deadline=None)
@given(tags())
def test_a_tag_survives_json_and_bytes(tag):
    assert tag_from_json(json.loads(json.dumps(tag_to_json(tag), allow_nan=False))) == tag
    assert tag_value(tag_bytes(tag), tag.dtype, "<") == tag.value


def test_not_a_number_survives_too():
    tag = Tag(51041, 12, 2, (math.nan, 1.0))
    assert math.isnan(tag_from_json(tag_to_json(tag)).value[0])


@pytest.mark.parametrize("data", [b"abc", b"abc\0\0", b"a\0b\0", b"\xe4\0", b""])
def test_text_that_is_no_clean_text_stays_bytes(data):
    assert tag_value(data, 2, "<") == data


GOOD = {"code": 270, "dtype": 3, "count": 1, "ifd": "main", "data": base64.b64encode(b"ab").decode()}


@pytest.mark.parametrize(
    "change",
    [
        *({key: value} for key in ("code", "dtype", "count") for value in (None, -1, 1.0, True, "1", 1 << 40)),
        *({"ifd": value} for value in (None, "", "Main", 3, ["main"])),
        *({"data": value} for value in (None, 7, "??", "YQ==", "YWJj", "YW", "ä", [1])),
        {"dtype": 0},
        {"dtype": 2, "data": None, "text": 5},
        {"dtype": 2, "text": "a"},
        {"text": "ab"},
        {"count": 0},
        {"count": 1 << 20, "dtype": 12},
    ],
)
def test_json_that_is_not_a_tag_is_refused(change):
    assert tag_from_json(GOOD).value == 25185
    with pytest.raises(InputError):
        tag_from_json({**GOOD, **change})


@pytest.mark.parametrize("item", [None, [], "tag", 3, {}, {"code": 1}])
def test_json_of_another_kind_is_refused(item):
    with pytest.raises(InputError):
        tag_from_json(item)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "text"]), children),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_gives_a_tag_or_a_refusal(item):
    try:
        tag = tag_from_json(item)
    except InputError:
        return
    assert len(tag_bytes(tag)) == tag.count * TYPE_SIZE[tag.dtype]


@pytest.mark.parametrize(
    "tag",
    [
        Tag(42033, 2, 4, "123", "exif"),
        Tag(42037, 2, 4, "123", "exif"),
        Tag(50735, 2, 4, "123"),
        Tag(42032, 2, 4, "Ann", "exif"),
        Tag(315, 2, 4, "Ann"),
        Tag(37500, 7, 3, b"123", "exif"),
        Tag(50740, 1, 3, b"123"),
        Tag(42016, 2, 4, "123", "exif"),
        Tag(700, 1, 3, b"<x>"),
        Tag(2, 5, 3, (1, 1, 2, 1, 3, 1), "gps"),
        Tag(64999, 7, 3, b"???"),
    ],
)
def test_private_tags(tag):
    assert is_private(tag)
    assert tag_name(tag)


@pytest.mark.parametrize("code", [305, 33432, 33434, 36867, 42036, 50708, 50730, 51009, 51081])
def test_public_tags(code):
    assert not is_private(Tag(code, 2, 1, ""))


def test_what_is_carried_is_not_what_is_written_anew():
    never = {256, 273, 324, 330, 50712, 50714, 50717, 50829, 50972, 51111, 34665, 34853, 50728, 274}
    assert never <= NEVER_CARRIED
    assert {51008, 51009, 51022, 50730, 33432, 305, 50738, 51058} <= NAMES.keys() - NEVER_CARRIED


def test_what_a_frame_carries(tmp_path):
    big = bytes(MAX_TAG_BYTES + 1)
    extra = {
        **{
            "t270": (2, "rain"),
            "t305": (2, "fw 1.0"),
            "t315": (2, "Ann"),
            "t51008": (7, b"one"),
            "t51009": (7, b"two"),
        },
        **{"t50781": (1, bytes(16)), "t700": (1, b"<x/>"), "t60000": (7, big), "t60001": (7, b"!")},
    }
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", maker.noise(8, 8), **extra))
    assert [tag.code for tag in frame.tags] == [270, 305, 315, 700, 51008, 51009, 60001]
    cropped = read_frame(maker.make_dng(tmp_path / "b.dng", maker.noise(8, 8), t50829=(4, (2, 2, 8, 8)), **extra))
    assert 51008 not in {tag.code for tag in cropped.tags}, "it counts from the corner that was cropped away"


def test_a_million_tags_are_bounded(tmp_path):
    extra = {f"t{code}": (7, bytes(3000)) for code in range(60000, 62000)}
    frame = read_frame(maker.make_dng(tmp_path / "a.dng", maker.noise(8, 8), **extra))
    assert len(frame.tags) <= 512


@pytest.mark.parametrize("value", ["text", 1.5, (1, 2, 3), b"1", -1])
def test_a_value_that_does_not_fit_its_type_is_an_error_of_ours(value):
    with pytest.raises(VidispError):
        tag_bytes(Tag(270, 3, 2, value))

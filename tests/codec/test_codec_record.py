from __future__ import annotations

import json
import struct
import zlib
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import pytest
from codec_clips import a_clip
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.codec import ClipRecord, FrameRecord, RecordError
from vidisp.codec.comment import from_comment, to_comment
from vidisp.codec.message import KIND_CLIP, KIND_FRAME, KIND_TABLE, MAX_JSON_BYTES, Budget, pack
from vidisp.codec.record import table_from_bytes, table_to_bytes

NATURAL = st.integers(0, 2**53)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=6,
)  # fmt: skip
FRAMES = st.builds(
    FrameRecord,
    index=NATURAL, number=NATURAL, segment=NATURAL, position=NATURAL, clipped=NATURAL,
    changes=st.dictionaries(st.text(), JSON, max_size=3),
    clip_id=st.from_regex("[0-9a-f]{16}", fullmatch=True),
    order=NATURAL, checksum=st.integers(0, 2**32 - 1),
    quantiser=st.none() | st.floats(0, 100),
    cut=st.booleans(), last=st.booleans(),
)  # fmt: skip


@given(FRAMES)
@settings(deadline=None, max_examples=50)
def test_frame_record_round_trip(record: FrameRecord) -> None:
    assert FrameRecord.from_bytes(record.to_bytes()) == record


@given(st.lists(FRAMES, max_size=4))
@settings(deadline=None, max_examples=20)
def test_frame_table_round_trip(records: list[FrameRecord]) -> None:
    assert table_from_bytes(table_to_bytes(records)) == tuple(records)


@given(
    st.text(max_size=40),
    st.booleans(),
    st.dictionaries(st.text(), JSON, max_size=3),
    st.fractions(1, 1000, max_denominator=2000),
)
@settings(deadline=None, max_examples=30)  # fmt: skip
def test_clip_record_round_trip(name: str, private: bool, look: dict, fps: Fraction) -> None:
    record = a_clip(name=name, private=private, look=look, fps=fps)
    assert ClipRecord.from_bytes(record.to_bytes()) == record
    assert ClipRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def test_the_first_files_are_read_as_they_were_written() -> None:
    row = [3, 1003, 0, 3, 0, {}, "00112233aabbccdd", 3, 77, 12.5]
    record = FrameRecord.from_bytes(pack(KIND_FRAME, row))
    assert (record.cut, record.last, record.quantiser) == (False, False, 12.5)
    assert record.to_bytes() == pack(KIND_FRAME, row)
    values = json.loads(json.dumps(a_clip().to_dict()))
    del values["conditions"]
    assert ClipRecord.from_dict(values) == a_clip()
    assert a_clip().conditions == {}


@pytest.mark.parametrize("tail", [[True], [1, 0], [None, False], [True, True, True], ["", ""]])
def test_a_frame_record_with_a_strange_end_is_refused(tail: list) -> None:
    with pytest.raises(RecordError):
        FrameRecord.from_bytes(pack(KIND_FRAME, [3, 1003, 0, 3, 0, {}, "00112233aabbccdd", 3, 77, 12.5, *tail]))


def test_conditions_come_back() -> None:
    clip = a_clip(conditions={"step": 3.15, "noise": 0.8}, model="flow-s-1", model_hash="ab" * 32)
    assert ClipRecord.from_bytes(clip.to_bytes()) == clip


def test_a_frame_record_is_small() -> None:
    record = FrameRecord(123, 4567, 3, 17, clip_id="0123456789abcdef", checksum=2**32 - 1, quantiser=17.5)
    assert len(record.to_bytes()) < 100


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=100)
def test_random_bytes_raise_nothing_but_record_error(data: bytes) -> None:
    for read in (ClipRecord.from_bytes, FrameRecord.from_bytes, table_from_bytes):
        with pytest.raises(RecordError):
            read(data)


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_a_damaged_record_is_noticed(data: st.DataObject) -> None:
    good = bytearray(a_clip().to_bytes())
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RecordError):
        ClipRecord.from_bytes(bytes(good))
    with pytest.raises(RecordError):
        ClipRecord.from_bytes(a_clip().to_bytes()[:at])


@given(
    st.sampled_from([KIND_CLIP, KIND_FRAME]), JSON | st.dictionaries(st.sampled_from(list(a_clip().to_dict())), JSON)
)
@settings(deadline=None, max_examples=100)  # fmt: skip
def test_well_sealed_nonsense_raises_nothing_but_record_error(kind: int, value: object) -> None:
    with pytest.raises(RecordError):
        (ClipRecord if kind == KIND_CLIP else FrameRecord).from_bytes(pack(kind, value))


@given(st.sampled_from(list(a_clip().to_dict())), JSON)
@settings(deadline=None, max_examples=150)
def test_one_wrong_field_is_refused_or_harmless(key: str, value: object) -> None:
    with suppress(RecordError):
        ClipRecord.from_bytes(pack(KIND_CLIP, a_clip().to_dict() | {key: value}))


@given(st.sampled_from(list(a_clip().to_dict()["sensor"])), JSON)
@settings(deadline=None, max_examples=100)
def test_a_wrong_sensor_is_refused_or_harmless(key: str, value: object) -> None:
    values = a_clip().to_dict()
    with suppress(RecordError):
        ClipRecord.from_dict(values | {"sensor": values["sensor"] | {key: value}})


def sealed(text: bytes, size: int | None = None, deflate: bool = True) -> bytes:
    body = zlib.compress(text, 9) if deflate else text
    size = len(text) if size is None else size
    return struct.pack(">2sBBBII", b"vd", KIND_CLIP, 1, deflate, zlib.crc32(body), size) + body


HOSTILE = {
    "deep list": sealed(b"[" * 100_000),
    "deep object": sealed(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "NaN": sealed(b"NaN"),
    "huge number": sealed(b"1" * 10_000),
    "no UTF-8": sealed(b"\xff\xfe"),
    "states too much": sealed(b"{}", size=2**31),
    "states too little": sealed(b"{}", size=1),
    "states one more": sealed(b"{}", size=3),
    "too large": sealed(bytes(MAX_JSON_BYTES + 1)),
    "inflates further": sealed(bytes(10_000_000), size=100),
    "no fields": sealed(b"{}", deflate=False),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies(data: bytes) -> None:
    with pytest.raises(RecordError):
        ClipRecord.from_bytes(data)


def test_a_newer_version_is_named() -> None:
    data = bytearray(a_clip().to_bytes())
    data[3] = 2
    with pytest.raises(RecordError, match=r"version 2.*newer vidisp"):
        ClipRecord.from_bytes(bytes(data))


def test_what_is_no_json_cannot_be_written() -> None:
    with pytest.raises(RecordError):
        a_clip(look={"x": float("nan")}).to_bytes()
    with pytest.raises(RecordError):
        a_clip(look={"x": object()}).to_bytes()


def test_comment_round_trip_and_strangers() -> None:
    clip, frames = a_clip(), [FrameRecord(i, i, 0, i) for i in range(5)]
    text = to_comment(clip, frames)
    assert from_comment(text) == (clip, tuple(frames))
    assert from_comment(f"a note before {text}") == (clip, tuple(frames))
    assert from_comment("holiday 2024") == (None, ())
    assert from_comment(text[:200]) == (None, ())
    assert from_comment("vidisp1:!!!,===,AAAA") == (None, ())


def test_many_small_messages_do_not_unfold_without_end() -> None:
    bomb = pack(KIND_TABLE, [[0] * 10] * 700_000)
    budget = Budget()
    assert sum(budget.allows(bomb) for _ in range(100)) < 10
    assert budget.allows(b"not ours") is False


def test_a_long_clip_fits_into_its_comment() -> None:
    frames = [FrameRecord(i, i, i // 48, i % 48, changes={"tags": "x" * 1000}) for i in range(9000)]
    assert from_comment(to_comment(a_clip(), frames)) == (a_clip(), tuple(frames))


def test_coded_size_is_even() -> None:
    sensor = replace(a_clip().sensor, width=95, height=63)
    assert a_clip(sensor=sensor).coded_size == (96, 64)

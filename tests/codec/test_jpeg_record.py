"""The record of a still: there and back, in two carriers, and whatever is wrong with it, one clear error."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from codec_clips import a_sensor
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.codec import RecordError, State
from vidisp.codec.bitstream.jpeg import segments
from vidisp.codec.jpeg import (
    Components,
    StillRecord,
    assemble,
    blocks_of,
    coded_checksum,
    decode,
    encode,
    fit,
    open_jpeg,
)
from vidisp.codec.jpeg.carriers import extract
from vidisp.codec.message import KIND_STILL, pack
from vidisp.errors import InputError, NotRecoverableError, VidispError

APP1, APP11, COM = 0xE1, 0xEB, 0xFE
RECORD = StillRecord(
    producer="vidisp 0.1.0",
    model="lift-1",
    sensor=a_sensor(),
    subsampling="420",
    step=7,
    extent=((0, 900), (1, 901), (2, 902), (3, 65535)),
    clipped=3,
    coded=2**32 - 1,
    samples=17,
    blocks=bytes(range(64)),
    look={"gains": [1, 1, 1]},
    fps=Fraction(24000, 1001),
    timecode=bytes(range(8)),
    name="IMG_1 ✓",
    tags=({"code": 306, "dtype": 2, "count": 2, "ifd": "main", "text": "a"},),
)


def a_picture(width: int = 96, height: int = 64) -> Components:
    y, x = np.mgrid[:height, :width]
    luma = (60 + 1.2 * x + 30 * (y > height // 3) + 10 * np.sin(x * y / 50)).clip(0, 255).astype(np.uint8)
    chroma = (100 + y[::2, ::2] / 2).astype(np.uint8)
    return Components(luma, chroma, 255 - chroma)


def a_file(picture: Components, **changes: object) -> bytes:
    coded = encode(picture, 4)
    decoded = fit(decode(coded), "420")
    known = {"coded": coded_checksum(coded), "samples": decoded.checksum(), "blocks": blocks_of(decoded.y)}
    return assemble(coded, b"II*\0", replace(RECORD, **(known | changes)))


def without(data: bytes, *markers: int) -> bytes:
    """The file without segments of these kinds."""
    out = data[:2]
    for marker, body in segments(data):
        if marker == 0xDA:
            return out + b"\xff\xda" + body
        if marker not in markers:
            out += bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    raise AssertionError("no scan")


def opened(tmp_path: Path, data: bytes):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    return open_jpeg(path)


def test_there_and_back() -> None:
    assert StillRecord.from_bytes(RECORD.to_bytes()) == RECORD
    bare = replace(RECORD, fps=None, timecode=None, model_hash="ab")
    assert StillRecord.from_bytes(bare.to_bytes()) == bare
    assert RECORD.coded_size == (96, 64)
    assert "tags" not in repr(RECORD)


BAD = {
    "subsampling": "411", "step": 256, "extent": [0] * 7, "blocks": "00", "timecode": "x", "fps": [1, 0],
    "sensor": {}, "clipped": -1, "coded": 1.5, "tags": [1], "look": None, "model": 3, "version": 0,
}  # fmt: skip


@pytest.mark.parametrize("field", BAD)
def test_fields_that_make_no_sense(field: str) -> None:
    values = json.loads(json.dumps(RECORD.to_dict())) | {field: BAD[field]}
    with pytest.raises(RecordError):
        StillRecord.from_bytes(pack(KIND_STILL, values))


def test_an_extent_that_is_no_dn() -> None:
    values = json.loads(json.dumps(RECORD.to_dict())) | {"extent": [0.5] * 8}
    with pytest.raises(RecordError, match="extent"):
        StillRecord.from_dict(values)


@settings(max_examples=30)
@given(st.recursive(st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_any_json_is_a_record_error(values: object) -> None:
    with pytest.raises(RecordError):
        StillRecord.from_dict(values)


@pytest.mark.parametrize("lost", [(), (APP11,), (COM,), (APP1, APP11), (APP1, COM)])
def test_either_carrier_is_enough(tmp_path: Path, lost: tuple[int, ...]) -> None:
    """And what surrounds the picture is not what its checksum is of."""
    file = opened(tmp_path, without(a_file(a_picture()), *lost))
    assert file.record == file.require_recoverable()
    assert file.record.tags == RECORD.tags
    assert file.status.state is State.RECOVERABLE


def test_without_both_there_is_no_way_back(tmp_path: Path) -> None:
    file = opened(tmp_path, without(a_file(a_picture()), APP11, COM))
    assert file.status.state is State.FOREIGN
    with pytest.raises(NotRecoverableError, match="not rendered by vidisp"):
        file.require_recoverable(force=True)


def test_many_tags_go_into_app11_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tags = ({"code": 50938, "text": rng.bytes(150_000).hex()},)
    data = a_file(a_picture(), tags=tags)
    assert opened(tmp_path, data).record.tags == tags
    small = opened(tmp_path, without(data, APP11))
    assert small.record.tags == ()
    assert small.status.state is State.RECOVERABLE


def test_exif_comes_where_readers_look_for_it() -> None:
    kinds = [marker for marker, _ in segments(a_file(a_picture()))]
    assert kinds[:2] == [0xE0, APP1]


def test_the_same_coefficients_coded_in_another_way(tmp_path: Path) -> None:
    """As jpegtran does: it gives the same samples, and so the same RAW."""
    data = a_file(a_picture(), coded=1)
    file = opened(tmp_path, data)
    assert file.status.state is State.RECOVERABLE
    assert "another way" in file.status.reason
    assert file.require_recoverable()


def test_saved_again_needs_force(tmp_path: Path) -> None:
    file = opened(tmp_path, a_file(a_picture(), coded=1, samples=1))
    with pytest.raises(NotRecoverableError, match=r"saved the picture again .*--force"):
        file.require_recoverable()
    assert file.require_recoverable(force=True) == file.record


CHANGES = {
    "was rotated by 90 degrees": lambda plane: np.rot90(plane, -1),
    "was rotated by 180 degrees": lambda plane: np.rot90(plane, 2),
    "was rotated by 270 degrees": lambda plane: np.rot90(plane),
    "was mirrored left to right": lambda plane: plane[:, ::-1],
    "was mirrored top to bottom": lambda plane: plane[::-1],
    "was mirrored about its diagonal": lambda plane: plane.T,
    "was cropped from 96x64 to 48x48": lambda plane: plane[len(plane) // 4 :, : plane.shape[1] // 2],
    "was resized from 96x64 to 48x32": lambda plane: plane[::2, ::2],
}


@pytest.mark.parametrize("size", [(96, 64), (96, 96)])
@pytest.mark.parametrize("change", CHANGES)
def test_what_was_done_to_a_picture_is_named(tmp_path: Path, change: str, size: tuple[int, int]) -> None:
    picture = a_picture(*size)
    was = fit(decode(encode(picture, 4)), "420")
    sensor = replace(RECORD.sensor, width=size[0], height=size[1])
    turned = Components(*(np.ascontiguousarray(CHANGES[change](plane)) for plane in picture.planes))
    data = a_file(turned, coded=1, samples=was.checksum(), blocks=blocks_of(was.y), sensor=sensor)
    if size != (96, 64):
        change = change.replace("96x64 to 48x48", "96x96 to 48x72").replace("96x64 to 48x32", "96x96 to 48x48")
    with pytest.raises(NotRecoverableError, match=f"{change}: "):
        opened(tmp_path, data).require_recoverable(force=True)


def test_a_truncated_file_is_damaged(tmp_path: Path) -> None:
    data = a_file(a_picture())
    file = opened(tmp_path, data[: len(data) * 4 // 5])
    assert file.status.state is State.DAMAGED
    with pytest.raises(InputError, match="cut off"):
        file.require_recoverable(force=True)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xd9", b"\xff\xd8" + b"\xff\xc0\0\x04\0\0" * 3])
def test_no_jpeg_at_all(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="is no JPEG"):
        opened(tmp_path, data)
    with pytest.raises(InputError, match="no such file"):
        open_jpeg(tmp_path / "nowhere.jpg")


def test_a_picture_of_gigabytes_is_not_decoded(tmp_path: Path) -> None:
    data = a_file(a_picture())
    at = data.index(b"\xff\xc2") + 5
    with pytest.raises(InputError, match="65535x65535"):
        opened(tmp_path, data[:at] + b"\xff" * 4 + data[at + 4 :])


def test_damage_anywhere_is_an_error_of_ours_or_none(tmp_path: Path) -> None:
    data, rng = bytearray(a_file(a_picture())), np.random.default_rng(1)
    for _ in range(150):
        broken = data.copy()
        for at in rng.integers(2, len(data), 3):
            broken[at] = rng.integers(256)
        with suppress(VidispError):
            file = opened(tmp_path, bytes(broken))
            file.components(file.require_recoverable(force=True))


def test_a_comment_of_somebody_else_is_no_record() -> None:
    coded = encode(a_picture(), 4)
    for text in (b"hello", b"vidisp1:AAAA", b"vidisp1:%%%", b"vidisp1:" + b"dmQF" * 20):
        data = coded[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + coded[2:]
        assert extract(data) is None

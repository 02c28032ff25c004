from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.codec.bitstream import Carrier, FFV1Carrier, JPEGCarrier, NALCarrier, OBUCarrier, carrier_for
from vidisp.codec.bitstream.ffv1 import strip
from vidisp.codec.bitstream.nal import escape, unescape

H264 = [b"\x67\x64\x00\x0a", b"\x68\xee\x38", b"\x65\x88\x84\x21", b"\x65\x44\x01\x02"]
HEVC = [b"\x40\x01\x0c", b"\x42\x01\x01", b"\x26\x01\xaf\x11", b"\x02\x01\xd0\x22"]


def framed(units: list[bytes], prefix: int) -> bytes:
    return b"".join((len(u).to_bytes(prefix, "big") if prefix else b"\0\0\0\1") + u for u in units)


JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xdb\0\x05xyz\xff\xda\0\x03qcoded data\xff\xd9"
AV1 = bytes([0x12, 0, 0x0A, 3, 1, 2, 3, 0x32, 4, 9, 8, 7, 6])
CASES: list[tuple[Carrier, bytes]] = [
    *((NALCarrier("h264", n), framed(H264, n)) for n in (0, 2, 4)),
    *((NALCarrier("hevc", n), framed(HEVC, n)) for n in (0, 2, 4)),
    (OBUCarrier(), AV1),
    (JPEGCarrier(), JPEG),
    (FFV1Carrier(), b"ffv1 picture"),
]
IDS = ["h264 Annex B", "h264 2", "h264 4", "hevc Annex B", "hevc 2", "hevc 4", "av1", "jpeg", "ffv1"]
# Bytes that emulation prevention has to work on are the interesting ones.
MESSAGES = st.lists(st.lists(st.sampled_from([0, 1, 2, 3, 0x80, 0xFF, 7]), max_size=40).map(bytes), max_size=3)


@pytest.mark.parametrize(("carrier", "packet"), CASES, ids=IDS)
@given(messages=MESSAGES)
@settings(deadline=None, max_examples=40)
def test_messages_come_back_and_the_picture_keeps_its_checksum(
    carrier: Carrier, packet: bytes, messages: list[bytes]
) -> None:
    carrying = carrier.insert(packet, messages)
    assert carrier.extract(carrying) == messages
    assert carrier.extract(packet) == []
    assert carrier.slice_checksum(carrying) == carrier.slice_checksum(packet)
    assert packet in carrying or len(messages) > 0


# Two length bytes hold no large unit.
ROOMY = [case for case in CASES if getattr(case[0], "prefix", 4) != 2]


@pytest.mark.parametrize(("carrier", "packet"), ROOMY, ids=[name for name in IDS if not name.endswith(" 2")])
def test_large_messages(carrier: Carrier, packet: bytes) -> None:
    message = bytes(range(256)) * 1200
    assert carrier.extract(carrier.insert(packet, [message, b"small"])) == [message, b"small"]


@pytest.mark.parametrize(("carrier", "packet"), CASES, ids=IDS)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_damaged_packets_never_raise(carrier: Carrier, packet: bytes, data: st.DataObject) -> None:
    carrying = bytearray(carrier.insert(packet, [b"one", b"two" * 50]))
    for _ in range(data.draw(st.integers(1, 4))):
        carrying[data.draw(st.integers(0, len(carrying) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(carrying[: data.draw(st.integers(0, len(carrying)))])
    assert all(isinstance(message, bytes) for message in carrier.extract(damaged))
    assert 0 <= carrier.slice_checksum(damaged) < 2**32


@pytest.mark.parametrize("carrier", [case[0] for case in CASES], ids=IDS)
@given(data=st.binary(max_size=64))
@settings(deadline=None, max_examples=60)
def test_random_packets_never_raise(carrier: Carrier, data: bytes) -> None:
    carrier.extract(data)
    carrier.slice_checksum(data)


@pytest.mark.parametrize(("codec", "units"), [("h264", H264), ("hevc", HEVC)])
def test_the_checksum_does_not_depend_on_the_framing(codec: str, units: list[bytes]) -> None:
    sums = {NALCarrier(codec, n).slice_checksum(framed(units, n)) for n in (0, 1, 2, 4)}
    short_codes = framed(units, 0).replace(b"\0\0\0\1", b"\0\0\1")
    trailing = framed(units, 0) + bytes(3)
    assert {NALCarrier(codec, 0).slice_checksum(p) for p in (short_codes, trailing)} | sums == sums
    assert len(sums) == 1


@pytest.mark.parametrize(("codec", "units"), [("h264", H264), ("hevc", HEVC)])
def test_the_checksum_sees_slices_and_nothing_else(codec: str, units: list[bytes]) -> None:
    carrier = NALCarrier(codec, 4)
    other_parameters = [units[0] + b"\x55", *units[1:]]
    other_slice = [*units[:-1], units[-1] + b"\x55"]
    assert carrier.slice_checksum(framed(other_parameters, 4)) == carrier.slice_checksum(framed(units, 4))
    assert carrier.slice_checksum(framed(other_slice, 4)) != carrier.slice_checksum(framed(units, 4))


def test_messages_stand_before_the_first_slice_and_after_parameter_sets() -> None:
    carrying = NALCarrier("h264", 0).insert(framed(H264, 0), [b"hello"])
    kinds = [unit.kind for unit in NALCarrier("h264", 0).units(carrying)]
    assert kinds == [7, 8, 6, 5, 5]


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 9]), max_size=60).map(bytes))
@settings(deadline=None, max_examples=200)
def test_emulation_prevention(payload: bytes) -> None:
    coded = escape(payload + b"\x80")
    assert unescape(coded) == payload + b"\x80"
    assert all(code not in coded for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))


def test_other_peoples_messages_are_left_alone() -> None:
    foreign = framed([b"\x06\x05\x12" + bytes(16) + b"hi\x80", *H264], 0)
    assert NALCarrier("h264", 0).extract(foreign) == []
    assert JPEGCarrier().extract(JPEG[:2] + b"\xff\xeb\0\x08JP2345" + JPEG[2:]) == []


def test_ffv1_messages_come_off() -> None:
    carrier = FFV1Carrier()
    assert strip(carrier.insert(b"picture", [b"a", b""])) == b"picture"
    assert strip(b"picture") == b"picture"


def test_carrier_for() -> None:
    assert carrier_for("h264", b"\x01\x64\x00\x0a\xff") == NALCarrier("h264", 4)
    assert carrier_for("h264", b"\0\0\0\x01\x67") == NALCarrier("h264", 0)
    assert carrier_for("hevc", b"\x01" + bytes(20) + b"\x03") == NALCarrier("hevc", 4)
    assert carrier_for("hevc") == NALCarrier("hevc", 0)
    assert carrier_for("vp9") is None

"""Time codes as text."""

from __future__ import annotations

import pytest

from vidisp.raw.timecode import timecode_text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1234560100000000", "01:56:34:12"),
        ("5200000000000000", "00:00:00;12"),
        ("0fffffff00000000", None),
        ("12", None),
    ],
)
def test_bytes_as_text(code, text):
    assert timecode_text(bytes.fromhex(code)) == text

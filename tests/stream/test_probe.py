"""How cameras are named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import sensor
from vidisp.stream.probe import camera


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS 90D", "Canon EOS 90D"),
        ("GoPro", "HERO6 Black", "GoPro HERO6 Black"),
        ("", "X-1", "X-1"),
        ("Nikon ", "", "Nikon"),
        ("", "", "unknown camera"),
    ],
)
def test_a_camera_is_named_once(make, model, name):
    assert camera(replace(sensor(), make=make, model=model)) == name

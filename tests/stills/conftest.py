"""RAW photos that tests render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import frames
from vidisp.raw import RawFrame, Tag, write_dng

TAGS = (
    Tag(305, 2, 8, "camera1"),
    Tag(33434, 5, 1, (1, 250), "exif"),
    Tag(33437, 5, 1, (28, 10), "exif"),
    Tag(36867, 2, 20, "2024:05:06 07:08:09", "exif"),
    Tag(42033, 2, 6, "12345", "exif"),
    Tag(42036, 2, 12, "24-70 f/2.8", "exif"),
    Tag(2, 5, 3, (50, 1, 6, 1, 0, 1), "gps"),
)
MakePhoto = Callable[..., Path]


def photo(**options: object) -> RawFrame:
    """One frame of the tests' scene with a camera's tags."""
    frame = frames(1, **options)[0]  # type: ignore[arg-type]
    sensor = replace(frame.sensor, make="Nikon", model="D700", orientation=6)
    return replace(frame, sensor=sensor, fps=None, tags=TAGS)


@pytest.fixture
def make_photo(tmp_path: Path) -> MakePhoto:
    """`make_photo(name, width=, height=, cfa=)` writes a DNG and returns its path."""

    def make(name: str = "photo.dng", **options: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        write_dng(path, photo(**options))
        return path

    return make

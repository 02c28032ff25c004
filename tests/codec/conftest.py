from __future__ import annotations

from collections.abc import Callable

import pytest
from codec_clips import Made, make

from vidisp.codec import FORMATS


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """`make` with its results kept: the same clip is encoded once."""
    cache: dict[tuple[str, str], Made] = {}

    def cached(format: str = "h264", suffix: str = ".mp4") -> Made:
        key = (format, suffix)
        if key not in cache:
            # B-frames need a preset that uses them, and they are a point of these tests.
            preset = "veryfast" if FORMATS[format].encoder in ("libx264", "libx265") else None
            cache[key] = make(tmp_path_factory.mktemp("made"), format, suffix, preset=preset)
        return cache[key]

    return cached

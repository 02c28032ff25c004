from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidisp.codec import DEFAULT_FORMAT, DEFAULT_QUALITY, FORMATS, YUV, EncoderSettings, format_for
from vidisp.errors import InputError, UsageError


def test_the_default_is_the_one_that_plays_anywhere() -> None:
    default = FORMATS[DEFAULT_FORMAT]
    assert (default.codec, default.bits, default.pix_fmt) == ("h264", 8, "yuv420p")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_consistent(name: str) -> None:
    fmt = FORMATS[name]
    lowest, highest = fmt.crf_range
    assert set(fmt.qualities) == {"small", "standard", "high", "master"}
    assert DEFAULT_QUALITY in fmt.qualities
    assert all(lowest <= crf <= highest for crf in fmt.qualities.values())
    worst_to_best = [fmt.qualities[q] for q in ("small", "standard", "high", "master")]
    assert worst_to_best == sorted(worst_to_best, reverse=True)
    assert fmt.default_preset in fmt.presets
    encoder = av.codec.Codec(fmt.encoder, "w")
    assert fmt.pix_fmt in [f.name for f in encoder.video_formats or []]


@pytest.mark.parametrize("name", FORMATS)
def test_format_for_takes_exactly_the_suffixes_of_the_format(name: str) -> None:
    for suffix in (".mp4", ".MOV", ".mkv"):
        if suffix.lower() in FORMATS[name].suffixes:
            assert format_for(name, f"out{suffix}") is FORMATS[name]
        else:
            with pytest.raises(UsageError, match=f"{suffix.lower()} does not take {name}"):
                format_for(name, f"out{suffix}")


def test_format_for_says_what_is_possible() -> None:
    with pytest.raises(UsageError, match=re.escape("no codec 'vp9' (one of h264, ")):
        format_for("vp9", "out.mp4")
    with pytest.raises(UsageError, match="no suffix"):
        format_for("h264", Path("out"))
    with pytest.raises(UsageError, match=r"\.avi does not take h264"):
        format_for("h264", "out.avi")


NONSENSE = (
    *({"crf": crf} for crf in (52, -1, float("nan"))),
    *({key: value} for key, value in (("preset", "8"), ("width", 95), ("height", 0), ("fps", 0), ("threads", -1))),
)


@pytest.mark.parametrize("changes", NONSENSE)
def test_settings_that_make_no_sense_are_refused(changes: dict) -> None:
    good = {"crf": 20, "preset": "fast", "width": 96, "height": 64, "fps": Fraction(24), "threads": 0}
    EncoderSettings(FORMATS["h264"], **good)
    with pytest.raises(UsageError):
        EncoderSettings(FORMATS["h264"], **{**good, **changes})


def test_yuv_checks_its_planes() -> None:
    y, c = np.zeros((4, 6), np.uint8), np.zeros((2, 3), np.uint8)
    assert (YUV(y, c, c).width, YUV(y, c, c).height) == (6, 4)
    for planes in ((y[:3], c, c), (y, c, y), (y, c.astype(np.uint16), c), (y.astype(float), c, c)):
        with pytest.raises(InputError):
            YUV(*planes)

"""The video formats that vidisp writes, and which container takes which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from vidisp.errors import UsageError

X26X_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
)  # fmt: skip
DEFAULT_QUALITY = "standard"


@dataclass(frozen=True)
class Format:
    """One way to code the pictures.

    Args:
        name: what the user calls it.
        encoder: FFmpeg's name of the encoder.
        codec: FFmpeg's name of the bitstream.
        pix_fmt: FFmpeg's pixel format, always 4:2:0.
        bits: bits a sample.
        full_range: code values use 0..2^bits-1 instead of 16..235 (and chroma 16..240).
        luma: which luma coefficients the picture uses.
        suffixes: containers that take it, best first.
        presets, default_preset: speed settings, fastest first.
        crf_range: smallest (best) and largest allowed quality number. Below 1, 8-bit H.264 is lossless, which few
            players take; Motion JPEG counts in whole quantiser scales.
        qualities: named qualities -> crf; every format has small, standard, high and master.
    """

    name: str
    encoder: str
    codec: str
    pix_fmt: str
    bits: int
    full_range: bool
    luma: Literal["bt709", "bt601"]
    suffixes: tuple[str, ...]
    presets: tuple[str, ...]
    default_preset: str
    crf_range: tuple[float, float]
    qualities: Mapping[str, float]

    @property
    def takes_offsets(self) -> bool:
        """Whether the encoder can be told where to quantise more finely."""
        return self.encoder in ("libx264", "libx265")

    @property
    def default_crf(self) -> float:
        return self.qualities[DEFAULT_QUALITY]


def _qualities(small: float, standard: float, high: float, master: float) -> Mapping[str, float]:
    return MappingProxyType({"small": small, "standard": standard, "high": high, "master": master})


def _x26x(
    name: str, encoder: str, codec: str, pix_fmt: str, default_preset: str, qualities: Mapping[str, float]
) -> Format:
    return Format(
        name=name,
        encoder=encoder,
        codec=codec,
        pix_fmt=pix_fmt,
        bits=10 if pix_fmt.endswith("10le") else 8,
        full_range=False,
        luma="bt709",
        suffixes=(".mp4", ".mov", ".mkv"),
        presets=X26X_PRESETS,
        default_preset=default_preset,
        crf_range=(0, 51),
        qualities=qualities,
    )


def _x264(name: str, pix_fmt: str, qualities: Mapping[str, float]) -> Format:
    return _x26x(name, "libx264", "h264", pix_fmt, "medium", qualities)


def _x265(name: str, pix_fmt: str, qualities: Mapping[str, float]) -> Format:
    return _x26x(name, "libx265", "hevc", pix_fmt, "fast", qualities)


_ALL = (
    _x264("h264", "yuv420p", _qualities(19, 14, 8, 1)),
    _x264("h264-10", "yuv420p10le", _qualities(19, 14, 8, 0)),
    _x265("hevc", "yuv420p", _qualities(18, 13, 8, 0)),
    _x265("hevc-10", "yuv420p10le", _qualities(18, 14, 8, 0)),
    Format(
        "av1-10", "libsvtav1", "av1", "yuv420p10le", 10, False, "bt709", (".mp4", ".mkv"),
        tuple(str(n) for n in range(13, -1, -1)), "8", (1, 63), _qualities(22, 12, 4, 1),
    ),
    Format(
        "mjpeg", "mjpeg", "mjpeg", "yuvj420p", 8, True, "bt601", (".mov", ".mkv"),
        ("default",), "default", (1, 31), _qualities(8, 2, 1, 1),
    ),
    Format(
        "ffv1", "ffv1", "ffv1", "yuv420p10le", 10, False, "bt709", (".mkv", ".mp4"),
        ("default",), "default", (0, 0), _qualities(0, 0, 0, 0),
    ),
)  # fmt: skip

FORMATS: Mapping[str, Format] = MappingProxyType({f.name: f for f in _ALL})
DEFAULT_FORMAT = "h264"


def format_for(name: str, path: str | Path) -> Format:
    """The format called `name`, checked against the container that the suffix of `path` asks for.

    Raises:
        UsageError: no such format, no such container, or a container that does not take this format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no codec {name!r}", hint=f"one of {', '.join(FORMATS)}")
    found, suffix = FORMATS[name], Path(path).suffix.lower()
    if suffix not in found.suffixes:
        what = f"{suffix} does not take {name}" if suffix else "the output has no suffix to choose a container by"
        raise UsageError(what, path=path, hint=f"{name} goes into {' or '.join(found.suffixes)}")
    return found

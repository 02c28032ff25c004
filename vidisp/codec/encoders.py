"""How each encoder is set up. The choices were measured by `pipelines/benchmark/encoder_settings.py`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from vidisp.codec.formats import Format
from vidisp.errors import UsageError

QP2LAMBDA = 118
"""FFmpeg's FF_QP2LAMBDA: its quality numbers are quantisers times this."""

# One closed GOP a segment: a key frame at its start and nowhere else. No psychovisual terms: they trade
# fidelity for an impression of sharpness, and RAW wants fidelity.
_X264 = "keyint=infinite:scenecut=0:open-gop=0"
_X265 = "keyint=-1:scenecut=0:open-gop=0:info=0:log-level=none"
_SVT = "keyint=-1:scd=0"
# None of the encoders' own adaptive quantisation, but they take our offsets only where it is not off.
_NO_AQ = "aq-mode=1:aq-strength=0.01"
TUNING: Mapping[str, str] = {
    "libx264": f"psy=0:{_NO_AQ}:trellis=0",
    "libx265": f"psy-rd=0:psy-rdoq=0:{_NO_AQ}",
    "libsvtav1": "tune=1",
}


@dataclass(frozen=True)
class EncoderSettings:
    """What a video is encoded with. Width and height are even; `threads` 0 leaves the number to the encoder.

    Raises:
        UsageError: a value is out of range.
    """

    format: Format
    crf: float
    preset: str
    width: int
    height: int
    fps: Fraction
    threads: int = 0

    def __post_init__(self) -> None:
        lowest, highest = self.format.crf_range
        if not lowest <= self.crf <= highest:
            raise UsageError(f"crf {self.crf:g} is not within {lowest:g}..{highest:g} of {self.format.name}")
        if self.preset not in self.format.presets:
            hint = f"one of {', '.join(self.format.presets)}"
            raise UsageError(f"{self.format.name} has no preset {self.preset!r}", hint=hint)
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 2:
            raise UsageError(f"a 4:2:0 picture cannot be {self.width}x{self.height}")
        if self.fps <= 0 or self.threads < 0:
            raise UsageError(f"{self.fps} frames a second on {self.threads} threads makes no sense")


def encoder_options(settings: EncoderSettings, tuning: str | None = None) -> dict[str, str]:
    """FFmpeg options of the encoder that `settings` name. `tuning` replaces the measured choice, to measure."""
    name = settings.format.encoder
    tuned = TUNING.get(name, "") if tuning is None else tuning
    quality = {"crf": f"{settings.crf:g}", "preset": settings.preset}
    centre = {"chroma_sample_location": "center"}
    if name == "libx264":
        return {**quality, **centre, "x264-params": _join(_X264, tuned)}
    if name == "libx265":
        pools = f"pools={settings.threads}" if settings.threads else ""
        return {**quality, **centre, "x265-params": _join(_X265, pools, tuned)}
    if name == "libsvtav1":
        threads = f"lp={settings.threads}" if settings.threads else ""
        return {**quality, "svtav1-params": _join(_SVT, threads, tuned)}
    if name == "mjpeg":
        scale = str(round(settings.crf))
        return {"qmin": scale, "qmax": scale, "huffman": "optimal"}
    return {"level": "3", "slicecrc": "1", "coder": "1", "context": "1", "g": "1"}


def configure(context: VideoCodecContext, settings: EncoderSettings) -> None:
    """Size, samples, colour tags and threads of an encoder that is about to be opened."""
    context.width, context.height = settings.width, settings.height
    context.pix_fmt = settings.format.pix_fmt
    context.time_base, context.framerate = 1 / settings.fps, settings.fps
    context.thread_count = settings.threads
    if settings.format.encoder in ("libx264", "libx265"):
        context.flags |= av.codec.context.Flags.global_header
    tag_colours(context, settings.format)


def tag_colours(context: VideoCodecContext, fmt: Format) -> None:
    """BT.709 primaries and transfer; matrix and range as the format codes them (ITU-T H.273 numbers)."""
    context.color_primaries, context.color_trc = 1, 1
    context.colorspace = 1 if fmt.luma == "bt709" else 6
    context.color_range = 2 if fmt.full_range else 1


def reported_quantiser(packet: av.Packet) -> float | None:
    """The frame's mean quantiser as the encoder reports it (FFmpeg's AV_PKT_DATA_QUALITY_STATS, a signed number: at
    ten bits the finest quantisers are below 0)."""
    stats = bytes(packet.get_sidedata("quality_stats") or b"")
    return int.from_bytes(stats[:4], "little", signed=True) / QP2LAMBDA if len(stats) >= 4 else None


def quiet_encoder(name: str) -> None:
    """Keep SVT-AV1 from printing its settings on stderr for every segment; it listens to nothing but this."""
    if name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")


def _join(*params: str) -> str:
    return ":".join(p for p in params if p)

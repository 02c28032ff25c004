"""All that is decided before the first frame is rendered: look, encoder settings, record, segments."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from vidisp import __version__
from vidisp.codec import ClipRecord, EncoderSettings, Format, format_for
from vidisp.errors import InputError, UsageError
from vidisp.isp import BT601_LUMA, BT709_LUMA, LiftISP, Look, choose_look
from vidisp.raw import Clip, RawFrame, Tag, tag_to_json
from vidisp.raw.timecode import timecode_text
from vidisp.stream.changes import public_tags
from vidisp.stream.conditions import choose_conditions
from vidisp.stream.models import MODELS, weights_hash
from vidisp.stream.options import Segment, frame_range, split

log = logging.getLogger("vidisp")

VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".m4v", ".webm", ".avi", ".ts")
DEFAULT_FPS = Fraction(24)
# Two seconds: short enough to seek and to lose little in a trim, long enough for the codec to profit from time.
_SEGMENT_SECONDS = 2
_LOOK_SAMPLES = 8
_LUMA = {"bt709": BT709_LUMA, "bt601": BT601_LUMA}

WhiteBalance = Literal["camera", "auto"] | tuple[float, float, float]


@dataclass(frozen=True)
class RenderPlan:
    """One render, decided. `tags` are the clip's tags that go along; `private` says whether the others do too."""

    clip: Clip
    output: Path
    look: Look
    record: ClipRecord
    settings: EncoderSettings
    segments: tuple[Segment, ...]
    tags: tuple[Tag, ...]
    audio: Path | None
    timecode: str | None

    @property
    def frames(self) -> int:
        """How many frames will be rendered."""
        return sum(len(segment.frames) for segment in self.segments)

    @property
    def start(self) -> Fraction:
        """Seconds of the clip before the first frame that will be rendered."""
        return self.segments[0].frames.start / self.settings.fps

    def to_dict(self) -> dict[str, Any]:
        """JSON-able settings: all that the result depends on besides the frames themselves."""
        s = self.settings
        size = {"width": s.width, "height": s.height}
        settings = {"format": s.format.name, "crf": s.crf, "preset": s.preset, "fps": str(s.fps)} | size
        spans = [[s.frames.start, s.frames.stop] for s in self.segments]
        audio = str(self.audio) if self.audio else None
        return {"settings": settings, "clip": self.record.clip_id, "segments": spans, "audio": audio}


def plan_render(
    source: Path,
    output: Path,
    *,
    codec: str,
    crf: float | None,
    quality: str,
    preset: str | None,
    fps: str | float | Fraction | None,
    frames: str | slice | None,
    exposure: float | Literal["auto"],
    wb: WhiteBalance,
    model: str,
    audio: bool,
    keep_private: bool,
    threads: int,
) -> RenderPlan:
    """Open the clip and decide everything.

    Raises:
        UsageError: for choices that are not possible.
        InputError: if the clip is not whole, or its sampled frames cannot be read.
    """
    if model not in MODELS:
        raise UsageError(f"there is no model {model!r}", hint=f"choose from {', '.join(MODELS)}")
    if source.suffix.lower() in VIDEO_SUFFIXES and source.is_file():
        raise UsageError("is a video already", path=source, hint="vidisp recover takes it; vidisp render takes RAW")
    fmt = format_for(codec, output)
    clip = Clip.open(source)
    chosen = frame_range(frames, len(clip))
    samples = [clip.read(index) for index in _spread(len(clip), _LOOK_SAMPLES)]
    look = choose_look(
        samples, exposure=exposure, wb=wb, bits=fmt.bits, full_range=fmt.full_range, luma=_LUMA[fmt.luma]
    )
    rate = _rate(clip, fps)
    tags = public_tags(samples[0].tags, keep_private=keep_private)
    settings = _settings(fmt, clip, rate, crf, quality, preset, threads)
    length = max(1, round(_SEGMENT_SECONDS * rate))
    # The lift has no use for them, and its record stays as small as it was.
    conditions = choose_conditions(samples, look, fmt, settings.crf).to_dict() if MODELS[model] != LiftISP.id else {}
    record = _record(
        clip, samples[0], look, tags, settings, model=model, length=length, private=keep_private, conditions=conditions
    )
    record = replace(record, first=chosen.start)
    segments = tuple(split(chosen, length))
    first = samples[0] if chosen.start == 0 else clip.read(chosen.start)
    timecode = timecode_text(first.timecode or b"")
    return RenderPlan(clip, output, look, record, settings, segments, tags, _audio(clip, audio), timecode)


def _spread(total: int, count: int) -> list[int]:
    """At most `count` indices spread evenly over the clip, its first frame among them."""
    return sorted({round(i * (total - 1) / max(count - 1, 1)) for i in range(count)})


def _rate(clip: Clip, fps: str | float | Fraction | None) -> Fraction:
    if fps is not None:
        return parse_fps(fps)
    if clip.fps is not None:
        return clip.fps
    if len(clip) > 1:
        log.warning("%s: states no frame rate; %s fps is assumed (set --fps)", clip.name, DEFAULT_FPS)
    return DEFAULT_FPS


def parse_fps(fps: str | float | Fraction) -> Fraction:
    """A frame rate such as 24, "25", "24000/1001" or 23.976; the NTSC rates are meant exactly.

    Raises:
        UsageError: if it is no rate between 1/3600 and 1000.
    """
    try:
        rate = Fraction(str(fps))
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"frame rate {fps!r} is no number", hint="for example 25 or 24000/1001") from None
    if not Fraction(1, 3600) <= rate <= 1000:
        raise UsageError(f"frame rate {fps} is out of range", hint="choose 1/3600 to 1000")
    ntsc = Fraction(round(rate) * 1000, 1001)
    return ntsc if rate != round(rate) and abs(rate - ntsc) < Fraction(6, 1000) else rate


def _settings(
    fmt: Format,
    clip: Clip,
    rate: Fraction,
    crf: float | None,
    quality: str,
    preset: str | None,
    threads: int,
) -> EncoderSettings:
    if crf is None:
        if quality not in fmt.qualities:
            raise UsageError(f"{fmt.name} has no quality {quality!r}", hint=f"choose from {', '.join(fmt.qualities)}")
        crf = fmt.qualities[quality]
    # 4:2:0 pictures have even sides; odd sensors are padded, and the record knows the true size.
    width, height = clip.sensor.width + clip.sensor.width % 2, clip.sensor.height + clip.sensor.height % 2
    return EncoderSettings(
        format=fmt,
        crf=crf,
        preset=preset or fmt.default_preset,
        width=width,
        height=height,
        fps=rate,
        threads=threads,
    )


def _record(
    clip: Clip,
    first: RawFrame,
    look: Look,
    tags: tuple[Tag, ...],
    settings: EncoderSettings,
    *,
    model: str,
    length: int,
    private: bool,
    conditions: dict[str, float],
) -> ClipRecord:
    fields: dict[str, Any] = {
        "producer": f"vidisp {__version__}",
        "model": MODELS[model],
        "model_hash": weights_hash(MODELS[model]),
        "sensor": first.sensor,
        "look": look.to_dict(),
        "conditions": conditions,
        "format": settings.format.name,
        "crf": settings.crf,
        "preset": settings.preset,
        "fps": settings.fps,
        "frames": len(clip),
        "segment_length": length,
        "first_number": clip.numbers[0],
        "name": clip.name,
        "private": private,
        "tags": [tag_to_json(tag) for tag in tags],
    }
    # Derived, not drawn: workers that render parts of one clip with one set of choices agree on its id.
    identity = json.dumps(fields | {"sensor": asdict(first.sensor), "fps": str(settings.fps)}, sort_keys=True)
    clip_id = hashlib.sha256(identity.encode() + first.mosaic.tobytes()).hexdigest()[:16]
    return ClipRecord(clip_id=clip_id, **fields)


def _audio(clip: Clip, wanted: bool) -> Path | None:
    if wanted and clip.audio is None:
        raise InputError("there is no WAV beside this clip", path=clip.path, hint="leave --audio away")
    return clip.audio if wanted else None

"""What a file is, and whether its RAW can be recovered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vidisp.codec import ClipRecord, VideoReader, open_video
from vidisp.errors import InputError, NotRecoverableError
from vidisp.raw import Clip, Sensor, Tag, is_private, tag_from_json, tag_name
from vidisp.stream.plan import VIDEO_SUFFIXES
from vidisp.stream.sidecar import write_sidecar


@dataclass(frozen=True)
class ProbeResult:
    """What was found. `kind` is "video" or "raw clip"; `reason` says why the RAW can be recovered, or why not;
    `details` are facts by name."""

    path: Path
    kind: str
    recoverable: bool
    reason: str
    details: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"path": str(self.path)}

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.kind}, {'recoverable: ' if self.recoverable else ''}{self.reason}"]
        return "\n".join(lines + [f"  {name}: {value}" for name, value in self.details.items()])


def probe(path: str | Path, *, sidecar: str | Path | None = None) -> ProbeResult:
    """Say what a file is. With `sidecar`, also write the video's record into a file of its own.

    Raises:
        InputError: if there is no such file, or it is neither a video nor RAW.
        NotRecoverableError: if a sidecar is wanted of a video that carries no record.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("there is no such file", path=path)
    if path.is_dir() or not _is_video(path):
        return _probe_clip(path)
    reader = open_video(path)
    if sidecar is not None:
        write_sidecar(Path(sidecar), open_video(path, force=True).require_recoverable())
    return _probe_video(path, reader)


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES


def _probe_video(path: Path, reader: VideoReader) -> ProbeResult:
    recoverable, reason = _verdict(reader)
    details = {"codec": reader.codec, "size": f"{reader.width}x{reader.height}", "fps": str(reader.fps)}
    if reader.clip is not None:
        details |= _clip_details(reader.clip) | {"frames present": _present(reader)}
    return ProbeResult(path, "video", recoverable, reason, details)


def _verdict(reader: VideoReader) -> tuple[bool, str]:
    try:
        reader.require_recoverable()
    except NotRecoverableError as error:
        return False, " ".join(filter(None, [error.what, f"({error.hint})" if error.hint else ""]))
    return True, reader.status.reason


def _clip_details(clip: ClipRecord) -> dict[str, Any]:
    s = clip.sensor
    tags = [tag_from_json(tag) for tag in clip.tags]
    return {
        "made by": clip.producer,
        "model": clip.model,
        "clip": f"{clip.name}, {clip.frames} frames from number {clip.first_number}",
        "sensor": f"{s.make} {s.model}, {s.width}x{s.height} {s.cfa}, white {s.white}".strip(),
        "carries": tag_names(tags),
        "private": tag_names([tag for tag in tags if is_private(tag)]),
    }


def _present(reader: VideoReader) -> int:
    try:
        return reader.count()
    except NotRecoverableError:
        return len(reader.frames_present)


def tag_names(tags: Iterable[Tag]) -> str:
    """Names of tags as one line, each once."""
    return ", ".join(sorted({tag_name(tag) for tag in tags})) or "nothing"


def _probe_clip(path: Path) -> ProbeResult:
    clip = Clip.open(path)
    s: Sensor = clip.sensor
    details = {
        "frames": len(clip),
        "numbers": f"{clip.numbers[0]} to {clip.numbers[-1]}",
        "fps": str(clip.fps) if clip.fps else "not stated",
        "sensor": f"{s.make} {s.model}, {s.width}x{s.height} {s.cfa}, black {s.black}, white {s.white}",
        "sound": clip.audio.name if clip.audio else "none",
        "ignored": ", ".join(p.name for p in clip.ignored) or "nothing",
    }
    return ProbeResult(path, "raw clip", False, "this is RAW already; vidisp render takes it", details)

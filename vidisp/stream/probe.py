"""What a file is, and whether its RAW can be recovered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from vidisp.codec import ClipRecord, VideoReader, open_video
from vidisp.errors import InputError, NotRecoverableError, OutputError, UsageError, counted
from vidisp.raw import Clip, Sensor, Tag, is_private, tag_from_json, tag_name
from vidisp.stream.options import check_output
from vidisp.stream.plan import VIDEO_SUFFIXES
from vidisp.stream.sidecar import write_sidecar


@dataclass(frozen=True)
class ProbeResult:
    """What was found. `kind` is "video", "raw clip", "JPEG" or "still"; `reason` says why the RAW can be recovered, or
    why not; `details` are facts by name."""

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


def probe(path: str | Path, *, sidecar: str | Path | None = None, overwrite: bool = False) -> ProbeResult:
    """Say what a file is. With `sidecar`, also write the video's record into a file of its own.

    Raises:
        InputError: if there is no such file, or it is neither a video nor RAW.
        NotRecoverableError: if a sidecar is wanted of a video that carries no record.
        UsageError: if a sidecar is wanted of RAW.
        OutputError: if the sidecar is there already and not to be overwritten, or cannot be written.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("there is no such file", path=path)
    if path.is_dir() or not _is_video(path):
        if sidecar is not None:
            raise UsageError("--sidecar means nothing for RAW", path=path, hint="leave it away")
        return _probe_clip(path)
    found = _probe_video(path, open_video(path))
    return found if sidecar is None else _with_sidecar(found, Path(sidecar), overwrite)


def _with_sidecar(found: ProbeResult, sidecar: Path, overwrite: bool) -> ProbeResult:
    if sidecar.resolve() == found.path.resolve():
        raise OutputError("is the video itself", path=sidecar, hint="choose another name for the sidecar")
    check_output(sidecar, overwrite=overwrite, resume=False)
    write_sidecar(sidecar, open_video(found.path, force=True).require_recoverable())
    return replace(found, details=found.details | {"sidecar written": str(sidecar)})


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
        "clip": f"{clip.name}, {counted(clip.frames, 'frame')} from number {clip.first_number}",
        "sensor": f"{camera(s)}, {s.width}x{s.height} {s.cfa}, white {s.white}",
        "carries": tag_names(tags),
        "private": tag_names([tag for tag in tags if is_private(tag)]),
    }


def camera(sensor: Sensor) -> str:
    """Its make and model; most makers begin the model's name with their own."""
    make, model = sensor.make.strip(), sensor.model.strip()
    named = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return named.strip() or "unknown camera"


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
        "sensor": f"{camera(s)}, {s.width}x{s.height} {s.cfa}, black {s.black}, white {s.white}",
        "sound": clip.audio.name if clip.audio else "none",
        "ignored": ", ".join(p.name for p in clip.ignored) or "nothing",
    }
    return ProbeResult(path, "raw clip", False, "this is RAW already; vidisp render takes it", details)

"""The choices of a render or a recovery that are not the codec's: which frames, on what, how fast."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from vidisp.atomic import remove
from vidisp.errors import OutputError, UsageError
from vidisp.raw.clip import RAW_SUFFIXES

_RECOVERED = re.compile(r"frame_\d{6,}\.(dng|npy)|clip_\d{2,}")
_FILES = RAW_SUFFIXES | {".npy", ".jpg", ".jpeg", ".png", ".json", ".mp4", ".mov", ".mkv"}
_SLICE = re.compile(r"(-?\d+)?:(-?\d+)?")


def frame_range(frames: str | slice | None, total: int) -> range:
    """Frame indices of a clip of `total` frames, by a Python slice: from 0, end excluded.

    Args:
        frames: "A:B", "A:", ":B", a slice without step, or None for all.

    Raises:
        UsageError: if it is no such slice, or names no frame.
    """
    if isinstance(frames, str):
        match = _SLICE.fullmatch(frames.strip())
        if match is None:
            raise UsageError(f"frames {frames!r} is not A:B", hint="for example 0:24 for the first 24 frames")
        frames = slice(*(None if part is None else int(part) for part in match.groups()))
    chosen = range(total)[frames if frames is not None else slice(None)]
    if chosen.step != 1:
        raise UsageError("frames are taken one after the other", hint="give A:B without a step")
    if not chosen:
        raise UsageError(f"frames {_text(frames)} names no frame of this clip, which has frames 0:{total}")
    return chosen


def _text(frames: slice | None) -> str:
    if frames is None:
        return ":"
    return ":".join("" if end is None else str(end) for end in (frames.start, frames.stop))


@dataclass(frozen=True)
class Segment:
    """A run of frames that is rendered by itself: one closed group of pictures. `frames` are indices in the clip."""

    index: int
    frames: range


def split(frames: range, length: int) -> list[Segment]:
    """Cut a range of frames into segments of `length`, counted from the clip's frame 0.

    Borders do not depend on where the range begins, so that workers sharing a clip agree on them.
    """
    borders = [
        frames.start,
        *(n for n in range(frames.start + 1, frames.stop) if n % length == 0),
        frames.stop,
    ]
    return [Segment(a // length, range(a, b)) for a, b in itertools.pairwise(borders)]


def check_output(path: Path, *, overwrite: bool, resume: bool) -> None:
    """Refuse what would lose data.

    Raises:
        OutputError: if something is there already, or the folder to write into is not.
    """
    empty_folder = path.is_dir() and not any(path.iterdir())
    if path.exists() and not empty_folder and not overwrite:
        hint = "it is whole; nothing is left to do" if resume else "add --overwrite to replace it"
        raise OutputError("exists already", path=path, hint=hint)
    if not path.absolute().parent.is_dir():
        raise OutputError("the folder to write into does not exist", path=path.parent, hint="create it first")


def check_frames_folder(path: Path, source: Path) -> None:
    """Refuse to replace a folder that holds anything but frames that vidisp recovered.

    Raises:
        OutputError: if the output is a file, holds the source, or holds something else.
        UsageError: if its name is that of a file.
    """
    if not path.exists() and path.suffix.lower() in _FILES:
        what = f"frames of a video go into a folder, and {path.suffix} is the name of a file"
        raise UsageError(what, path=path, hint=f"name the folder {path.stem}")
    if path.exists() and not path.is_dir():
        raise OutputError("is a file, not a folder for frames", path=path, hint="choose another name")
    if path.is_dir() and path.resolve() in source.resolve().parents:
        raise OutputError("holds the video itself", path=path, hint="choose another folder")
    foreign = min((p.name for p in path.rglob("*") if not _RECOVERED.fullmatch(p.name)), default=None)
    if foreign is not None:
        what = f"holds {foreign}, which has not the name of a recovered frame"
        hint = "choose another folder; only frame_NNNNNN.dng and .npy are ever replaced"
        raise OutputError(what, path=path, hint=hint)


def replace_folder(staging: Path, path: Path) -> None:
    """Give a whole folder the name of one that may be there already, which then goes."""
    old = path.with_name(f".{path.name}.old")
    if path.exists():
        remove(old)
        path.rename(old)
    staging.rename(path)
    remove(old)

"""Whether two paths are of one kind, so that they can be compared."""

from __future__ import annotations

from pathlib import Path

from vidisp.errors import InputError
from vidisp.metrics.raw_pairs import is_raw
from vidisp.metrics.sources import PictureFiles, Source, VideoFile, open_source

_JPEG = (".jpg", ".jpeg")


def both_raw(reference: Path, other: Path) -> bool:
    """Whether both are RAW; False if neither is.

    Raises:
        InputError: only one is RAW: what the other one is, or that it is nothing that can be read.
    """
    raw = is_raw(reference), is_raw(other)
    if raw[0] != raw[1]:
        raise _apart(*((reference, other) if raw[0] else (other, reference)))
    return raw[0]


def _apart(clip: Path, other: Path) -> InputError:
    source = open_source(other)
    what = f"is {_name(source)} and {clip} is RAW, so they cannot be compared"
    return InputError(what, path=other, hint=_way(clip, source))


def _name(source: Source) -> str:
    if isinstance(source, VideoFile):
        return "a video"
    return "a folder of pictures" if source.path.is_dir() else "a picture"


def _way(clip: Path, source: Source) -> str:
    """What to do. Of pictures, vidisp only makes RAW of JPEG."""
    output = "RAW.dng" if source.path.suffix.lower() in _JPEG else "RAW"
    if isinstance(source, PictureFiles) and not any(file.suffix.lower() in _JPEG for file in source.files):
        return "compare RAW with RAW, or pictures with pictures"
    way = f"vidisp recover {source.path} {output}; then compare {clip} with {output}"
    return f"if vidisp made it, recover it first: {way}"

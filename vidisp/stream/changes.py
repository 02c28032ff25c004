"""What one frame has that its clip has not: the extent of its samples, levels, white balance, time code, tags.

The clip's record holds the first frame's values; each frame's own record holds only the differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from vidisp.errors import InputError
from vidisp.raw import RawFrame, Sensor, Tag, is_private, tag_from_json, tag_to_json
from vidisp.stream.developer import sites

# Size, colour filter and orientation are the same in every frame of a clip.
_PER_FRAME = ("black", "white", "neutral", "color_matrix", "illuminant", "noise", "iso", "make", "model")


def public_tags(tags: Iterable[Tag], *, keep_private: bool) -> tuple[Tag, ...]:
    """The tags that may go into a file meant for publishing."""
    return tuple(tag for tag in tags if keep_private or not is_private(tag))


def frame_changes(frame: RawFrame, sensor: Sensor, tags: Sequence[Tag], *, keep_private: bool) -> dict[str, Any]:
    """JSON-able differences of a frame from the clip's `sensor` and `tags`."""
    own, common = asdict(frame.sensor), asdict(sensor)
    changes: dict[str, Any] = {"extent": [[int(site.min()), int(site.max())] for site in sites(frame.mosaic)]}
    if different := {name: own[name] for name in _PER_FRAME if own[name] != common[name]}:
        changes["sensor"] = different
    if frame.timecode is not None:
        changes["timecode"] = frame.timecode.hex()
    mine = _by_place(public_tags(frame.tags, keep_private=keep_private))
    theirs = _by_place(tags)
    if different_tags := [tag_to_json(tag) for place, tag in mine.items() if theirs.get(place) != tag]:
        changes["tags"] = different_tags
    if missing := [list(place) for place in theirs if place not in mine]:
        changes["without"] = missing
    return changes


def apply_changes(
    changes: Mapping[str, Any], sensor: Sensor, tags: Sequence[Tag]
) -> tuple[Sensor, bytes | None, tuple[Tag, ...]]:
    """The frame's own sensor, time code and tags.

    Raises:
        InputError: if the changes, which come out of a file, are malformed.
    """
    try:
        timecode = bytes.fromhex(changes["timecode"]) if "timecode" in changes else None
        missing = {(ifd, code) for ifd, code in changes.get("without", ())}
        kept = {place: tag for place, tag in _by_place(tags).items() if place not in missing}
        kept |= _by_place([tag_from_json(tag) for tag in changes.get("tags", ())])
        return _changed(sensor, changes.get("sensor", {})), timecode, tuple(kept.values())
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the record of a frame is malformed: {error}") from error


def extent(changes: Mapping[str, Any]) -> tuple[tuple[int, int], ...] | None:
    """The (smallest, largest) DN of the four sites of a frame's pattern, None if it is not recorded.

    Raises:
        InputError: if the changes, which come out of a file, are malformed.
    """
    if "extent" not in changes:
        return None
    try:
        pairs = tuple((low, high) for low, high in changes["extent"])
        if len(pairs) == 4 and all(type(v) is int and 0 <= v <= 65535 for pair in pairs for v in pair):
            return pairs
    except (TypeError, ValueError):
        pass
    raise InputError("the record of a frame is malformed: its extent is not four pairs of DN")


def _changed(sensor: Sensor, values: Mapping[str, Any]) -> Sensor:
    if unknown := set(values) - set(_PER_FRAME):
        raise ValueError(f"unknown sensor fields {sorted(unknown)}")
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return replace(sensor, **fields)


def _by_place(tags: Iterable[Tag]) -> dict[tuple[str, int], Tag]:
    return {(tag.ifd, tag.code): tag for tag in tags}

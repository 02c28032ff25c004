"""A video's record as a JSON file beside it, for videos that will lose what they carry."""

from __future__ import annotations

import json
from pathlib import Path

from vidisp.atomic import atomic_output
from vidisp.codec import VideoReader
from vidisp.errors import InputError

# A record of many hours of video stays far below this.
_LARGEST = 256 << 20


def write_sidecar(path: Path, reader: VideoReader) -> None:
    """Write all that a video carries about itself."""
    values = {"vidisp_sidecar": 1, "video": reader.path.name, "record": reader.to_comment()}
    with atomic_output(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2) + "\n")


def read_sidecar(path: Path) -> str:
    """The record that a sidecar holds, as the text that a video's comment would hold.

    Raises:
        InputError: if it cannot be read or is no sidecar.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError("is too large for a sidecar", path=path)
        record = json.loads(path.read_text())["record"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("is no sidecar", path=path, hint="vidisp probe VIDEO --sidecar writes one") from error
    if not isinstance(record, str):
        raise InputError("is no sidecar: its record is no text", path=path)
    return record

"""A clip's record as a JSON file beside its video, for videos that will lose what they carry."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from vidisp.atomic import atomic_output
from vidisp.codec import ClipRecord, RecordError
from vidisp.errors import InputError

_LARGEST = 16 << 20


def write_sidecar(path: Path, clip: ClipRecord) -> None:
    """Write the record of a clip."""
    values = {"clip": clip.name, "frames": clip.frames, "vidisp_record": base64.b64encode(clip.to_bytes()).decode()}
    with atomic_output(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2) + "\n")


def read_sidecar(path: Path) -> ClipRecord:
    """The record that a sidecar holds.

    Raises:
        InputError: if it cannot be read or is no sidecar.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError("is too large for a sidecar", path=path)
        text = json.loads(path.read_text())["vidisp_record"]
        return ClipRecord.from_bytes(base64.b64decode(text, validate=True))
    except RecordError as error:
        raise InputError(error.what, path=path, hint=error.hint) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("is no sidecar", path=path, hint="vidisp probe VIDEO --sidecar writes one") from error

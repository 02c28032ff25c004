"""What a JPEG is, and whether its RAW can be recovered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vidisp.codec.jpeg import StillRecord, open_jpeg
from vidisp.errors import InputError, NotRecoverableError
from vidisp.raw import is_private, tag_from_json
from vidisp.stream.probe import ProbeResult, camera, tag_names


def probe_photo(path: Path) -> ProbeResult:
    """Say what a JPEG file is.

    Raises:
        InputError: there is no such file, or it is no JPEG.
    """
    file = open_jpeg(path)
    details: dict[str, Any] = {"size": "{}x{}".format(*file.size)}
    try:
        if file.record is not None:
            details |= _details(file.record)
        file.require_recoverable()
    except (NotRecoverableError, InputError) as error:
        reason = " ".join(filter(None, [error.what, f"({error.hint})" if error.hint else ""]))
        return ProbeResult(path, "JPEG", False, reason, details)
    return ProbeResult(path, "JPEG", True, file.status.reason, details)


def _details(record: StillRecord) -> dict[str, Any]:
    s = record.sensor
    tags = [tag_from_json(tag) for tag in record.tags]
    return {
        "made by": record.producer,
        "model": record.model,
        "coded": f"{':'.join(record.subsampling)} with steps of about {record.step}",
        "photo": record.name,
        "sensor": f"{camera(s)}, {s.width}x{s.height} {s.cfa}, white {s.white}",
        "carries": tag_names(tags),
        "private": tag_names([tag for tag in tags if is_private(tag)]),
    }

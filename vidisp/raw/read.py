"""One RAW file, of whatever kind, to one `RawFrame`."""

from __future__ import annotations

import re
from pathlib import Path

from vidisp.errors import InputError
from vidisp.raw.camera import describe, read_camera
from vidisp.raw.dng import is_dng, read_dng, read_header
from vidisp.raw.frame import CFA, RawFrame
from vidisp.raw.tiff import TiffFile


def read_frame(path: str | Path, *, number: int | None = None) -> RawFrame:
    """The frame in a RAW file: linear DN of the active area, nothing clipped or rescaled.

    DNG is read here; every other kind by LibRaw. Releases the GIL while pixels are read and decoded.

    Args:
        number: its number in the clip; by default the digits its name ends with, or 0.

    Raises: InputError for a file that is missing, damaged, or not from a Bayer sensor.
    """
    path = Path(path)
    if number is None:
        number = trailing_number(path)
    try:
        with _open(path) as file:
            if is_dng(file):
                return read_dng(file, number or 0)
            described = describe(file)
        return read_camera(path, number or 0, described)
    except InputError as error:
        raise InputError(error.what, path=path, frame=number, hint=error.hint) from error


def dng_kind(path: Path) -> tuple[int, int, CFA] | None:
    """Width, height and CFA of a DNG's active area from its header alone; None for other RAW files.

    Raises: InputError for a file that is damaged or not from a Bayer sensor.
    """
    try:
        with _open(path) as file:
            return read_header(file).kind if is_dng(file) else None
    except InputError as error:
        raise InputError(error.what, path=path, frame=trailing_number(path), hint=error.hint) from error


def trailing_number(path: Path) -> int | None:
    """The number that a file's stem ends with, None when it ends with none (or with more than 12 digits)."""
    match = re.search(r"(\d+)$", path.stem, re.ASCII)
    return int(match[1]) if match and len(match[1]) <= 12 else None


def _open(path: Path) -> TiffFile:
    if path.is_dir():
        raise InputError("is a folder, not a RAW file")
    file = TiffFile(path)
    if file.size == 0:
        problem = "is an empty file"
    elif path.suffix.lower() == ".dng" and not file.order:
        problem = f"is not a DNG: it begins with {file.head[:12]!r}"
    else:
        return file
    with file:
        raise InputError(problem, hint="copy it from the camera or card again")

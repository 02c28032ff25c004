"""Files that appear under their own name only when they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vidisp.errors import OutputError


def temporary_name(path: Path) -> Path:
    """Where `path` is written until it is whole: hidden, beside it, unlike any finished file's name."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def publish(temporary: Path, path: Path) -> None:
    """Make sure that the bytes are on disk, then give the file its name."""
    with output_errors(path):
        _fsync(temporary, os.O_RDWR)
        os.replace(temporary, path)
        _fsync(path.parent, os.O_RDONLY)


def discard(temporary: Path) -> None:
    """Remove what was not finished."""
    with suppress(OSError):
        temporary.unlink()


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about `path` into one line (FFmpeg's file errors are OSErrors too)."""
    try:
        yield
    except OSError as error:
        hint = (
            "free some space and run again" if isinstance(error.errno, int) and error.errno in (27, 28, 122) else None
        )
        raise OutputError(f"cannot be written: {os.strerror(error.errno or 5)}", path=path, hint=hint) from error


def check_whole(temporary: Path, path: Path, at_least: int) -> None:
    """FFmpeg may swallow the error of its last write: a file smaller than its packets is not whole.

    Raises:
        OutputError: the file is shorter than `at_least` bytes.
    """
    with output_errors(path):
        size = temporary.stat().st_size
    if size < at_least:
        raise OutputError("was cut short while it was written", path=path, hint="is the disk full?")


def _fsync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

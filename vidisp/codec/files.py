"""Noticing that a video could not be written, whichever way FFmpeg tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from vidisp.atomic import output_error
from vidisp.errors import OutputError


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg says while `path` is written into one line.

    Raises:
        OutputError: for any OSError (FFmpeg's file errors are some) or other error of FFmpeg's in the block.
    """
    try:
        yield
    except OSError as error:
        raise output_error(error, path) from error
    except av.error.FFmpegError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=path) from error


def check_whole(temporary: Path, path: Path, at_least: int) -> None:
    """FFmpeg swallows the error of its last write: a file smaller than its packets is not whole.

    Raises:
        OutputError: the file is shorter than `at_least` bytes.
    """
    with output_errors(path):
        size = temporary.stat().st_size
    if size < at_least:
        raise OutputError("was cut short while it was written", path=path, hint="is the disk full?")

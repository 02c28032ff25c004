"""Outputs that appear under their own name only when they are whole: temporary name, fsync, rename."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vidisp.errors import OutputError

_HINTS = {
    errno.ENOSPC: ("the disk is full", "free some space and run it again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run it again"),
    errno.EFBIG: ("the file grew beyond what this file system takes", "choose another disk or fewer frames"),
    errno.EACCES: ("no permission to write here", "choose another place"),
    errno.EPERM: ("no permission to write here", "choose another place"),
    errno.EROFS: ("the file system is read-only", "choose another place"),
    errno.ENOENT: ("the folder to write into does not exist", "create it first"),
    errno.ENOTDIR: ("a part of this path is a file, not a folder", "choose another place"),
}


def output_error(error: OSError, path: Path) -> OutputError:
    """The one line that a user sees for an OSError raised while `path` was written."""
    if error.errno == errno.ENOENT and path.absolute().parent.is_dir():
        return OutputError("nothing can be written here", path=path, hint="choose another place")
    what, hint = _HINTS.get(error.errno or 0, (f"cannot be written: {error.strerror or error}", None))
    return OutputError(what, path=path, hint=hint)


@contextmanager
def atomic_output(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; rename it to `path` when the block ends well, else remove it.

    The temporary name keeps the suffix, because muxers choose a format by it.

    Raises:
        OutputError: for any OSError inside the block (disk full, no permission, ...).
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        publish(temporary, path)
    except OSError as error:
        raise output_error(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def publish(temporary: Path, path: Path) -> None:
    """Give a whole file or folder its own name, durably."""
    _sync(temporary)
    os.replace(temporary, path)
    _sync(path.parent)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds; nothing happens if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    # Folders cannot be opened for syncing everywhere (Windows); a rename is durable enough there.
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

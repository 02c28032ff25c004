"""Everything vidisp raises on purpose, and the exit code that each kind ends the command line with.

    VidispError                 1  something failed
      UsageError                2  the request itself makes no sense
      InputError                1  a file that was given is missing, damaged or of a kind vidisp cannot take
      OutputError               1  the result could not be written (exists already, disk full, no permission)
      PartialError              3  some of the work is done and kept, some is not
      NotRecoverableError       4  this file does not carry its way back (any more)
      InterruptedRun          130  stopped by the user; what was whole is kept

A message answers four questions in one line: what is wrong, in which file, at which frame, what to do about it.
"""

from __future__ import annotations

from pathlib import Path


class VidispError(Exception):
    """Base of the tree. `str()` gives the one line that a user sees.

    Args:
        what: what is wrong, as a clause without a final full stop.
        path: the file or folder it is wrong with.
        frame: the frame number it is wrong at, in the clip's own numbering.
        hint: what the user can do about it.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, path: str | Path | None = None, frame: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(what, path, frame, hint)
        self.what = what
        self.path = Path(path) if path is not None else None
        self.frame = frame
        self.hint = hint

    def __str__(self) -> str:
        where = [str(self.path)] if self.path is not None else []
        where += [f"frame {self.frame}"] if self.frame is not None else []
        prefix = f"{', '.join(where)}: " if where else ""
        suffix = f" ({self.hint})" if self.hint else ""
        return " ".join(f"{prefix}{self.what}{suffix}".split())

    def __reduce__(self) -> tuple:
        """Errors cross process borders whole: plain exception pickling would drop the keyword arguments."""
        return _rebuild, (type(self), self.what, self.path, self.frame, self.hint)


def counted(number: int, thing: str) -> str:
    """For messages: "1 frame", "2 frames"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _rebuild(kind: type[VidispError], what: str, path: Path | None, frame: int | None, hint: str | None) -> VidispError:
    return kind(what, path=path, frame=frame, hint=hint)


class UsageError(VidispError):
    """The request makes no sense: an option out of range, an empty frame range, contradicting options."""

    exit_code = 2


class InputError(VidispError):
    """A file that was given is missing, damaged, or of a kind that vidisp cannot take."""


class OutputError(VidispError):
    """The result could not be written."""


class PartialError(VidispError):
    """Some of the work is done and kept, some is not."""

    exit_code = 3


class NotRecoverableError(VidispError):
    """The file does not carry its way back, or no longer does."""

    exit_code = 4


class InterruptedRun(VidispError):
    """Stopped by the user; whole segments are kept."""

    exit_code = 130

"""A staging folder beside the output, which keeps the whole pieces of a run that was stopped.

The folder is called `.NAME.vidisp` and holds a journal with the hash of the settings; the name of each piece holds the
hash of the inputs it was made from. A run that asks to continue takes the pieces whose inputs are still the same, and
is refused if the settings are not; a run that does not ask starts with an empty folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vidisp.atomic import atomic_output, output_error, remove
from vidisp.errors import OutputError, UsageError

_JOURNAL = "journal.json"


class Journal:
    """The staging folder of one output.

    Args:
        output: the file or folder that is being made.
        settings: JSON-able; all that the result depends on besides the inputs.
        resume: continue what an earlier run left; nothing left is no error.

    Raises:
        UsageError: if the settings have changed since.
        OutputError: if the folder cannot be made, or holds something that vidisp did not put there.
    """

    def __init__(self, output: Path, settings: dict[str, Any], *, resume: bool) -> None:
        self.folder = staging_folder(output)
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        known = self._known_digest()
        if resume and known is not None:
            if known != digest:
                raise UsageError(
                    "the settings are not those of the run that was stopped",
                    path=output,
                    hint="repeat its settings, or start again without --resume",
                )
            return
        self._clear(known is not None)
        try:
            self.folder.mkdir()
        except OSError as error:
            raise output_error(error, output) from error
        with atomic_output(self.folder / _JOURNAL) as temporary:
            temporary.write_text(json.dumps({"settings": digest}))

    def _known_digest(self) -> str | None:
        try:
            return str(json.loads((self.folder / _JOURNAL).read_text())["settings"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _clear(self, ours: bool) -> None:
        # A run killed at once may leave the folder with nothing but the journal's temporary file.
        if self.folder.exists() and not ours and any(p.name[:8] != ".journal" for p in self.folder.iterdir()):
            raise OutputError("is in the way and was not made by vidisp", path=self.folder, hint="move it away")
        remove(self.folder)

    def piece(self, index: int, inputs: Iterable[Path], suffix: str) -> Path:
        """Where piece `index` belongs if it is made from `inputs` as they are now; it exists only when whole."""
        return self.folder / f"{index:06d}-{inputs_digest(inputs)[:16]}{suffix}"

    def close(self) -> None:
        """The output is whole: nothing of the staging folder is needed any more."""
        remove(self.folder)


def staging_folder(output: Path) -> Path:
    """Where the pieces of `output` are kept until it is whole."""
    return output.with_name(f".{output.name}.vidisp")


def inputs_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over name, size and modification time of every input."""
    digest = hashlib.sha256()
    for path in paths:
        stat = path.stat()
        digest.update(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()

"""Warnings about a clip's files, said once for a folder and not again for each of its thousand frames."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path

_LOG = logging.getLogger("vidisp")


class Notices:
    """Remembers what was said last, up to `limit` warnings."""

    def __init__(self, limit: int = 1000) -> None:
        self._said: OrderedDict[tuple[Path, str], None] = OrderedDict()
        self._limit = limit

    def warn(self, path: Path, message: str) -> None:
        """Log `message` about `path`, unless it was said of another file in the same folder."""
        key = (path.parent, message)
        if key in self._said:
            return
        self._said[key] = None
        if len(self._said) > self._limit:
            self._said.popitem(last=False)
        _LOG.warning("%s: %s", path, message)


warn_once = Notices().warn

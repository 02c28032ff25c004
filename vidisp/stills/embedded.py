"""Stills that hold pictures, which `vidisp embed-*` wrote: they are taken for photos or videos that vidisp rendered.

Their metadata says what they are in a sentence for people, and that is all that has to be known of them here.
"""

from __future__ import annotations

import re
from pathlib import Path

from vidisp.errors import NotRecoverableError

_SENTENCE = re.compile(rb"This picture (holds [\w ]{1,40}: `vidisp extract` brings them back)")
_MAGIC = (b"\x89PNG", b"\xff\xd8")
_HEAD = 1 << 18
"""Bytes; metadata comes before the picture, and an ICC profile before that."""


def refuse_still(path: Path) -> None:
    """Say of a still that it is one; any other file passes.

    Raises:
        NotRecoverableError: it is a still, as its metadata says.
    """
    if held := what_it_holds(path):
        raise NotRecoverableError("is no rendered RAW", path=path, hint=f"it {held}")


def what_it_holds(path: Path) -> str | None:
    """What a still holds, as its metadata says it, None of any other file."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    found = _SENTENCE.search(head) if head.startswith(_MAGIC) else None
    return found[1].decode("ascii", "replace") if found else None

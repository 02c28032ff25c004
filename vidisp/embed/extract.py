"""`vidisp.extract`: what a still holds, back as files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from vidisp.codec.fields import Fields
from vidisp.embed.conversion import Restored
from vidisp.embed.files.outputs import check_folder, write_folder, write_gif, write_mp4
from vidisp.embed.files.still import Still, open_still
from vidisp.embed.methods import method_of
from vidisp.embed.results import ExtractResult
from vidisp.errors import InputError, NotRecoverableError, UsageError
from vidisp.stream.options import check_output

log = logging.getLogger(__name__)
Kind = Literal["pictures", "gif", "mp4"]


def extract(
    source: str | Path, output: str | Path, *, kind: Kind = "pictures", overwrite: bool = False
) -> ExtractResult:
    """Bring back what a still holds.

    Args:
        source: the PNG or JPEG that vidisp wrote.
        output: a folder for a PNG of each picture: frame_0000.png and so on, left.png and right.png, view_1.png and
            view_2.png, secret_1.png and so on, or foreground.png, with its alpha, and background.png. With `kind`
            "gif" or "mp4" the file to write, of frames only.
        overwrite: replace what an earlier extraction wrote.

    Raises:
        NotRecoverableError: it holds nothing, or was changed since it was made.
        UsageError, InputError, OutputError: see `vidisp.errors`.
    """
    source, output = Path(source), Path(output)
    _check_output(source, output, kind, overwrite)
    still = open_still(source)
    facts = still.header.facts
    if kind != "pictures" and facts.task != "frames":
        raise UsageError(f"holds no frames of a clip, of which a {kind.upper()} could be made", path=source)
    restored = restore(still, source)
    if restored.changed:
        log.warning("%s: was changed since vidisp made it; what comes back is less exact than it was", source)
    if kind == "pictures":
        written = write_folder(output, facts, restored, still.profile)
    else:
        {"gif": write_gif, "mp4": write_mp4}[kind](output, restored.pictures, facts.durations)
        written = (output,)
    return ExtractResult(source, written, still.header.method, facts)


def restore(still: Still, path: Path) -> Restored:
    """The pictures of an open still; errors name its file.

    Raises:
        NotRecoverableError, InputError: as `Method.extract`; or the method is not known here.
    """
    header = still.header
    try:
        return method_of(header.method).extract(still.canvas, header.facts, Fields(header.own))
    except (NotRecoverableError, InputError) as error:
        raise type(error)(error.what, path=path, hint=error.hint) from error


def _check_output(source: Path, output: Path, kind: Kind, overwrite: bool) -> None:
    if kind == "pictures":
        if output.suffix.lower() in (".gif", ".mp4"):
            raise UsageError("is the name of a clip", path=output, hint=f"add --{output.suffix[1:].lower()}")
        return check_folder(output, source, overwrite=overwrite)
    if output.suffix.lower() != f".{kind}":
        raise UsageError(f"is no .{kind}", path=output, hint=f"call it {output.with_suffix(f'.{kind}').name}")
    return check_output(output, overwrite=overwrite, resume=False)

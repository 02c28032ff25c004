"""From two videos or RAW clips to one page: measure, choose frames, show them, write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vidisp.atomic import atomic_output
from vidisp.errors import OutputError, UsageError
from vidisp.metrics import Measures, measure
from vidisp.reporting.encoded import encode_shots
from vidisp.reporting.page import page
from vidisp.reporting.shots import amplification, make_shot
from vidisp.reporting.sides import Sides, open_sides
from vidisp.reporting.worst import choose_frames
from vidisp.stream.options import check_output

PAGE_SUFFIXES = (".html", ".htm")


def report(
    original: str | Path,
    recovered: str | Path,
    output: str | Path,
    *,
    overwrite: bool = False,
    vmaf: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Measures:
    """Write one self-contained HTML page that shows what differs between an original and what became of it.

    Two passes: one measures every frame, in flat memory; one looks again at the few frames that the page shows.

    Args:
        original, recovered: two videos (files or folders of pictures), or two RAW clips.
        output: the page, .html; it appears when it is whole.
        overwrite: replace a page that is there already.
        vmaf: measure VMAF of videos as well, which takes a process of its own.
        progress: called after every measured frame with the number of frames done and their total.

    Returns:
        what was measured on `recovered` against `original`.

    Raises:
        UsageError: the output is no name of a page.
        OutputError: it is there already, or cannot be written.
        InputError: an input cannot be read, one is RAW and the other is not, or sizes or frames do not match.
    """
    original, recovered, output = Path(original), Path(recovered), Path(output)
    _check_page(output, overwrite=overwrite)
    sides = open_sides(original, recovered)
    measures = measure(recovered, original, vmaf=vmaf, progress=progress)
    text = _page(measures, sides)
    with atomic_output(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return measures


def _page(measures: Measures, sides: Sides) -> str:
    chosen = choose_frames(measures)
    numbers = chosen.numbers
    shots = [make_shot(number, *pair) for number, pair in zip(numbers, sides.pictures(numbers), strict=True)]
    factor = amplification(shots)
    return page(measures, chosen, encode_shots(shots, factor), factor, sides.histograms())


def _check_page(output: Path, *, overwrite: bool) -> None:
    """Before the work begins, not after."""
    if output.suffix.lower() not in PAGE_SUFFIXES:
        raise UsageError("is no name of a page", path=output, hint="name it report.html")
    if output.is_dir():
        raise OutputError("is a folder", path=output, hint="choose another name")
    check_output(output, overwrite=overwrite, resume=False)

"""One door for all that can be measured: videos, folders of pictures, RAW clips; with a reference or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vidisp.errors import InputError
from vidisp.metrics.evaluate_raw import measure_clip
from vidisp.metrics.evaluate_video import measure_video
from vidisp.metrics.measures import Measures
from vidisp.metrics.raw_pairs import is_raw
from vidisp.metrics.report import Report, evaluate_clips
from vidisp.metrics.sources import open_source
from vidisp.raw import Clip

Progress = Callable[[int, int], None]


def evaluate(
    reference: str | Path, recovered: str | Path | None = None, *, vmaf: bool = True, progress: Progress | None = None
) -> Report | Measures:
    """Compare what came back with what went in; or, given one thing alone, say how steady it is.

    Args:
        reference, recovered: two RAW clips (see `vidisp.metrics.report.evaluate_clips`), or two videos (files or
            folders of pictures, frame by frame).
        vmaf: measure VMAF of videos as well, which takes a process of its own.
        progress: called after every frame with the number of frames done and their total.

    Returns:
        a `Report` on two RAW clips, else `Measures`.

    Raises:
        InputError: a path cannot be read, one is RAW and the other is not, or sizes or frames do not match.
    """
    if recovered is not None and _both_raw(Path(recovered), Path(reference)):
        return evaluate_clips(reference, recovered, progress=progress)
    video = reference if recovered is None else recovered
    return measure(video, None if recovered is None else reference, vmaf=vmaf, progress=progress)


def measure(
    video: str | Path, reference: str | Path | None = None, *, vmaf: bool = True, progress: Progress | None = None
) -> Measures:
    """All figures of a video, a folder of pictures or a RAW clip; in one pass, holding three frames at most.

    Args and errors as `evaluate`, but the video comes first.
    """
    if reference is None:
        if not is_raw(Path(video)):
            return measure_video(open_source(Path(video)), progress=progress)
        return replace(measure_clip(Clip.open(video), progress=progress), video=str(video))
    if _both_raw(Path(video), Path(reference)):
        return evaluate_clips(reference, video, progress=progress).measures
    return measure_video(open_source(Path(video)), open_source(Path(reference)), vmaf=vmaf, progress=progress)


def _both_raw(video: Path, reference: Path) -> bool:
    """Raises: InputError when only one of them is RAW."""
    raw, other = is_raw(video), is_raw(reference)
    if raw != other:
        what = f"is {'RAW' if raw else 'a video'}, {reference} is {'RAW' if other else 'a video'}"
        raise InputError(what, path=video, hint="compare RAW with RAW, or a video with a video")
    return raw

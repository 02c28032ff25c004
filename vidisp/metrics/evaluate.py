"""One door for all that can be measured: videos, folders of pictures, RAW clips; with a reference or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vidisp.errors import InputError
from vidisp.metrics.evaluate_raw import measure_clip
from vidisp.metrics.evaluate_video import measure_video
from vidisp.metrics.kinds import both_raw
from vidisp.metrics.measures import Measures
from vidisp.metrics.photos import PhotoReport, evaluate_photos
from vidisp.metrics.raw_pairs import common_names, is_raw
from vidisp.metrics.report import Report, evaluate_clips
from vidisp.metrics.sources import open_source
from vidisp.raw import Clip

Progress = Callable[[int, int], None]


def evaluate(
    reference: str | Path, recovered: str | Path | None = None, *, vmaf: bool = True, progress: Progress | None = None
) -> Report | PhotoReport | Measures:
    """Compare what came back with what went in; or, given one thing alone, say how steady it is.

    Args:
        reference, recovered: two RAW clips (see `vidisp.metrics.report.evaluate_clips`), or two videos (files or
            folders of pictures, frame by frame). Two folders of RAW photos that are no clip are compared by name.
        vmaf: measure VMAF of videos as well, which takes a process of its own.
        progress: called after every frame with the number of frames done and their total.

    Returns:
        a `Report` on two RAW clips, a `PhotoReport` on folders of RAW photos, else `Measures`.

    Raises:
        InputError: a path cannot be read, one is RAW and the other is not, or sizes or frames do not match.
    """
    if recovered is not None and both_raw(Path(reference), Path(recovered)):
        return _evaluate_raw(Path(reference), Path(recovered), progress)
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
    if both_raw(Path(reference), Path(video)):
        return evaluate_clips(reference, video, progress=progress).measures
    return measure_video(open_source(Path(video)), open_source(Path(reference)), vmaf=vmaf, progress=progress)


def _evaluate_raw(reference: Path, recovered: Path, progress: Progress | None) -> Report | PhotoReport:
    """Photos of different sizes or cameras, or with gaps in their numbers, are no clip, but have names in common."""
    try:
        return evaluate_clips(reference, recovered, progress=progress)
    except InputError as error:
        names = common_names(reference, recovered)
        if names is None:
            raise
        return evaluate_photos(*names, why=str(InputError(error.what, path=error.path)), progress=progress)

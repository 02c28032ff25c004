"""All figures of a video, with a reference or without, in one pass and flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import zip_longest

import torch

from vidisp.errors import InputError, counted
from vidisp.metrics import steadiness, structure
from vidisp.metrics.fidelity import psnr
from vidisp.metrics.measures import Measures
from vidisp.metrics.meters import Averaged, Beat, Meter, StRred
from vidisp.metrics.moment import Moment, moments
from vidisp.metrics.motion import PATCH
from vidisp.metrics.panel import Panel, steady_meters
from vidisp.metrics.picture import Coded, Picture
from vidisp.metrics.sources import Source, VideoFile
from vidisp.metrics.vmaf import Vmaf

Progress = Callable[[int, int], None]
_CODES = 255.0
"""Levels are shown in code values of 8 bit."""


def measure_video(
    video: Source, reference: Source | None = None, *, vmaf: bool = True, progress: Progress | None = None
) -> Measures:
    """A video file or a folder of pictures, against another of the same scene or alone.

    Args:
        vmaf: measure VMAF as well, which takes a process of its own.
        progress: called after every frame with the number of frames done and their total.

    Raises:
        InputError: sizes or numbers of frames differ, there is nothing to measure, or a file is damaged.
        VidispError: OpenCV is not installed.
    """
    if reference is not None and video.count != reference.count:
        raise _unequal(video, reference)
    if reference is None and video.count < 2:
        raise InputError("a single picture has no steadiness", path=video.path, hint="give a reference, or a video")
    frames = _told(video, progress)
    try:
        found = measure_frames(frames, reference.frames() if reference else None, vmaf=vmaf)
    except InputError as error:
        raise InputError(error.what, path=error.path or video.path, frame=error.frame, hint=error.hint) from error
    lost = video.count - found.frames
    notes = (*found.notes, f"{lost} of {video.count} pictures could not be decoded") if lost else found.notes
    return replace(found, video=str(video.path), reference=str(reference.path) if reference else None, notes=notes)


def measure_frames(
    frames: Iterable[Coded], references: Iterable[Coded] | None = None, *, vmaf: bool = True
) -> Measures:
    """As `measure_video`, for frames that come from anywhere, one by one and in order."""
    compared = references is not None
    meters = [*steady_meters("video", _CODES), Beat("even_odd_beat", "even_odd_sharpness", _CODES)]
    panel = Panel(
        "video",
        [*_comparing(), *meters] if compared else meters,
        steady_meters("reference", _CODES) if compared else [],
    )
    with ExitStack() as stack:
        judge = stack.enter_context(Vmaf()) if compared and vmaf else None
        for now in moments(_pictures(frames, references)):
            _check_size(now)
            panel.add(now)
            if judge:
                judge.add(now)
        if judge:
            judge.finish()
    notes = [judge.note] if judge and judge.note else []
    return panel.measures("", "" if compared else None, more=[judge] if judge else [], notes=notes)


def _comparing() -> list[Meter]:
    """What a video has against its reference."""
    return [
        Averaged("psnr", lambda now: float(now.error.square().mean()), psnr),
        Averaged("psnr_chroma", _chroma_error, psnr),
        Averaged("ssim", lambda now: structure.ssim(now.scales)),
        Averaged("ms_ssim", lambda now: structure.ms_ssim(now.scales)),
        Averaged("tpsnr", steadiness.temporal_error, psnr),
        Averaged("tof", steadiness.motion_error),
        StRred(),
    ]


def _unequal(video: Source, reference: Source) -> InputError:
    what = f"holds {counted(video.count, 'picture')}, {reference.path} holds {reference.count}"
    hint = "frames are compared one by one: make both of the same frames"
    longer = max(video, reference, key=lambda source: source.count)
    if isinstance(longer, VideoFile):
        count = min(video.count, reference.count)
        hint += f", or take the first {count}: ffmpeg -i {longer.path} -frames:v {count} -c:v ffv1 cut.mkv"
    return InputError(what, path=video.path, hint=hint)


def _check_size(now: Moment) -> None:
    if min(now.video.y.shape) < PATCH:
        what = f"pictures of {now.video.size} are too small to measure"
        raise InputError(what, hint=f"{PATCH} samples a side at least")


def _chroma_error(now: Moment) -> float:
    """Mean squared error of both chroma planes, peak 1."""
    pairs = zip(now.video.planes[1:], now.reference.planes[1:], strict=True)
    return sum(float((a - b).square().mean()) for a, b in pairs) / 2


def _pictures(frames: Iterable[Coded], references: Iterable[Coded] | None) -> Iterator[tuple[Picture, Picture | None]]:
    """On the device, each with its reference; where only one of the two uses the full range, both in limited range."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if references is None:
        yield from ((frame.picture(device), None) for frame in frames)
        return
    for place, (video, other) in enumerate(zip_longest(frames, references)):
        if video is None or other is None:
            raise InputError(f"the {'video' if video is None else 'reference'} ends after {place} frames")
        if video.full != other.full:
            video, other = video.limited(), other.limited()
        yield video.picture(device), other.picture(device)


def _told(video: Source, progress: Progress | None) -> Iterator[Coded]:
    """The frames; the next one is asked for when all is done with the last."""
    for done, frame in enumerate(video.frames(), 1):
        yield frame
        if progress:
            progress(done, video.count)

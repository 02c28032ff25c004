"""What comes out of a still, as files: pictures in a folder, or one GIF or MP4."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from vidisp.atomic import atomic_output, output_error, remove
from vidisp.codec.files import output_errors
from vidisp.embed.conversion import Facts, Restored
from vidisp.errors import OutputError
from vidisp.stream.options import replace_folder

_OURS = re.compile(r"(frame_\d{4}|left|right|view_[12]|secret_\d{1,2}|foreground|background)\.png")
_CRF = "12"
_MS = Fraction(1, 1000)


def names(facts: Facts) -> list[str]:
    """Of the pictures, in order."""
    if facts.task == "frames":
        return [f"frame_{number:04d}.png" for number in range(facts.count)]
    if facts.task == "hidden":
        return [f"secret_{number + 1}.png" for number in range(facts.count)]
    pairs = {"stereo": ["left", "right"], "dual": ["view_1", "view_2"], "layers": ["foreground", "background"]}
    return [f"{name}.png" for name in pairs[facts.task]]


def check_folder(path: Path, source: Path, *, overwrite: bool) -> None:
    """Refuse to lose anything but what an earlier extraction wrote.

    Raises:
        OutputError: the folder holds something, and it is not to be overwritten or not ours; or it is a file.
    """
    if path.exists() and not path.is_dir():
        raise OutputError("is a file, not a folder", path=path, hint="choose another name")
    if not path.absolute().parent.is_dir():
        raise OutputError("the folder to write into does not exist", path=path.parent, hint="create it first")
    held = sorted(path.iterdir()) if path.is_dir() else []
    if held and not overwrite:
        raise OutputError("exists already", path=path, hint="add --overwrite to replace it")
    foreign = next(
        (each for each in held if not _OURS.fullmatch(each.name) or each.resolve() == source.resolve()), None
    )
    if foreign is not None:
        raise OutputError(f"holds {foreign.name}, which no extraction wrote", path=path, hint="choose another folder")


def write_folder(path: Path, facts: Facts, restored: Restored, profile: bytes | None) -> tuple[Path, ...]:
    """A PNG for each picture; the folder appears when it is whole. Raises: OutputError."""
    staging = path.with_name(f".{path.name}.vidisp")
    try:
        remove(staging)
        staging.mkdir()
        for number, (name, picture) in enumerate(zip(names(facts), restored.pictures, strict=True)):
            alpha = restored.alpha if number == 0 else None
            samples = picture if alpha is None else np.dstack([picture, alpha])
            Image.fromarray(samples).save(staging / name, icc_profile=profile)
        replace_folder(staging, path)
    except OSError as error:
        raise output_error(error, path) from error
    finally:
        remove(staging)
    return tuple(path / name for name in names(facts))


def write_gif(path: Path, pictures: Sequence[np.ndarray], durations: Sequence[int]) -> None:
    """An animation that repeats for ever, 256 colours a frame. Raises: OutputError."""
    first, *others = (Image.fromarray(picture) for picture in pictures)
    with atomic_output(path) as temporary:
        first.save(temporary, "GIF", save_all=True, append_images=others, duration=list(durations), loop=0)


def write_mp4(path: Path, pictures: Sequence[np.ndarray], durations: Sequence[int]) -> None:
    """H.264 4:2:0; sides that are odd get the last row or column twice. Raises: OutputError."""
    height, width = pictures[0].shape[:2]
    with atomic_output(path) as temporary, output_errors(path), av.open(str(temporary), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": _CRF})
        stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        stream.codec_context.time_base = stream.time_base = _MS
        start = 0
        for picture, duration in zip(pictures, durations, strict=True):
            even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(even, "rgb24").reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base, frame.duration = start, _MS, duration
            start += duration
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))

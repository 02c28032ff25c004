"""Pictures and clips from files: (H, W, 3) uint8 R'G'B', upright."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from vidisp.embed.conversion import MOST
from vidisp.errors import InputError
from vidisp.metrics.sources import PICTURE_SUFFIXES, VideoFile
from vidisp.stream.options import frame_range

_ANIMATED = frozenset([".gif", ".webp", ".png", ".apng"])
_STILL_MS = 100
"""How long pictures of a folder are shown."""


@dataclass(frozen=True)
class Picture:
    """`rgb` (H, W, 3), `alpha` (H, W) or None, both uint8; `profile` is the ICC profile of the file, if it has one."""

    rgb: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None


@dataclass(frozen=True)
class Frames:
    """`pictures` (H, W, 3) uint8, and for how many ms each is shown."""

    pictures: tuple[np.ndarray, ...]
    durations: tuple[int, ...]
    profile: bytes | None = None


def read_picture(path: Path) -> Picture:
    """A picture without transparency. Raises: InputError, also if it has any."""
    picture = read_transparent(path)
    if picture.alpha is not None and picture.alpha.min() < 255:
        raise InputError("is transparent in parts", path=path, hint="flatten it, or use vidisp embed-layers")
    return picture


def read_alike(paths: Sequence[Path]) -> list[Picture]:
    """Pictures of one size, without transparency. Raises: InputError, also for the first that is of another size."""
    pictures: list[Picture] = []
    for path in paths:
        pictures.append(read_picture(path))
        (height, width), (rows, columns) = (each.rgb.shape[:2] for each in (pictures[-1], pictures[0]))
        if (height, width) != (rows, columns):
            what = f"is {width}x{height}, {paths[0].name} is {columns}x{rows}"
            raise InputError(what, path=path, hint="all must be of one size")
    return pictures


def read_transparent(path: Path) -> Picture:
    """A picture that may have transparency. Raises: InputError if it cannot be read."""
    with opened(path) as image:
        return _picture(ImageOps.exif_transpose(image))


def read_frames(source: Path, frames: str | None) -> Frames:
    """A folder of pictures by their names, an animation, or a video.

    Args:
        frames: "A:B", indices of the frames, end excluded; None for all.

    Raises:
        UsageError: `frames` is no such thing, or names none.
        InputError: there are none, too many, or they cannot be read.
    """
    if source.is_dir():
        return _from_folder(source, frames)
    if source.suffix.lower() in _ANIMATED:
        return _from_animation(source, frames)
    return _from_video(source, frames)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A file as Pillow opens it. Raises: InputError for whatever goes wrong in the block with reading it."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            yield image
    except FileNotFoundError as error:
        raise InputError("there is no such file", path=path) from error
    except IsADirectoryError as error:
        raise InputError("is a folder, not a picture", path=path, hint="name the picture in it") from error
    except Image.DecompressionBombError as error:
        raise InputError("is too large", path=path) from error
    except UnidentifiedImageError as error:
        raise InputError("is no picture that can be read", path=path, hint="take a PNG or a JPEG") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError("is damaged, or cannot be read", path=path) from error


def _picture(image: Image.Image) -> Picture:
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        samples = np.asarray(image.convert("RGBA"))
        return Picture(samples[..., :3].copy(), samples[..., 3].copy(), profile)
    return Picture(np.asarray(image.convert("RGB")), None, profile)


def _from_folder(folder: Path, frames: str | None) -> Frames:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    chosen = _chosen(len(files), frames, folder)
    pictures = read_alike([files[number] for number in chosen])
    return Frames(tuple(each.rgb for each in pictures), (_STILL_MS,) * len(pictures), pictures[0].profile)


def _from_animation(path: Path, frames: str | None) -> Frames:
    with opened(path) as image:
        chosen = _chosen(getattr(image, "n_frames", 1), frames, path)
        pictures, durations = [], []
        for number, frame in enumerate(ImageSequence.Iterator(image)):
            if number in chosen:
                pictures.append(np.asarray(frame.convert("RGB")))
                durations.append(max(1, round(frame.info.get("duration", _STILL_MS) or _STILL_MS)))
        return Frames(tuple(pictures), tuple(durations), image.info.get("icc_profile"))


def _from_video(path: Path, frames: str | None) -> Frames:
    chosen = _chosen(VideoFile.open(path).count, frames, path)
    pictures, times = [], []
    try:
        with av.open(str(path)) as source:
            stream = source.streams.video[0]
            rate = float(stream.average_rate or 25)
            for number, frame in enumerate(islice(source.decode(stream), chosen.stop + 1)):
                if number in chosen:
                    pictures.append(np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90))
                if number >= chosen.start:
                    times.append(number / rate if frame.time is None else frame.time)
    except (av.error.FFmpegError, OSError) as error:
        raise InputError("cannot be decoded, the file is damaged", path=path) from error
    if len(pictures) != len(chosen):
        raise InputError("ends before the frames that were asked for", path=path)
    lasting = np.diff([*times, times[-1] + 1 / rate])[: len(pictures)]
    durations = tuple(max(1, round(1000 * seconds)) for seconds in lasting)
    return Frames(tuple(np.ascontiguousarray(picture) for picture in pictures), durations)


def _chosen(total: int, frames: str | None, path: Path) -> range:
    """Checked before anything is read: a whole film must not be decoded first."""
    if not total:
        hint = "name a folder of PNG or JPEG files, a GIF or a video"
        raise InputError("holds no pictures", path=path, hint=hint)
    chosen = frame_range(frames, total)
    if len(chosen) > MOST:
        hint = f"choose some with --frames, such as --frames 0:{MOST}"
        raise InputError(f"has {len(chosen)} frames, a still holds {MOST} at most", path=path, hint=hint)
    return chosen

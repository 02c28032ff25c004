"""Frames of a video file or of a folder of pictures, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from vidisp.errors import InputError
from vidisp.metrics.picture import Coded, from_rgb

PICTURE_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"))


@dataclass(frozen=True)
class VideoFile:
    """A video file; `count` is how many pictures it holds, counted without decoding them."""

    path: Path
    count: int

    @classmethod
    def open(cls, path: Path) -> VideoFile:
        """Reads the packets once. Raises: InputError when it is missing, damaged, or holds no video."""
        with _opened(path) as source:
            packets = source.demux(source.streams.video[0])
            count = sum(1 for packet in packets if packet.size and not packet.is_discard)
        if not count:
            raise InputError("holds no pictures", path=path)
        return cls(path, count)

    def frames(self) -> Iterator[Coded]:
        """Numbered from 0. Raises: InputError when one cannot be decoded."""
        number = 0
        with _opened(self.path) as source:
            source.streams.video[0].thread_type = "AUTO"
            decoded = source.decode(video=0)
            while (frame := _next(decoded, self.path, number)) is not None:
                yield coded(frame, number)
                number += 1
        if not number:
            raise InputError("no picture could be decoded", path=self.path)


@dataclass(frozen=True)
class PictureFiles:
    """A folder of pictures in the order of their names, or one picture."""

    path: Path
    files: tuple[Path, ...]

    @property
    def count(self) -> int:
        return len(self.files)

    def frames(self) -> Iterator[Coded]:
        """Numbered from 0. Raises: InputError when one cannot be decoded."""
        for number, file in enumerate(self.files):
            with _opened(file) as source:
                frame = _next(source.decode(video=0), file, number)
            if frame is None:
                raise InputError("holds no picture", path=file, frame=number)
            yield from_rgb(frame.to_ndarray(format="rgb48le"), number)


Source = VideoFile | PictureFiles


def open_source(path: Path) -> Source:
    """A video file, a picture, or a folder of pictures. Raises: InputError when it is missing or none of these."""
    if not path.exists():
        raise InputError("there is no such file or folder", path=path)
    if not path.is_dir():
        return PictureFiles(path, (path,)) if _is_picture(path) and path.is_file() else VideoFile.open(path)
    files = sorted((file for file in path.iterdir() if _is_picture(file)), key=_natural)
    if not files:
        what = "holds neither pictures nor RAW files" if any(path.iterdir()) else "is an empty folder"
        raise InputError(what, path=path, hint="PNG or JPEG files, or RAW frames, are expected")
    return PictureFiles(path, tuple(files))


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in PICTURE_SUFFIXES and not file.name.startswith(".")


def _natural(file: Path) -> list[tuple[int, str]]:
    """2.png before 10.png."""
    parts = re.findall(r"\d+|\D+", file.name.lower(), re.ASCII)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def coded(frame: av.VideoFrame, number: int) -> Coded:
    """A decoded frame, its samples untouched where they are planar Y'CbCr (or grey), else converted to that."""
    if frame.format.is_rgb:
        return from_rgb(frame.to_ndarray(format="rgb48le"), number)
    if not _planar(frame.format):
        frame = frame.reformat(format="yuv420p10le" if frame.format.components[0].bits > 8 else "yuv420p")
    bits = frame.format.components[0].bits
    full = frame.format.name.startswith("yuvj") or int(frame.color_range) == 2
    y, *chroma = (_samples(plane, np.dtype(np.uint8 if bits == 8 else np.uint16)) for plane in frame.planes)
    u, v = chroma or [np.full_like(y, 1 << bits - 1)] * 2
    return Coded(number, y, u, v, bits, full)


def _planar(fmt: av.VideoFormat) -> bool:
    names = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "gray")
    return fmt.name.removesuffix("le").removesuffix(f"{fmt.components[0].bits}") in names


def _samples(plane: av.video.plane.VideoPlane, dtype: np.dtype) -> np.ndarray:
    whole = np.frombuffer(memoryview(plane), dtype=dtype).reshape(plane.height, -1)
    return whole[:, : plane.width].copy()


def _opened(path: Path) -> av.container.InputContainer:
    if not path.is_file():
        raise InputError("there is no such file", path=path)
    try:
        source = av.open(str(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InputError("is no video that can be read, or a damaged one", path=path) from error
    if not source.streams.video:
        source.close()
        raise InputError("holds no video", path=path)
    return source


def _next(decoded: Iterator[av.VideoFrame], path: Path, number: int) -> av.VideoFrame | None:
    try:
        frame = next(decoded, None)
    except (av.error.FFmpegError, OSError) as error:
        raise InputError("cannot be decoded, the file is damaged", path=path, frame=number) from error
    if frame is not None and frame.is_corrupt:
        raise InputError("is damaged", path=path, frame=number)
    return frame

"""Stills on disk: which kind of file, writing, and reading back what one says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from vidisp.codec.fields import RecordError
from vidisp.embed.canvas import Canvas, CodedPicture, Coefficients, Pixels
from vidisp.embed.files import jpeg, png
from vidisp.embed.files.pictures import opened
from vidisp.embed.header import Header, read_copies, read_mark
from vidisp.errors import InputError, NotRecoverableError, UsageError

JPEG_SUFFIXES = frozenset([".jpg", ".jpeg"])
DEFAULT_QUALITY = 90
_HINT = "use the file that vidisp wrote; what vidisp render made, vidisp recover brings back"


@dataclass(frozen=True)
class StillFormat:
    """Of the file to write; `quality` 1 to 100 of a JPEG, None for a PNG."""

    quality: int | None

    @classmethod
    def of(cls, path: Path, quality: int | None) -> StillFormat:
        """By the name of the file. Raises: UsageError if it is neither, or for a quality that is none."""
        suffix = path.suffix.lower()
        if suffix == ".png" and quality is not None:
            raise UsageError("--quality means nothing for a PNG", path=path, hint="leave it away")
        if suffix != ".png" and suffix not in JPEG_SUFFIXES:
            raise UsageError("a still is a .png or a .jpg", path=path)
        if quality is not None and not 1 <= quality <= 100:
            raise UsageError(f"a JPEG quality of {quality} is not from 1 to 100")
        return cls(None if suffix == ".png" else quality or DEFAULT_QUALITY)

    def canvas(self, picture: np.ndarray) -> Canvas:
        """See `vidisp.embed.method.MakeCanvas`."""
        return Pixels(picture) if self.quality is None else Coefficients.of(picture, self.quality)


@dataclass(frozen=True)
class Still:
    """A file's picture, what it says it holds, and its ICC profile."""

    canvas: Canvas
    header: Header
    profile: bytes | None


def save_still(path: Path, canvas: Canvas, header: Header, profile: bytes | None) -> None:
    """Write the file. The canvas is one of those that `StillFormat` makes, with the header in its slots."""
    if isinstance(canvas, Coefficients):
        jpeg.save_jpeg(path, canvas, header, profile)
    elif isinstance(canvas, Pixels):
        png.save_png(path, canvas, header, profile)


def open_still(path: Path) -> Still:
    """Read a file and find its header: in its slots, in its metadata, or in its mark.

    Raises:
        NotRecoverableError: it holds nothing, or its picture was cropped or resized.
        InputError: it is neither PNG nor JPEG, or cannot be read.
        UsageError: it is a JPEG, and jpeglib is not there.
    """
    with opened(path) as image:
        image.load()
        kind, profile = image.format, image.info.get("icc_profile")
        if kind == "JPEG":
            noted = _first(jpeg.messages_of(path.read_bytes()))
            canvas = _jpeg(path, image)
        elif kind == "PNG":
            noted = _first(png.messages_of(image))
            canvas = Pixels(np.asarray(image.convert("RGB")))
        else:
            raise NotRecoverableError(f"is a {kind}; stills are PNG or JPEG", path=path, hint=_HINT)
    return Still(canvas, _checked(path, canvas, noted), profile)


def _jpeg(path: Path, image: Image.Image) -> Canvas:
    """Coefficients if vidisp may have written them, or else what other programs have made of the picture."""
    try:
        return Coefficients(CodedPicture.from_bytes(path.read_bytes()))
    except InputError:
        return Pixels(np.asarray(image.convert("RGB")))


def _checked(path: Path, canvas: Canvas, noted: Header | None) -> Header:
    header = read_copies(canvas) or noted or read_mark(canvas.picture())
    if header is None:
        what = "holds nothing that vidisp embedded, or was scaled, cropped or saved again with losses"
        raise NotRecoverableError(what, path=path, hint=_HINT)
    if header.size != canvas.size:
        what = "was cropped or resized from {}x{} to {}x{}; what it held is lost"
        raise NotRecoverableError(what.format(*header.size, *canvas.size), path=path, hint=_HINT)
    return header


def _first(messages: Sequence[bytes]) -> Header | None:
    for message in messages:
        with suppress(RecordError):
            return Header.from_bytes(message)
    return None

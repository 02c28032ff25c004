"""JPEG files as the coefficients that they hold, through jpeglib."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidisp.errors import InputError, UsageError

_OPTIMISED = ["+OPTIMIZE_CODING"]
_SQUARE = 64


@dataclass(frozen=True)
class CodedPicture:
    """A JPEG in three components of 4:4:4.

    Args:
        values: (3, blocks, 64) int16, blocks row by row, coefficients by rising vertical, then horizontal frequency.
        steps: (3, 64) integers, the quantisers.
        size: (width, height) in pixels.
        source: the file as jpeglib sees it.
    """

    values: np.ndarray
    steps: np.ndarray
    size: tuple[int, int]
    source: Any

    @classmethod
    def from_bytes(cls, data: bytes) -> CodedPicture:
        """Of a whole file.

        Raises:
            InputError: it is of another kind.
            UsageError: jpeglib is not installed.
        """
        jpeglib = _jpeglib()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "picture.jpg")
            path.write_bytes(data)
            try:
                source = jpeglib.read_dct(str(path))
                planes, steps = [source.Y, source.Cb, source.Cr], source.qt[source.quant_tbl_no]
            except (OSError, RuntimeError, IndexError) as error:
                raise InputError("is a JPEG of a kind that jpeglib does not read") from error
        if any(plane is None or plane.shape != planes[0].shape for plane in planes):
            raise InputError("is no JPEG in 4:4:4, as vidisp makes them")
        values = np.stack([plane.reshape(-1, _SQUARE) for plane in planes])
        return cls(values, steps.reshape(3, _SQUARE), (int(source.width), int(source.height)), source)

    def with_values(self, values: np.ndarray) -> bytes:
        """The file with other coefficients, in the shape of `values`, and without metadata."""
        for name, plane in zip(("Y", "Cb", "Cr"), values, strict=True):
            setattr(self.source, name, plane.reshape(getattr(self.source, name).shape))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "picture.jpg")
            self.source.write_dct(str(path), flags=_OPTIMISED)
            return path.read_bytes()


def _jpeglib() -> Any:
    try:
        import jpeglib
    except ImportError as error:
        hint = "pip install jpeglib, or choose a .png"
        raise UsageError("JPEG stills need the package jpeglib", hint=hint) from error
    return jpeglib

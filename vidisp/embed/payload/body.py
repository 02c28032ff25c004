"""The message that is embedded: what the decoder must know, the video stream, and the alpha of a foreground.

body = length u32 | message (`vidisp.codec.message`) | stream | alpha as a PNG
"""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from vidisp.codec.fields import Fields, RecordError
from vidisp.codec.message import pack, unpack
from vidisp.embed.payload.colours import SCALE, Colours

_KIND_BODY = 33
_LENGTH = 4


@dataclass(frozen=True)
class Body:
    """`share` as in `stored.assemble`; `alpha` as `pack_alpha` returns it."""

    colours: Colours
    share: float
    stream: bytes
    alpha: bytes

    def to_bytes(self) -> bytes:
        values: dict[str, Any] = {"axes": [*itertools.chain(*self.colours.axes)], "scale": self.colours.scale}
        values |= {"share": self.share, "stream": len(self.stream)}
        message = pack(_KIND_BODY, values)
        return len(message).to_bytes(_LENGTH, "big") + message + self.stream + self.alpha

    @classmethod
    def from_bytes(cls, data: bytes) -> Body:
        """Raises: RecordError if it is none."""
        end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
        fields = Fields(unpack(_KIND_BODY, data[_LENGTH:end]))
        colours = _colours(fields)
        share, middle = fields.number("share"), end + fields.integer("stream")
        if not 0 <= share <= 1 or middle > len(data):
            raise RecordError("what is embedded makes no sense")
        return cls(colours, share, data[end:middle], data[middle:])


def pack_alpha(alpha: np.ndarray | None) -> bytes:
    """(H, W) uint8 as a PNG, nothing for None."""
    if alpha is None:
        return b""
    with io.BytesIO() as file:
        Image.fromarray(alpha).save(file, "PNG", optimize=True)
        return file.getvalue()


def unpack_alpha(data: bytes, size: tuple[int, int]) -> np.ndarray | None:
    """The inverse of `pack_alpha`. Raises: RecordError if it is none of that (width, height)."""
    if not data:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.size == size and image.mode == "L":
                return np.asarray(image)
    except (UnidentifiedImageError, OSError, ValueError):
        pass
    raise RecordError("the embedded alpha is damaged")


def _colours(fields: Fields) -> Colours:
    numbers, scale = fields.numbers("axes", 9), fields.number("scale")
    colours = Colours((numbers[:3], numbers[3:6], numbers[6:]), scale)
    if not 0 < scale <= SCALE or not colours.orthonormal:
        raise RecordError("what is embedded makes no sense")
    return colours

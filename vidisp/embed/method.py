"""What a method of embedding is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from vidisp.codec.fields import Fields
from vidisp.embed.canvas import Canvas
from vidisp.embed.conversion import Conversion, Facts, Restored

MakeCanvas = Callable[[np.ndarray], Canvas]
"""The canvas of a kind of file that shows a picture, (H, W, 3) uint8, as closely as that file can."""


@dataclass(frozen=True)
class Embedded:
    """A still that holds pictures, and what its header must say for the method to bring them back (JSON, and short)."""

    canvas: Canvas
    own: Mapping[str, Any]


class Method(Protocol):
    """A way to put pictures into a still and to bring them back. Stateless; `name` stands in the header."""

    @property
    def name(self) -> str: ...

    def embed(self, conversion: Conversion, make_canvas: MakeCanvas, still_psnr: float | None) -> Embedded:
        """MUST leave the header's slots of the canvas alone.

        Args:
            still_psnr: what the still must reach, in dB against the reference; None: as good as what comes back.

        Raises:
            InputError: the pictures do not go into the still.
        """
        ...

    def extract(self, canvas: Canvas, facts: Facts, own: Fields) -> Restored:
        """The pictures, or an error; MUST NOT return what it has no reason to believe.

        Raises:
            NotRecoverableError: the still was changed since it was made.
        """
        ...

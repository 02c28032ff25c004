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

    @property
    def chooses_still(self) -> bool:
        """Whether `still_psnr` may be given."""
        ...

    @property
    def in_slots(self) -> bool:
        """Whether the header goes into slots of the canvas as well. If not, the picture must say what `marked` of
        `vidisp.embed.iicnet.method` finds."""
        ...

    def embed(self, conversion: Conversion, make_canvas: MakeCanvas, still_psnr: float | None) -> Embedded:
        """MUST leave the header's slots of the canvas alone, if it goes there.

        Args:
            make_canvas: of pictures as large as the reference, or a few rows and columns larger.
            still_psnr: what the still must reach, in dB against the reference; None: what the method finds best.

        Raises:
            InputError: the pictures do not go into the still.
        """
        ...

    def extract(self, canvas: Canvas, facts: Facts, own: Fields) -> Restored:
        """The pictures, or an error; MUST NOT return what it has no reason to believe.

        Raises:
            NotRecoverableError: the still was changed since it was made, more than the method bears.
        """
        ...

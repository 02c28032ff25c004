"""What a still offers to embed in: slots, whole numbers that survive in its file as they are, in groups alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

HEADER_BYTES = 224
HEADER_BITS = 8 * HEADER_BYTES
COPIES = 4
"""Of the header, as far as there is room for them."""


@dataclass(frozen=True)
class Group:
    """`count` slots; a change of 1 adds `weight` to the squared error of the picture, on average."""

    count: int
    weight: float


class Canvas(Protocol):
    """A still on its way into a file or out of one. Places are (n,) int64, from 0 to the group's count."""

    lowest: int
    highest: int
    """What a slot can hold."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The slots to embed in. Equal on both sides of the file, whatever the slots hold."""
        ...

    @property
    def quality(self) -> int | None:
        """1 to 100 of a JPEG that is to be written, None if the file shows the picture as it is."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture."""
        ...

    def picture(self) -> np.ndarray:
        """What a viewer shows: (H, W, 3) uint8 R'G'B'."""
        ...

    def ideal(self, group: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What slots should hold for the picture to look like the reference, and what the square of a deviation adds to
        its squared error; (n,) float32 both."""
        ...

    def take(self, group: int, places: np.ndarray) -> np.ndarray:
        """What slots hold, (n,) int64."""
        ...

    def put(self, group: int, places: np.ndarray, values: np.ndarray) -> None:
        """Let slots hold values."""
        ...

    def checksum(self) -> int:
        """CRC-32 of all that slots hold, but for the bits of headers."""
        ...

    @property
    def copies(self) -> int:
        """How many copies of a header there is room for."""
        ...

    def take_header(self, copy: int) -> np.ndarray:
        """(HEADER_BITS,) uint8, bits."""
        ...

    def put_header(self, copy: int, bits: np.ndarray) -> None:
        """In the lowest bits of slots that are in no group."""
        ...

"""Which pictures go into the stream, and how pictures come out of stream and still together.

Where a picture is the reference, the still shows it already, but for what embedding changed. The stream can leave that
out (pictures that are wholly known are not in it, masks are filled with something that costs few bits); or it has it,
and the two versions, whose errors have nothing to do with each other, are averaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vidisp.embed.conversion import Facts, Restored, known_pixels

Known = Sequence[np.ndarray | bool]
_ROWS = 64


def stored_numbers(known: Known, *, whole: bool) -> list[int]:
    """Which pictures are in the stream; all of them if it is `whole`."""
    return [number for number, mask in enumerate(known) if whole or mask is not True]


def stored_pictures(pictures: Sequence[np.ndarray], known: Known, *, whole: bool) -> list[np.ndarray]:
    """As they are coded, (H, W, 3) uint8."""
    masks = ((pictures[number], known[number]) for number in stored_numbers(known, whole=whole))
    return [fill(picture, mask) if isinstance(mask, np.ndarray) and not whole else picture for picture, mask in masks]


def assemble(
    decoded: Sequence[np.ndarray], still: np.ndarray, facts: Facts, alpha: np.ndarray | None, share: float
) -> Restored:
    """The pictures, from the stream's and the still.

    Args:
        decoded: the stream's pictures, (H, W, 3) uint8.
        share: of the stream where it has what the still has too, 0..1; 0 if it has nothing of that.
    """
    known = known_pixels(facts, alpha)
    pictures = [still.copy() for _ in known]
    for number, picture in zip(stored_numbers(known, whole=share > 0), decoded, strict=True):
        _mix(pictures[number], picture, known[number], share)
    return Restored(tuple(pictures), alpha)


def fill(picture: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """A picture with means of what is around them in its holes, (H, W) bool: the larger the hole, the coarser."""
    weight = (~holes).astype(np.float32)[..., None]
    return np.asarray(np.rint(_filled(picture * weight, weight)).clip(0, 255), np.uint8)


def _filled(total: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Sums of what is known, and how much of it that is: means, from halves of the size where nothing is."""
    if weight.all() or max(weight.shape) == 1:
        return np.asarray(total / np.maximum(weight, 1))
    height, width = weight.shape[:2]
    coarse = _filled(_halved(total), _halved(weight)).repeat(2, 0).repeat(2, 1)[:height, :width]
    return np.where(weight > 0, total / np.maximum(weight, 1), coarse)


def _halved(plane: np.ndarray) -> np.ndarray:
    """Sums of 2x2."""
    height, width, depth = plane.shape
    padded = np.pad(plane, ((0, height % 2), (0, width % 2), (0, 0)))
    return np.asarray(padded.reshape((height + 1) // 2, 2, (width + 1) // 2, 2, depth).sum((1, 3)))


def _mix(picture: np.ndarray, decoded: np.ndarray, known: np.ndarray | bool, share: float) -> None:
    """Into `picture`, which is the still: the stream's version where that alone has it, the mean of both elsewhere."""
    for rows in _strips(len(picture)):
        both = np.rint(share * decoded[rows].astype(np.float32) + (1 - share) * picture[rows]).astype(np.uint8)
        mask = known if isinstance(known, bool) else known[rows, :, None]
        picture[rows] = np.where(mask, both, decoded[rows])


def _strips(rows: int) -> Iterable[slice]:
    return (slice(start, start + _ROWS) for start in range(0, rows, _ROWS))

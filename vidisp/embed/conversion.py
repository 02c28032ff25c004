"""What goes into a still and comes back: the five conversions, and what a file says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from vidisp.codec.fields import Fields, RecordError
from vidisp.errors import InputError

Task = Literal["frames", "stereo", "dual", "hidden", "layers"]
TASKS: tuple[Task, ...] = get_args(Task)
FEWEST, MOST = 2, 16
"""Frames of a sequence; as many pictures may be hidden at most."""
SMALLEST, LARGEST = 64, 30_000
"""Pixels of a side."""
_LARGEST_PICTURE = 1 << 28
_LONGEST_MS = 3_600_000


@dataclass(frozen=True)
class Facts:
    """What must be known to bring the pictures back.

    Args:
        task: frames of a sequence, two views (stereo, dual), hidden pictures, or foreground and background.
        count: pictures that come back.
        size: (width, height) of them and of the still.
        durations: of frames, in ms; else empty.

    Raises:
        RecordError: that is nothing vidisp embeds.
    """

    task: Task
    count: int
    size: tuple[int, int]
    durations: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        fewest, most = {"frames": (FEWEST, MOST), "hidden": (1, MOST)}.get(self.task, (2, 2))
        width, height = self.size
        sound = fewest <= self.count <= most and len(self.durations) == (self.count if self.task == "frames" else 0)
        if not sound or not all(0 < ms <= _LONGEST_MS for ms in self.durations):
            raise RecordError(f"a still of {self.count} pictures ({self.task}) is none that vidisp makes")
        if not SMALLEST <= min(self.size) <= max(self.size) <= LARGEST or width * height > _LARGEST_PICTURE:
            raise RecordError(f"a still of {width}x{height} is none that vidisp makes")

    @property
    def reference(self) -> int | None:
        """The picture that the still looks like: the middle frame, the first view; else None."""
        return {"frames": (self.count - 1) // 2, "stereo": 0, "dual": 0}.get(self.task)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        values = {"task": self.task, "count": self.count, "size": list(self.size)}
        return values | ({"ms": list(self.durations)} if self.durations else {})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Facts:
        """Raises: RecordError for anything that `to_dict` does not return."""
        fields = Fields(values)
        task, count = fields.text("task"), fields.integer("count")
        width, height = (int(side) for side in fields.numbers("size", 2))
        durations = fields.optional("ms", lambda key: fields.numbers(key, count)) or ()
        for known in TASKS:
            if task == known:
                return cls(known, count, (width, height), tuple(int(ms) for ms in durations))
        raise RecordError(f"a still that holds {task!r} is of a kind that this vidisp does not know")


@dataclass(frozen=True)
class Conversion:
    """Pictures on their way into a still.

    Args:
        facts: what the file will say of them.
        reference: (H, W, 3) uint8, what the still shall look like.
        pictures: what comes back, in order, each like `reference`.
        alpha: (H, W) uint8 of the foreground; of layers only.
    """

    facts: Facts
    reference: np.ndarray
    pictures: tuple[np.ndarray, ...]
    alpha: np.ndarray | None = None


@dataclass(frozen=True)
class Restored:
    """What has come back: `pictures` as in `Conversion`, and `alpha`; less exact than they were when the still was made
    if it was `changed` since."""

    pictures: tuple[np.ndarray, ...]
    alpha: np.ndarray | None = None
    changed: bool = False


def known_pixels(facts: Facts, alpha: np.ndarray | None) -> list[np.ndarray | bool]:
    """Where each picture is the reference, or its colours cannot be seen: everywhere, nowhere, or an (H, W) mask."""
    if alpha is not None:
        return [(alpha == 255) | (alpha == 0), alpha == 0]
    return [number == facts.reference for number in range(facts.count)]


def meaningful_pixels(facts: Facts, alpha: np.ndarray | None) -> list[np.ndarray | bool]:
    """Where the colours of a picture can be seen: a foreground has none where it is transparent."""
    return [True] * facts.count if alpha is None else [alpha > 0, True]


def sequence(frames: Sequence[np.ndarray], durations: Sequence[int]) -> Conversion:
    """Frames of a clip, each shown for so many ms; the still looks like the middle one.

    Raises:
        InputError: as all here, if there are too few or too many pictures, of different or impossible sizes.
    """
    facts = _facts("frames", frames, tuple(durations))
    return Conversion(facts, frames[facts.reference or 0], tuple(frames))


def views(task: Literal["stereo", "dual"], first: np.ndarray, second: np.ndarray) -> Conversion:
    """Two views of one moment; the still looks like the first."""
    return Conversion(_facts(task, [first, second]), first, (first, second))


def hiding(cover: np.ndarray, secrets: Sequence[np.ndarray]) -> Conversion:
    """Pictures hidden in a cover, which the still looks like; they come back, the cover does not."""
    _check([cover, *secrets])
    return Conversion(_facts("hidden", secrets), cover, tuple(secrets))


def layers(foreground: np.ndarray, alpha: np.ndarray, background: np.ndarray) -> Conversion:
    """A foreground over a background; the still looks like the composition, foreground * alpha + background * (1 -
    alpha) of code values, and all three come back."""
    facts = _facts("layers", [foreground, background])
    return Conversion(facts, compose(foreground, alpha, background), (foreground, background), alpha)


def compose(foreground: np.ndarray, alpha: np.ndarray, background: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8."""
    share = alpha[..., None].astype(np.uint16)
    return ((foreground * share + background * (255 - share) + 127) // 255).astype(np.uint8)


def _facts(task: Task, pictures: Sequence[np.ndarray], durations: tuple[int, ...] = ()) -> Facts:
    fewest = FEWEST if task == "frames" else 1
    if not fewest <= len(pictures) <= MOST:
        hint = "choose some with --frames A:B" if task == "frames" else None
        raise InputError(f"{len(pictures)} pictures do not go into a still, {fewest} to {MOST} do", hint=hint)
    _check(pictures)
    return Facts(task, len(pictures), _size(pictures[0]), durations)


def _check(pictures: Sequence[np.ndarray]) -> None:
    first = _size(pictures[0])
    for number, size in enumerate(map(_size, pictures)):
        if size != first:
            what = "picture {} is {}x{}, the first is {}x{}".format(number + 1, *size, *first)
            raise InputError(what, hint="all must be of one size")
    if min(first) < SMALLEST or max(first) > LARGEST or first[0] * first[1] > _LARGEST_PICTURE:
        what = "pictures of {}x{} do not go into a still".format(*first)
        raise InputError(
            what, hint=f"{SMALLEST} to {LARGEST} pixels a side, {_LARGEST_PICTURE >> 20} megapixels at most"
        )


def _size(picture: np.ndarray) -> tuple[int, int]:
    return int(picture.shape[1]), int(picture.shape[0])


def middle_part(conversion: Conversion, side: int) -> Conversion:
    """The middle of pictures that are larger than `side` on a side, else the conversion itself."""
    width, height = conversion.facts.size
    if max(width, height) <= side:
        return conversion
    rows, columns = _middle(height, side), _middle(width, side)
    pictures = tuple(picture[rows, columns] for picture in conversion.pictures)
    alpha = None if conversion.alpha is None else conversion.alpha[rows, columns]
    reference = conversion.reference[rows, columns]
    return Conversion(replace(conversion.facts, size=_size(reference)), reference, pictures, alpha)


def _middle(length: int, side: int) -> slice:
    start = max(0, length - side) // 2
    return slice(start, start + min(side, length))

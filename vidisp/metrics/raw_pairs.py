"""Which recovered RAW frame belongs to which original, and both of them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidisp.errors import InputError, counted
from vidisp.metrics.fidelity import in_levels_of
from vidisp.raw import Clip, RawFrame, read_frame
from vidisp.raw.clip import RAW_SUFFIXES
from vidisp.raw.read import trailing_number


def is_raw(path: Path) -> bool:
    """Whether a path is a RAW file, NumPy mosaics, or a folder of either."""
    files = path.iterdir() if path.is_dir() else [path]
    return any(file.suffix.lower() in (*RAW_SUFFIXES, ".npy") for file in files if not file.name.startswith("."))


def common_names(reference: Path, recovered: Path) -> tuple[dict[str, Path], dict[str, Path]] | None:
    """RAW files of two folders by their names without suffix; None unless both are folders that share a name."""
    if not (reference.is_dir() and recovered.is_dir()):
        return None
    before, after = _names(reference, RAW_SUFFIXES), _names(recovered, RAW_SUFFIXES | {".npy"})
    return (before, after) if before.keys() & after.keys() else None


def missing(thing: str, where: str, names: Sequence[str | int]) -> list[str]:
    """A line on those that found no partner; none if there are none."""
    shown = ", ".join(str(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")
    return [f"{counted(len(names), thing)} {where}, not compared: {shown}"] if names else []


@dataclass(frozen=True)
class RawPair:
    """`original`, and `recovered`: (height, width) in DN of the original, integer or float; `name` is its file's."""

    original: RawFrame
    recovered: np.ndarray
    name: str


@dataclass(frozen=True)
class RawPairs:
    """Frames of two clips that have the same number.

    Args:
        found: the original's index and the recovered file of each pair, in the original's order.
        not_recovered: numbers that only the original has; `not_in_reference`, those that only the other has.
    """

    clip: Clip
    found: tuple[tuple[int, Path], ...]
    not_recovered: tuple[int, ...]
    not_in_reference: tuple[int, ...]

    @classmethod
    def open(cls, reference: Path, recovered: Path) -> RawPairs:
        """Names are read, no frames. One file on each side is a pair whatever their numbers.

        Raises:
            InputError: a path holds no frames, or nothing pairs.
        """
        before, after = Clip.open(reference), _recovered_files(recovered)
        pairs = _pairs(before, after, stills=reference.is_file() and recovered.is_file())
        if not pairs:
            what = f"no frame number is in both clips ({_span(before.numbers)} against {_span(list(after))})"
            raise InputError(what, path=recovered, hint="frames are paired by the number that their names end with")
        numbers, files = {before.numbers[index] for index, _ in pairs}, {path for _, path in pairs}
        return cls(
            before,
            tuple(pairs),
            tuple(number for number in before.numbers if number not in numbers),
            tuple(number for number, path in sorted(after.items()) if path not in files),
        )

    def __len__(self) -> int:
        return len(self.found)

    def frames(self) -> Iterator[RawPair]:
        """Raises: InputError when a frame cannot be read, or a pair differs in size or colour filter."""
        for index, path in self.found:
            original = self.clip.read(index)
            yield RawPair(original, _mosaic(original, path), str(path))


def _mosaic(original: RawFrame, path: Path) -> np.ndarray:
    if path.suffix != ".npy":
        return in_levels_of(original, read_frame(path, number=original.number))
    try:
        mosaic: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"is not a NumPy array: {error}", path=path, frame=original.number) from error
    if mosaic.dtype.kind not in "iuf":
        raise InputError(f"holds {mosaic.dtype}, not numbers in DN", path=path, frame=original.number)
    return mosaic


def _recovered_files(path: Path) -> dict[int, Path]:
    """Frame number -> file. Gaps are allowed: what is missing is for the report to say.

    Raises:
        InputError: nothing is there, a name holds no number, or two hold the same.
    """
    if not path.exists():
        raise InputError("does not exist", path=path)
    if path.is_file():
        return {trailing_number(path) or 0: path}
    arrays = sorted(path.glob("*.npy"))
    files = arrays or sorted(f for f in path.iterdir() if f.suffix.lower() in RAW_SUFFIXES)
    if not files:
        raise InputError("holds no recovered frames", path=path, hint="DNG or .npy files are expected")
    found: dict[int, Path] = {}
    for file in files:
        number = trailing_number(file)
        if number is None or number in found:
            what = f"{file.name} has no number of its own at the end of its name"
            raise InputError(what, path=path, hint="frames are paired by number")
        found[number] = file
    return found


def _names(folder: Path, suffixes: frozenset[str]) -> dict[str, Path]:
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in suffixes and not f.name.startswith("."))
    return {file.stem: file for file in files}


def _pairs(before: Clip, after: dict[int, Path], *, stills: bool) -> list[tuple[int, Path]]:
    """The reference's indices with the recovered files of the same number, in the reference's order."""
    if stills:
        return [(0, path) for path in after.values()]
    return [(index, after[number]) for index, number in enumerate(before.numbers) if number in after]


def _span(numbers: Sequence[int]) -> str:
    return f"{min(numbers)}..{max(numbers)}" if numbers else "none"

"""A RAW clip on disk: a folder of RAW files, or one."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from vidisp.errors import InputError
from vidisp.raw.frame import CFA, RawFrame, Sensor
from vidisp.raw.read import dng_kind, read_frame, trailing_number

_LOG = logging.getLogger("vidisp")

Kind = tuple[int, int, CFA]

_SUFFIXES = (
    "3fr ari arw bay cap cr2 cr3 crw dcr dcs dng drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw nef nrw orf pef "
    "ptx pxn r3d raf raw rw2 rwl rwz sr2 srf srw x3f"
)
RAW_SUFFIXES = frozenset(f".{name}" for name in _SUFFIXES.split(" "))


@dataclass(frozen=True)
class Clip:
    """Frames in the order of their numbers; only names and numbers are held, so it is small and can be pickled.

    Args:
        path: the folder, or the one file.
        paths: a RAW file for each frame.
        numbers: the frames' own numbers, increasing by one.
        sensor: of the first frame; all frames have its size and CFA.
        fps: frame rate that the first frame states, None if it states none.
        audio: the one WAV file in the folder or beside it, None if there is none.
        ignored: other files in the folder.
    """

    path: Path
    paths: tuple[Path, ...]
    numbers: tuple[int, ...]
    sensor: Sensor
    fps: Fraction | None = None
    audio: Path | None = None
    ignored: tuple[Path, ...] = ()

    @classmethod
    def open(cls, path: str | Path) -> Clip:
        """A folder of RAW files, or one RAW file, as a clip.

        Raises: InputError when there is nothing to read, when frame numbers miss or occur twice, when sizes differ,
            or when the first frame (of DNG: any frame's header) is none that vidisp can take.
        """
        path = Path(path)
        files = _files(path)
        frames = [file for file in files if _is_frame(file)] if path.is_dir() else files
        if not frames:
            raise InputError("holds no RAW files", path=path, hint="vidisp reads DNG and camera RAW files")
        frames, numbers = _in_order(frames)
        first = read_frame(frames[0], number=numbers[0])
        _check_kinds(frames, numbers, _kind(first.sensor))
        ignored = tuple(file for file in files if file not in set(frames))
        return cls(path, tuple(frames), tuple(numbers), first.sensor, first.fps, _audio(path, files), ignored)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def name(self) -> str:
        """The folder's name, or the file's without its extension."""
        return self.path.resolve().name if self.path.is_dir() else self.path.stem

    def read(self, index: int) -> RawFrame:
        """The frame at `index`, from 0; may be called from several threads.

        Raises: InputError when the file cannot be read, or has another size or CFA than the clip's first frame.
        """
        frame = read_frame(self.paths[index], number=self.numbers[index])
        if _kind(frame.sensor) != _kind(self.sensor):
            raise _mixed(self.paths[index], self.numbers[index], _kind(frame.sensor), _kind(self.sensor))
        return frame


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise InputError("does not exist", path=path)
    if not path.is_dir():
        return [path]
    try:
        return sorted(file for file in path.iterdir() if file.is_file())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error


def _is_frame(file: Path) -> bool:
    # Names that begin with a dot are the system's (a Mac puts ._A.dng beside A.dng) or files being written.
    return file.suffix.lower() in RAW_SUFFIXES and not file.name.startswith(".")


def _in_order(frames: Sequence[Path]) -> tuple[list[Path], list[int]]:
    """Frames with their numbers: the digits their names end with, or, where one has none, their place by name."""
    numbers = [trailing_number(frame) for frame in frames]
    known = [number for number in numbers if number is not None]
    if len(known) < len(frames):
        return sorted(frames, key=_natural), list(range(len(frames)))
    _refuse_twins(frames, known)
    _refuse_gaps(frames, known)
    order = sorted(range(len(frames)), key=lambda index: known[index])
    return [frames[index] for index in order], [known[index] for index in order]


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", path.name.lower(), re.ASCII)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _refuse_twins(frames: Sequence[Path], numbers: Sequence[int]) -> None:
    by_number: dict[int, list[Path]] = defaultdict(list)
    for frame, number in zip(frames, numbers, strict=True):
        by_number[number].append(frame)
    for number, twins in sorted(by_number.items()):
        if len(twins) > 1:
            same = len({twin.stem for twin in twins}) == 1
            hint = "keep one kind of file" if same else "put each clip into a folder of its own"
            names = " and ".join(twin.name for twin in twins[:2])
            raise InputError(f"{names} have the same number", path=frames[0].parent, frame=number, hint=hint)


def _refuse_gaps(frames: Sequence[Path], numbers: Sequence[int]) -> None:
    present = sorted(numbers)
    gaps = [(a + 1, b - 1) for a, b in pairwise(present) if b - a > 1]
    if not gaps:
        return
    names = ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in gaps[:3]) + (", ..." if len(gaps) > 3 else "")
    many = len(gaps) > 1 or gaps[0][0] != gaps[0][1]
    raise InputError(
        f"frame{'s' if many else ''} {names} {'are' if many else 'is'} missing",
        path=frames[0].parent,
        hint="copy them from the card again, or put the frames before and after into folders of their own",
    )


def _check_kinds(frames: Sequence[Path], numbers: Sequence[int], want: Kind) -> None:
    for frame, number in zip(frames, numbers, strict=True):
        got = dng_kind(frame) if frame.suffix.lower() == ".dng" else None
        if got is not None and got != want:
            raise _mixed(frame, number, got, want)


def _kind(sensor: Sensor) -> Kind:
    return sensor.width, sensor.height, sensor.cfa


def _mixed(path: Path, number: int, got: Kind, want: Kind) -> InputError:
    return InputError(
        f"is {got[0]}x{got[1]} {got[2]}, the clip's first frame is {want[0]}x{want[1]} {want[2]}",
        path=path,
        frame=number,
        hint="put frames of another size or camera into a folder of their own",
    )


def _audio(path: Path, files: Sequence[Path]) -> Path | None:
    """The one WAV file in the folder; else, beside it, the one of its name, or the only one."""
    inside = [file for file in files if file.suffix.lower() == ".wav"] if path.is_dir() else []
    beside = [] if inside else [file for file in _files(path.resolve().parent) if file.suffix.lower() == ".wav"]
    name = path.resolve().name if path.is_dir() else path.stem
    named = [file for file in beside if file.stem == name]
    for candidates in (inside, named, beside):
        if len(candidates) == 1:
            return candidates[0]
    if inside or beside:
        _LOG.warning("%s: several WAV files, none taken", path)
    return None

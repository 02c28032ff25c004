"""Comparing two clips on disk: what pairs, what is missing, and the figures as JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidisp.errors import InputError
from vidisp.metrics.fidelity import Errors, FrameErrors, bayer_errors, mosaic_errors, summarise
from vidisp.raw import Clip
from vidisp.raw.frame import RawFrame


@dataclass(frozen=True)
class Report:
    """The outcome of one comparison.

    `frames` holds one entry for each pair, in order of frame number; `not_recovered` are the numbers that
    only the reference has, `not_in_reference` those that only the recovered clip has.
    """

    frames: tuple[FrameErrors, ...]
    not_recovered: tuple[int, ...] = ()
    not_in_reference: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready. An infinite PSNR (nothing differs in that view) is null; `identical` says that not one
        sample differs."""
        clip = summarise(self.frames)
        return {
            "frames": clip.frames,
            **_figures(clip),
            "not_recovered": list(self.not_recovered),
            "not_in_reference": list(self.not_in_reference),
            "per_frame": [{"frame": f.number, **_figures(f)} for f in self.frames],
        }

    def to_text(self) -> str:
        """A table for people: a line a frame, the clip at the foot, then the frames that found no partner."""
        head = f"{'frame':>10} {'bayer dB':>9} {'sqrt dB':>9} {'invisp dB':>9} {'max error DN':>13}"
        rows = [_row(str(frame.number), frame) for frame in self.frames]
        clip = summarise(self.frames)
        lines = [head, *rows, _row(f"all {clip.frames}", clip)]
        lines += _missing("in the reference only", self.not_recovered)
        lines += _missing("in the recovered clip only", self.not_in_reference)
        return "\n".join(lines)


def evaluate_clips(
    reference: str | Path,
    recovered: str | Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Compare recovered frames with the RAW clip they came from, paired by frame number.

    Args:
        reference: the RAW clip that was rendered: a folder of DNG or camera RAW, or one file.
        recovered: what came back: the same kinds, or .npy mosaics in DN whose names end in the frame number.
        progress: called after every pair with the number of pairs done and their total.

    One file on each side is a pair whatever their numbers; otherwise a frame without a partner is left out of
    the figures and listed in the report.

    Raises:
        InputError: a path holds no frames, nothing pairs, or two frames differ in size or colour filter.
    """
    before, after = Clip.open(Path(reference)), _open_recovered(Path(recovered))
    pairs = _pairs(
        before.numbers, after.numbers, stills=Path(reference).is_file() and Path(recovered).is_file()
    )
    if not pairs:
        what = f"no frame number is in both clips ({_span(before.numbers)} against {_span(after.numbers)})"
        raise InputError(what, path=recovered, hint="frames are paired by the last number in their names")
    frames = []
    for ours, theirs in pairs:
        frames.append(after.errors(theirs, before.read(ours)))
        if progress:
            progress(len(frames), len(pairs))
    left = {before.numbers[i] for i, _ in pairs}, {after.numbers[j] for _, j in pairs}
    return Report(
        tuple(frames),
        tuple(n for n in before.numbers if n not in left[0]),
        tuple(n for n in after.numbers if n not in left[1]),
    )


class _RawFrames:
    """Recovered frames as RAW files."""

    def __init__(self, clip: Clip) -> None:
        self.clip, self.numbers = clip, tuple(clip.numbers)

    def errors(self, index: int, original: RawFrame) -> FrameErrors:
        return bayer_errors(original, self.clip.read(index))


class _ArrayFrames:
    """Recovered frames as .npy mosaics, numbered by the last digits of their names."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = sorted(paths, key=_number)
        self.numbers = tuple(_number(p) for p in self.paths)

    def errors(self, index: int, original: RawFrame) -> FrameErrors:
        path = self.paths[index]
        try:
            mosaic = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"not a NumPy array: {error}", path=path, frame=original.number) from error
        if not np.issubdtype(mosaic.dtype, np.integer) and not np.issubdtype(mosaic.dtype, np.floating):
            raise InputError(f"holds {mosaic.dtype}, not numbers in DN", path=path, frame=original.number)
        return mosaic_errors(original, mosaic, name=str(path))


def _open_recovered(path: Path) -> _RawFrames | _ArrayFrames:
    arrays = [path] if path.suffix == ".npy" else sorted(path.glob("*.npy"))
    return _ArrayFrames(arrays) if arrays else _RawFrames(Clip.open(path))


def _number(path: Path) -> int:
    digits = re.findall(r"\d+", path.stem)
    if not digits:
        raise InputError("the name holds no frame number", path=path)
    return int(digits[-1])


def _pairs(before: Sequence[int], after: Sequence[int], *, stills: bool) -> list[tuple[int, int]]:
    """Index pairs of the frames with the same number, in the reference's order."""
    if stills:
        return [(0, 0)]
    where = {number: index for index, number in enumerate(after)}
    return [(i, where[number]) for i, number in enumerate(before) if number in where]


def _span(numbers: Sequence[int]) -> str:
    return f"{min(numbers)}..{max(numbers)}" if numbers else "none"


def _figures(errors: Errors) -> dict[str, Any]:
    return {
        "psnr_bayer": _finite(errors.psnr_bayer),
        "psnr_sqrt": _finite(errors.psnr_sqrt),
        "psnr_invisp": _finite(errors.psnr_invisp),
        "max_error_dn": errors.max_error_dn,
        "identical": errors.identical,
    }


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _row(name: str, e: Errors) -> str:
    return f"{name:>10} {e.psnr_bayer:9.2f} {e.psnr_sqrt:9.2f} {e.psnr_invisp:9.2f} {e.max_error_dn:13.6g}"


def _missing(where: str, numbers: Sequence[int]) -> list[str]:
    shown = ", ".join(str(n) for n in numbers[:8]) + (", ..." if len(numbers) > 8 else "")
    return [f"{len(numbers)} frames {where}, not compared: {shown}"] if numbers else []

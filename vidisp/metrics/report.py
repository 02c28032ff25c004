"""Comparing two clips on disk: what pairs, what is missing, and the figures as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vidisp.errors import InputError
from vidisp.metrics.fidelity import Errors, FrameErrors, bayer_errors, mosaic_errors, summarise
from vidisp.raw import Clip, RawFrame, read_frame
from vidisp.raw.clip import RAW_SUFFIXES
from vidisp.raw.read import trailing_number


@dataclass(frozen=True)
class Report:
    """The outcome of one comparison.

    `frames` holds one entry for each pair, in order of frame number; `not_recovered` are the numbers that
    only the reference has, `not_in_reference` those that only the recovered clip has.
    """

    frames: tuple[FrameErrors, ...] = field(repr=False)
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
    before, after = Clip.open(Path(reference)), _recovered_files(Path(recovered))
    pairs = _pairs(before, after, stills=Path(reference).is_file() and Path(recovered).is_file())
    if not pairs:
        what = f"no frame number is in both clips ({_span(before.numbers)} against {_span(list(after))})"
        raise InputError(what, path=recovered, hint="frames are paired by the number that their names end with")
    frames = []
    for index, path in pairs:
        frames.append(_frame_errors(before.read(index), path))
        if progress:
            progress(len(frames), len(pairs))
    paired = {before.numbers[index] for index, _ in pairs}, {path for _, path in pairs}
    return Report(
        tuple(frames),
        tuple(number for number in before.numbers if number not in paired[0]),
        tuple(number for number, path in sorted(after.items()) if path not in paired[1]),
    )


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


def _pairs(before: Clip, after: dict[int, Path], *, stills: bool) -> list[tuple[int, Path]]:
    """The reference's indices with the recovered files of the same number, in the reference's order."""
    if stills:
        return [(0, path) for path in after.values()]
    return [(index, after[number]) for index, number in enumerate(before.numbers) if number in after]


def _frame_errors(original: RawFrame, path: Path) -> FrameErrors:
    if path.suffix != ".npy":
        return bayer_errors(original, read_frame(path, number=original.number))
    try:
        mosaic = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"is not a NumPy array: {error}", path=path, frame=original.number) from error
    if mosaic.dtype.kind not in "iuf":
        raise InputError(f"holds {mosaic.dtype}, not numbers in DN", path=path, frame=original.number)
    return mosaic_errors(original, mosaic, name=str(path))


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

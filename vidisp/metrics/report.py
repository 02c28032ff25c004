"""The outcome of comparing a recovered RAW clip with its original: figures as JSON and as a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vidisp.metrics.evaluate_raw import measure_pairs
from vidisp.metrics.fidelity import Errors, FrameErrors, summarise
from vidisp.metrics.measures import Measures
from vidisp.metrics.raw_pairs import RawPairs, missing

HEAD = f"{'bayer dB':>9} {'sqrt dB':>9} {'invisp dB':>9} {'max error DN':>13}"


@dataclass(frozen=True)
class Report:
    """The outcome of one comparison.

    `frames` holds one entry for each pair, in order of frame number; `not_recovered` are the numbers that
    only the reference has, `not_in_reference` those that only the recovered clip has; `measures` are the figures
    over time, steadiness and the sensor's own noise among them.
    """

    frames: tuple[FrameErrors, ...] = field(repr=False)
    measures: Measures
    not_recovered: tuple[int, ...] = ()
    not_in_reference: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready. An infinite PSNR (nothing differs in that view) is null; `identical` says that not one
        sample differs. The keys of `Measures` lie beside, those of the summary at the top."""
        clip, measured = summarise(self.frames), self.measures.to_dict()
        over_time = measured.pop("per_frame")
        return {
            "frames": clip.frames,
            **figures(clip),
            "not_recovered": list(self.not_recovered),
            "not_in_reference": list(self.not_in_reference),
            **measured,
            "per_frame": [{**now, **figures(f)} for f, now in zip(self.frames, over_time, strict=True)],
        }

    def to_text(self) -> str:
        """Two tables for people: a line a frame with the clip at the foot and the frames that found no partner; then
        a line a metric."""
        rows = [row(str(frame.number), frame) for frame in self.frames]
        clip = summarise(self.frames)
        lines = [f"{'frame':>10} {HEAD}", *rows, row(f"all {clip.frames}", clip)]
        lines += missing("frame", "in the reference only", self.not_recovered)
        lines += missing("frame", "in the recovered clip only", self.not_in_reference)
        return "\n".join([*lines, "", self.measures.to_text()])


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
    pairs = RawPairs.open(Path(reference), Path(recovered))
    measures, frames = measure_pairs(pairs, progress=progress)
    named = replace(measures, video=str(recovered), reference=str(reference))
    return Report(frames, named, pairs.not_recovered, pairs.not_in_reference)


def figures(errors: Errors) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "psnr_bayer": _finite(errors.psnr_bayer),
        "psnr_sqrt": _finite(errors.psnr_sqrt),
        "psnr_invisp": _finite(errors.psnr_invisp),
        "max_error_dn": errors.max_error_dn,
        "identical": errors.identical,
    }


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def row(name: str, e: Errors, width: int = 10) -> str:
    """A line of the table, its columns as in `HEAD`."""
    return f"{name:>{width}} {e.psnr_bayer:9.2f} {e.psnr_sqrt:9.2f} {e.psnr_invisp:9.2f} {e.max_error_dn:13.6g}"

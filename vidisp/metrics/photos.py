"""Recovered RAW photos against their originals, one by one: of different sizes and cameras, so no clip."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from vidisp.errors import InputError, counted
from vidisp.metrics.measures import rounded
from vidisp.metrics.raw_pairs import missing
from vidisp.metrics.report import HEAD, Report, evaluate_clips, figures, row
from vidisp.metrics.verdict import noise_ratio

log = logging.getLogger("vidisp")


@dataclass(frozen=True)
class PhotoReport:
    """Photos that were compared, by name; those that could not be, and why; names that only one side has.

    `why` says what kept the folders from being compared as clips.
    """

    photos: Mapping[str, Report]
    failed: Mapping[str, str]
    not_recovered: tuple[str, ...]
    not_in_reference: tuple[str, ...]
    why: str

    @property
    def mean(self) -> tuple[float, float, float]:
        """Of the photos' PSNRs in dB: Bayer, square root, InvISP. Each photo counts alike, whatever its size."""
        errors = [report.frames[0] for report in self.photos.values()]
        return (
            fmean(e.psnr_bayer for e in errors),
            fmean(e.psnr_sqrt for e in errors),
            fmean(e.psnr_invisp for e in errors),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, keys as of `Report`; the mean of all photos lies at the top. Infinite is null."""
        keys = ("psnr_bayer", "psnr_sqrt", "psnr_invisp")
        return {
            "kind": "photos",
            **{key: rounded(value) for key, value in zip(keys, self.mean, strict=True)},
            "not_recovered": list(self.not_recovered),
            "not_in_reference": list(self.not_in_reference),
            "failed": [{"name": name, "reason": reason} for name, reason in self.failed.items()],
            "notes": [self.why],
            "photos": [_photo(name, report) for name, report in self.photos.items()],
        }

    def to_text(self) -> str:
        """A table for people: a line a photo, their mean, photos without a partner, and what it means."""
        width = max(len(name) for name in (*self.photos, "mean of 000"))
        lines = [f"no clip, so photo by photo: {self.why}", f"{'photo':>{width}} {HEAD} {'two shots dB':>13}"]
        for name, report in self.photos.items():
            shots = report.measures.noise_summary["raw_psnr"]
            lines.append(f"{row(name, report.frames[0], width)} {math.inf if shots is None else shots:13.2f}")
        lines.append(f"{f'mean of {len(self.photos)}':>{width}}" + "".join(f" {value:9.2f}" for value in self.mean))
        lines += missing("photo", "in the reference only", self.not_recovered)
        lines += missing("photo", "in the recovered folder only", self.not_in_reference)
        return "\n".join([*lines, self._meaning()])

    def _meaning(self) -> str:
        ratios = [noise_ratio(report.measures) for report in self.photos.values()]
        quiet = sum(ratio is not None and ratio <= 1 for ratio in ratios)
        noise = "the sensor's own noise, which is 3 dB above two shots of the scene"
        return f"nearer to the original than {noise}: {quiet} of {counted(len(ratios), 'photo')}"


def evaluate_photos(
    originals: Mapping[str, Path],
    recovered: Mapping[str, Path],
    *,
    why: str,
    progress: Callable[[int, int], None] | None = None,
) -> PhotoReport:
    """Compare the photos that both sides name. What cannot be compared is said at once, and the others go on.

    Raises:
        InputError: not one photo can be compared.
    """
    common = sorted(originals.keys() & recovered.keys())
    photos: dict[str, Report] = {}
    failed: dict[str, str] = {}
    for done, name in enumerate(common, 1):
        try:
            photos[name] = evaluate_clips(originals[name], recovered[name])
        except InputError as error:
            failed[name] = str(error)
            log.error("%s", error)
        if progress:
            progress(done, len(common))
    if not photos:
        raise InputError(f"none of {counted(len(common), 'photo')} could be compared", path=recovered[common[0]].parent)
    lost, new = sorted(originals.keys() - recovered), sorted(recovered.keys() - originals)
    return PhotoReport(photos, failed, tuple(lost), tuple(new), why)


def _photo(name: str, report: Report) -> dict[str, Any]:
    shots = {"raw_psnr": rounded(report.measures.noise_summary["raw_psnr"])}
    notes = list(report.measures.notes)
    return {"name": name, **figures(report.frames[0]), "of_two_noisy_shots": shots, "notes": notes}

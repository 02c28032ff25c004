"""What the benchmark scripts share: the clips and their cards, one measured row, the search for rates."""

from __future__ import annotations

import json
import math
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import torch

import vidisp
from vidisp.errors import InputError
from vidisp.metrics import bits_per_pixel, mosaic_errors, summarise
from vidisp.raw import Clip

RATE_TOLERANCE = 0.2  # of the target, either way: curves are compared, not single points
MAX_TRIES = 3  # encodes for one target rate


@dataclass(frozen=True)
class BenchClip:
    """A clip of `datasets/make_benchmark_clips.py` and its card: kind, seed, noise, saturation, SHA-256."""

    path: Path
    card: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.name

    def __str__(self) -> str:
        c = self.card
        return (
            f"{c['name']}: {c['kind']}, {c['frames']} frames {c['width']}x{c['height']} {c['cfa']}, "
            f"seed {c['seed']}, noise S={c['noise'][0]:.3g} O={c['noise'][1]:.3g}, "
            f"saturated {100 * c['saturated']:.2f} %, sha256 {c['sha256'][:16]}"
        )


def bench_clips(folder: Path, names: list[str] | None = None) -> list[BenchClip]:
    """The clips made in `folder`, all or those named.

    Raises:
        InputError: there is none, or one that was named is missing.
    """
    cards = {path.stem: path for path in sorted(folder.glob("*.json")) if path.with_suffix("").is_dir()}
    missing = [name for name in names or [] if name not in cards]
    if missing or not cards:
        hint = "datasets/make_benchmark_clips.py makes them"
        raise InputError(f"no benchmark clip {', '.join(missing)}".strip(), path=folder, hint=hint)
    chosen = names or list(cards)
    return [BenchClip(cards[n].with_suffix(""), json.loads(cards[n].read_text())) for n in chosen]


@dataclass(frozen=True)
class Row:
    """One encode of one clip: file bytes, bits per sensor pixel, PSNR in dB from the clip's squared error."""

    system: str
    crf: float
    bytes: int
    bpp: float
    psnr_bayer: float
    psnr_sqrt: float
    psnr_invisp: float
    max_error_dn: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class System(Protocol):
    """A way of coding a RAW clip: `encode` returns the bytes written, `decode` yields the mosaics."""

    name: str
    suffix: str
    crf_range: tuple[float, float]

    def encode(self, clip: Clip, path: Path, crf: float) -> int: ...
    def decode(self, clip: Clip, path: Path) -> Iterator[np.ndarray]: ...


def rate_rows(system: System, clip: Clip, targets: tuple[float, ...], tries: int = MAX_TRIES) -> list[Row]:
    """One row near each target rate that the system reaches, by rising rate."""
    with tempfile.TemporaryDirectory() as scratch:

        def path(crf: float) -> Path:
            return Path(scratch) / f"crf{crf:g}{system.suffix}"

        def rate(crf: float) -> float:
            sizes[crf] = system.encode(clip, path(crf), crf)
            return bits_per_pixel(sizes[crf], clip.sensor.width, clip.sensor.height, len(clip))

        sizes: dict[float, int] = {}
        chosen = search_rates(rate, targets, system.crf_range, tries)
        return [_row(system, clip, path(crf), crf, sizes[crf]) for crf in sorted(chosen, reverse=True)]


def search_rates(
    rate: Callable[[float], float],
    targets: tuple[float, ...],
    crf_range: tuple[float, float],
    tries: int = MAX_TRIES,
) -> dict[float, float]:
    """crf -> bits per pixel, one entry near each target: log2(rate) falls about linearly with crf."""
    known: dict[float, float] = {}
    chosen = {}
    for target in targets:
        for _ in range(tries):
            crf = _guess(known, target, crf_range)
            if crf in known:
                break
            known[crf] = rate(crf)
            if abs(known[crf] / target - 1) < RATE_TOLERANCE:
                break
        best = _nearest(known, target)[0]
        chosen[best] = known[best]
    return chosen


def _nearest(known: dict[float, float], target: float) -> list[float]:
    """The crfs tried so far, nearest to the target rate first."""
    return sorted(known, key=lambda crf: abs(math.log(known[crf] / target)))


def _guess(known: dict[float, float], target: float, crf_range: tuple[float, float]) -> float:
    """The crf where the line through the two known points nearest the target meets it, in quarters."""
    low, high = crf_range
    if not known:
        return round((low + high) * 0.4)
    ends = _nearest(known, target)[:2]
    slope = -1 / 6
    if len(ends) == 2:
        slope = math.log2(known[ends[0]] / known[ends[1]]) / (ends[0] - ends[1])
    step = math.log2(target / known[ends[0]]) / min(slope, -1 / 24)
    return round(4 * min(max(ends[0] + step, low), high)) / 4


def _row(system: System, clip: Clip, path: Path, crf: float, size: int) -> Row:
    decoded = zip(range(len(clip)), system.decode(clip, path), strict=True)
    errors = summarise(mosaic_errors(clip.read(i), mosaic) for i, mosaic in decoded)
    bpp = bits_per_pixel(size, clip.sensor.width, clip.sensor.height, len(clip))
    dbs = errors.psnr_bayer, errors.psnr_sqrt, errors.psnr_invisp
    return Row(system.name, crf, size, bpp, *dbs, errors.max_error_dn)


def environment() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "vidisp": vidisp.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "av": av.__version__,
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
    }

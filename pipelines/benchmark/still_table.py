"""Means and tables of `stills.py`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vidisp.errors import UsageError
from vidisp.metrics import RatePoint, bd_psnr

UNCOMPRESSED = 14.0
"""Bits per sensor pixel that ratios are counted against."""
COMPARISONS = (
    ("lift 420", "analytic 420"),
    ("lift 444", "analytic 444"),
    ("lift 444", "lift 420"),
    ("lift 420", "JPEG XL planes"),
    ("lift 444", "JPEG XL planes"),
    ("lift 420", "lossy DNG"),
)
LEARNED_COMPARISONS = ("lift 420", "analytic 420", "lossy DNG", "JPEG XL planes")
"""What a model with weights is compared with."""
ANCHOR, QUALITY = "gamma RGB 444", 90.0
"""The best published baseline, measured here anew, and the quality at which it is compared."""
FIGURES = {
    "bpp": ("bpp", "7.3f"),
    "ratio": ("ratio", "6.2f"),
    "psnr_bayer": ("bayer", "7.2f"),
    "psnr_sqrt": ("sqrt", "7.2f"),
    "psnr_invisp": ("invisp", "7.2f"),
    "look_psnr": ("look", "7.2f"),
    "look_ssim": ("SSIM", "7.4f"),
    "there": ("s/MP", "6.2f"),
    "back": ("back", "6.2f"),
}
"""Fields of a row, their heads and formats."""


@dataclass(frozen=True)
class StillRow:
    """One photo through one system: bits per sensor pixel of the whole file, ratio to `UNCOMPRESSED`, PSNR in dB (None
    if nothing differs), the picture against the reference look (None if there is none), CPU seconds per megapixel."""

    photo: str
    system: str
    setting: float
    bpp: float
    ratio: float
    psnr_bayer: float | None
    psnr_sqrt: float | None
    psnr_invisp: float | None
    look_psnr: float | None
    look_ssim: float | None
    there: float
    back: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def means(rows: Sequence[StillRow], name: str) -> list[StillRow]:
    """The arithmetic mean of each system and setting over its photos, in the order of the rows."""
    groups: dict[tuple[str, float], list[StillRow]] = {}
    for row in rows:
        groups.setdefault((row.system, row.setting), []).append(row)
    return [
        StillRow(name, *key, **{figure: _mean(getattr(row, figure) for row in group) for figure in FIGURES})
        for key, group in groups.items()
    ]


def gains(rows: Sequence[StillRow], models: Sequence[str]) -> list[dict[str, Any]]:
    """BD-PSNR of linear Bayer samples, photo by photo, of every comparison whose curves have rates in common."""
    found = []
    pairs = [*COMPARISONS, *((f"{model} 420", anchor) for model in models for anchor in LEARNED_COMPARISONS)]
    for photo in dict.fromkeys(row.photo for row in rows):
        own = [row for row in rows if row.photo == photo]
        for test, anchor in pairs:
            try:
                bd = bd_psnr(_curve(own, anchor), _curve(own, test))
            except UsageError:
                continue
            interval = [bd.low_bpp, bd.high_bpp]
            found.append({"photo": photo, "test": test, "anchor": anchor, "db": bd.gain, "bpp": interval})
    return found


def gain_lines(found: Sequence[dict[str, Any]]) -> list[str]:
    """Mean and worst gain of each comparison."""
    groups: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for gain in found:
        groups.setdefault((gain["test"], gain["anchor"]), []).append((gain["db"], gain["photo"]))
    return [
        f"BD-PSNR (linear Bayer) {test} over {anchor}: mean {sum(db for db, _ in group) / len(group):+.2f} dB of "
        f"{len(group)} photos, worst {min(group)[0]:+.2f} dB ({min(group)[1]})"
        for (test, anchor), group in groups.items()
    ]


def anchor_lines(title: str, average: Sequence[StillRow]) -> list[str]:
    """Every other JPEG of that quality beside the anchor: decibels more, and how many times its bits."""
    at = {row.system: row for row in average if row.setting == QUALITY and row.psnr_bayer is not None}
    anchor = at.pop(ANCHOR)
    return [
        f"{title}: against {ANCHOR} at quality {QUALITY:g} ({anchor.psnr_bayer:.2f} dB at {anchor.bpp:.3f} bpp):",
        *(
            f"  {r.system:<18} {r.psnr_bayer - anchor.psnr_bayer:+.2f} dB, bits x{r.bpp / anchor.bpp:.2f}"
            for r in at.values()
        ),
    ]


def table(title: str, rows: Sequence[StillRow]) -> list[str]:
    """For people; "-" is what does not apply."""
    heads = "".join(f" {head:>{form.split('.')[0]}}" for head, form in FIGURES.values())
    return [title, f"{'system':<18} {'setting':>7}{heads}", *map(_line, rows)]


def _line(row: StillRow) -> str:
    cells = "".join(f" {_cell(row, figure, form)}" for figure, (_, form) in FIGURES.items())
    return f"{row.system:<18} {row.setting:7g}{cells}"


def _cell(row: StillRow, figure: str, form: str) -> str:
    value = getattr(row, figure)
    nothing = "inf" if figure.startswith("psnr") else "-"
    return f"{nothing:>{form.split('.')[0]}}" if value is None else f"{value:{form}}"


def _mean(values: Iterable[float | None]) -> Any:
    """None if one of them is."""
    known = list(values)
    return None if any(value is None for value in known) else math.fsum(known) / len(known)


def _curve(rows: Sequence[StillRow], system: str) -> list[RatePoint]:
    return [RatePoint(row.bpp, row.psnr_bayer) for row in rows if row.system == system and row.psnr_bayer]

"""Hand-made measures and pictures for the tests of the report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidisp.metrics.measures import Measures
from vidisp.reporting.encoded import EncodedShot, encode_shots
from vidisp.reporting.page import page
from vidisp.reporting.shots import make_shot
from vidisp.reporting.worst import choose_frames

Curve = Sequence[float | None]


def measures(
    curves: dict[str, Curve],
    *,
    kind: str = "raw",
    first: int = 0,
    video: str = "recovered",
    original: str = "clip",
    reference: dict[str, float | None] | None = None,
    noise: dict[str, float | None] | None = None,
    cuts: tuple[int, ...] = (),
    **summary: float | None,
) -> Measures:
    """Measures with these curves, whose means are the summary unless `summary` says otherwise."""
    means = {key: _mean(curve) for key, curve in curves.items()}
    length = len(next(iter(curves.values())))
    return Measures(
        video=video,
        reference=original,
        kind=kind,
        frames=length,
        numbers=tuple(range(first, first + length)),
        summary=means | summary,
        curves={key: list(curve) for key, curve in curves.items()},
        reference_summary=reference or {},
        noise_summary=noise or {},
        cuts=cuts,
    )


def pictures(number: int, height: int = 90, width: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """A picture, and the same with an error of 8 codes in a square of 20 samples that moves."""
    y, x = np.mgrid[:height, :width]
    picture = np.stack([x + number, 2 * y, 200 - x], -1).clip(0, 240).astype(np.uint8)
    other = picture.copy()
    other[40:60, 100 + number : 120 + number] += 8
    return picture, other


def encoded(numbers: Sequence[int], factor: int = 8) -> list[EncodedShot]:
    """Shots of `pictures`."""
    return encode_shots([make_shot(n, *pictures(n)) for n in numbers], factor)


def whole_page(found: Measures) -> str:
    """The report of these measures."""
    chosen = choose_frames(found)
    return page(found, chosen, encoded(chosen.numbers), 8)


def _mean(curve: Curve) -> float | None:
    values = [value for value in curve if value is not None]
    return float(np.mean(values)) if values else None

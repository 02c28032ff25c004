"""Hand-made videos for the metrics' tests: luma frames of known motion and known faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from vidisp.metrics.evaluate_video import measure_frames
from vidisp.metrics.measures import Measures
from vidisp.metrics.picture import Coded

HEIGHT, WIDTH = 96, 128
RNG = np.random.default_rng(0)
PHASES = RNG.uniform(0, 6.28, (24, 1, 1))
WAVES = RNG.uniform(-0.25, 0.25, (24, 2, 1, 1))


def texture(dx: float = 0, dy: float = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A smooth random texture of about 50..200, moved by (dx, dy)."""
    y, x = np.mgrid[:height, :width]
    return 125 + 9 * np.sin(WAVES[:, 0] * (x - dx) + WAVES[:, 1] * (y - dy) + PHASES).sum(0)


def moving(count: int = 6) -> list[np.ndarray]:
    return [texture(2 * i, i) for i in range(count)]


def still(count: int = 6) -> list[np.ndarray]:
    return [texture()] * count


def alternating(frames: Sequence[np.ndarray], by: float | np.ndarray) -> list[np.ndarray]:
    """Odd frames brighter by `by`."""
    return [frame + by * (i % 2) for i, frame in enumerate(frames)]


def video(frames: Iterable[np.ndarray], chroma: Iterable[tuple[float, float]] | None = None) -> Iterator[Coded]:
    """Luma frames in 8-bit code values, kept to 1/256 of them; chroma of each frame is flat, neutral by default."""
    colours = iter(chroma) if chroma is not None else None
    for number, luma in enumerate(frames):
        blue, red = next(colours) if colours else (0.0, 0.0)
        half = np.ones((luma.shape[0] // 2, luma.shape[1] // 2))
        planes = (np.rint(256 * plane).astype(np.uint16) for plane in (luma, (128 + blue) * half, (128 + red) * half))
        yield Coded(number, *planes, bits=16, full=False)


def measured(frames: Iterable[np.ndarray], reference: Iterable[np.ndarray] | None = None) -> Measures:
    """All but VMAF."""
    return measure_frames(video(frames), None if reference is None else video(reference), vmaf=False)

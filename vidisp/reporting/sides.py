"""What is compared, as pictures: two videos, or a RAW clip and what was recovered of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from vidisp.metrics.kinds import both_raw
from vidisp.metrics.raw_pairs import RawPairs
from vidisp.metrics.sources import Source, open_source
from vidisp.reporting.decoded import decoded
from vidisp.reporting.developed import developed, look_of
from vidisp.reporting.histogram import Histogram, histograms

Pictures = tuple[np.ndarray, np.ndarray]
"""The original's and the other's, (H, W, 3) uint8 each, upright."""


class Sides(Protocol):
    """Both sides of a comparison. A second look costs little: only the frames that are asked for are shown."""

    def pictures(self, numbers: Sequence[int]) -> Iterator[Pictures]:
        """Of the frames of these numbers, increasing."""

    def histograms(self) -> list[Histogram]:
        """Of RAW; none of videos."""


@dataclass(frozen=True)
class Videos:
    """Two videos, or folders of pictures."""

    original: Source
    recovered: Source

    def pictures(self, numbers: Sequence[int]) -> Iterator[Pictures]:
        return zip(decoded(self.original, numbers), decoded(self.recovered, numbers), strict=True)

    def histograms(self) -> list[Histogram]:
        return []


@dataclass(frozen=True)
class Clips:
    """A RAW clip and its recovery, both developed with the look that is chosen for the original."""

    pairs: RawPairs

    def pictures(self, numbers: Sequence[int]) -> Iterator[Pictures]:
        clip, look = self.pairs.clip, look_of(self.pairs.clip)
        wanted = tuple(found for found in self.pairs.found if clip.numbers[found[0]] in set(numbers))
        for pair in replace(self.pairs, found=wanted).frames():
            sensor = pair.original.sensor
            yield developed(pair.original.mosaic, sensor, look), developed(pair.recovered, sensor, look)

    def histograms(self) -> list[Histogram]:
        return histograms(self.pairs)


def open_sides(original: Path, recovered: Path) -> Sides:
    """Look at what two paths are; nothing is decoded yet.

    Raises:
        InputError: a path cannot be read, or one is RAW and the other is a video.
    """
    if both_raw(original, recovered):
        return Clips(RawPairs.open(original, recovered))
    return Videos(open_source(original), open_source(recovered))

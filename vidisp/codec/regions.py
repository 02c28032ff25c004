"""Quantiser offsets of blocks, handed to x264 and x265 with the frame, as FFmpeg's regions of interest.

PyAV has no call for it; but the filter `addroi` hangs regions onto a frame, and what hangs there can be written to.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

import av
import av.filter
import numpy as np

BLOCK = 16
"""Side of an offset's block in luma samples: the macroblock of H.264."""
MOST = 2048
"""Regions of a frame; where a picture needs more, blocks are put together."""
_REGION = struct.Struct("@I6i")  # AVRegionOfInterest: its size; top, bottom, left, right; offset as a fraction
_SCALE = 51  # quantisers to FFmpeg's offset of 1: libavcodec/libx264.c and libx265.c

Region = tuple[int, int, int, int, int]


class RegionMarker:
    """Hangs offsets onto frames of one size and format."""

    def __init__(self, width: int, height: int, pix_fmt: str) -> None:
        self._graph = _graph(width, height, pix_fmt)

    def mark(self, frame: av.VideoFrame, offsets: np.ndarray) -> av.VideoFrame:
        """The same picture, with the whole offsets (rows, columns) of its blocks."""
        self._graph.push(frame)
        marked = cast(av.VideoFrame, self._graph.pull())
        marked.time_base = frame.time_base
        found = regions(offsets)
        found += [(0, 0, 0, 0, 0)] * (MOST - len(found))  # an empty region changes nothing
        (side,) = cast(Any, marked.side_data)
        data = b"".join(_REGION.pack(_REGION.size, *region, _SCALE) for region in found)
        memoryview(side)[:] = data
        return marked


def regions(offsets: np.ndarray, block: int = BLOCK) -> list[Region]:
    """(top, bottom, left, right, offset) of all runs of blocks with one offset, without those of none; `MOST` at most.

    Where there are more runs, four blocks become one with their mean.
    """
    runs = [run for row, line in enumerate(offsets) for run in _runs(line, row, block)]
    return runs if len(runs) <= MOST else regions(_halved(offsets), 2 * block)


def _runs(line: np.ndarray, row: int, block: int) -> list[Region]:
    edges = [0, *(np.flatnonzero(np.diff(line)) + 1).tolist(), len(line)]
    top, bottom = row * block, (row + 1) * block
    return [
        (top, bottom, start * block, end * block, int(line[start])) for start, end in pairwise(edges) if line[start]
    ]


def _halved(offsets: np.ndarray) -> np.ndarray:
    rows, columns = offsets.shape
    even = np.pad(offsets, ((0, rows % 2), (0, columns % 2)), mode="edge")
    blocks = even.reshape((rows + 1) // 2, 2, (columns + 1) // 2, 2)
    return np.asarray(np.rint(blocks.mean((1, 3))))


def _graph(width: int, height: int, pix_fmt: str) -> av.filter.Graph:
    graph = av.filter.Graph()
    pixels = av.VideoFormat(pix_fmt, width, height)
    last = graph.add_buffer(width=width, height=height, format=pixels, time_base=Fraction(1))
    for _ in range(MOST):
        region = graph.add("addroi", "qoffset=0")
        last.link_to(region)
        last = region
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph

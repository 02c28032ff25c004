"""A codec for RAW alone: the square root of the samples in 10 bits, the four Bayer planes as grey x265 video.

Nobody can watch it, but nothing in it serves anything but the RAW. Preset, tuning, GOP and B-frames are those of
vidisp's hevc-10. The planes go side by side into one picture, or each into a stream of its own. Like vidisp, it may
round more finely where a code is much linear light.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from rivals import video

from vidisp.codec import FORMATS
from vidisp.isp.sensitivity import BLOCK, FURTHEST
from vidisp.metrics.fidelity import normalise
from vidisp.raw import Clip, RawFrame, Sensor

_TOP = 1023
_GREY = replace(FORMATS["hevc-10"], pix_fmt="gray10le")


class RawTiles:
    """`tiled`: R, G1, G2, B in the quadrants of one picture, `weighted`: with quantiser offsets like vidisp's own;
    `streams`: four files, their bytes added up."""

    suffix = ".mp4"

    def __init__(self, arrangement: Literal["tiled", "weighted", "streams"]) -> None:
        self.name, self.arrangement = f"raw tiles ({arrangement})", arrangement
        self.crf_range = _GREY.crf_range

    def encode(self, clip: Clip, path: Path, crf: float) -> int:
        """Write the video or videos, return their bytes."""
        height, width = tile_size(clip.sensor)
        if self.arrangement != "streams":
            settings = video.settings_for(_GREY, clip, crf, 2 * width, 2 * height)
            offsets = (_offsets(_tiled(tiles)) for tiles in _tiles(clip)) if self.arrangement == "weighted" else ()
            video.encode(([_tiled(tiles)] for tiles in _tiles(clip)), path, settings, offsets)
            return path.stat().st_size
        settings = video.settings_for(_GREY, clip, crf, width, height)
        for site, part in enumerate(_parts(path)):
            video.encode(([tiles[site]] for tiles in _tiles(clip)), part, settings)
        return sum(part.stat().st_size for part in _parts(path))

    def decode(self, clip: Clip, path: Path) -> Iterator[np.ndarray]:
        """Yield the recovered mosaics."""
        if self.arrangement != "streams":
            for (picture,) in video.decode(path):
                yield from_tiles(_untiled(picture), clip.sensor)
            return
        for frames in zip(*(video.decode(part) for part in _parts(path)), strict=True):
            yield from_tiles(np.stack([planes[0] for planes in frames]), clip.sensor)


def to_tiles(frame: RawFrame) -> np.ndarray:
    """(4, h, w) uint16 square-root codes 0..1023 of the four sites, row by row; h and w are even."""
    height, width = tile_size(frame.sensor)
    linear = normalise(frame.mosaic, frame.sensor)
    missing = [(0, 2 * height - linear.shape[0]), (0, 2 * width - linear.shape[1])]
    padded = np.pad(linear, missing, mode="reflect")
    codes = np.rint(np.sqrt(np.clip(padded, 0, 1)) * _TOP).astype(np.uint16)
    return np.stack([codes[site // 2 :: 2, site % 2 :: 2] for site in range(4)])


def from_tiles(tiles: np.ndarray, sensor: Sensor) -> np.ndarray:
    """The mosaic in whole DN: the inverse of `to_tiles`."""
    mosaic = np.empty((2 * tiles.shape[1], 2 * tiles.shape[2]))
    for site, black in enumerate(sensor.black):
        linear = np.square(tiles[site] / _TOP)
        mosaic[site // 2 :: 2, site % 2 :: 2] = linear * (sensor.white - black) + black
    return np.rint(mosaic[: sensor.height, : sensor.width]).astype(np.uint16)


def _offsets(picture: np.ndarray) -> np.ndarray:
    """As `vidisp.isp.sensitivity`: linear light changes by twice the root with a code of the root."""
    rows, columns = (-(-side // BLOCK) for side in picture.shape)
    padding = [(0, n * BLOCK - side) for n, side in zip((rows, columns), picture.shape, strict=True)]
    squares = np.square(np.pad(picture / _TOP, padding, mode="edge")).reshape(rows, BLOCK, columns, BLOCK).mean((1, 3))
    slopes = np.log2(np.maximum(squares, 1 / _TOP**2))
    return np.clip(np.rint(-1.5 * (slopes - slopes.mean())), -FURTHEST, FURTHEST)


def tile_size(sensor: Sensor) -> tuple[int, int]:
    """Height and width of one tile, rounded up to even as the codec wants it."""
    return -(-sensor.height // 4) * 2, -(-sensor.width // 4) * 2


def _tiles(clip: Clip) -> Iterator[np.ndarray]:
    for index in range(len(clip)):
        yield to_tiles(clip.read(index))


def _tiled(tiles: np.ndarray) -> np.ndarray:
    return np.block([[tiles[0], tiles[1]], [tiles[2], tiles[3]]])


def _untiled(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    tops, lefts = (slice(None, height), slice(height, None)), (slice(None, width), slice(width, None))
    return np.stack([picture[top, left] for top in tops for left in lefts])


def _parts(path: Path) -> list[Path]:
    return [path.with_name(f"{path.stem}_{site}{path.suffix}") for site in range(4)]

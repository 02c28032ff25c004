"""A photo to the components of a JPEG and back, a part at a time: memory does not grow with the picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from vidisp.codec.jpeg import Components, StillRecord
from vidisp.codec.jpeg.record import Extent
from vidisp.flow import Passage
from vidisp.isp import mosaic_to_quads, planes_to_yuv, quads_to_mosaic, yuv_to_planes
from vidisp.isp.full_chroma import planes_from_444, planes_to_444
from vidisp.stills.models import build_model
from vidisp.stream.developer import sites
from vidisp.stream.stages import parallel_map
from vidisp.stream.strips import Strip, Tile, strips, tiles

_NARROW = 8
"""A model that sees no more quads around it is computed in strips, which read little twice."""
_QUADS = {"cpu": 1 << 20, "cuda": 1 << 25}
"""Of a tile of other models: about half a kilobyte each."""
_MOST_WORKERS = 8
"""Strips side by side: each takes some tens of megabytes."""
_ALONE = Passage.whole(1)


class StillDeveloper:
    """The model of one photo on one device.

    Args:
        record: model, look, sensor and subsampling; the rest of it may be unknown yet.
        device: from `vidisp.stream.developer.pick_device`.
        workers: threads for strips side by side.

    Raises:
        InputError: if this version of vidisp does not have that model.
    """

    def __init__(self, record: StillRecord, device: torch.device, workers: int) -> None:
        self._record, self._device = record, device
        self._model = build_model(record, device)
        # Strips go side by side, each in one thread; in a wide tile, torch has enough to share among its own.
        self._side_by_side = device.type == "cpu" and self._model.reach <= _NARROW
        self._workers = workers if self._side_by_side else 1

    def render(self, mosaic: np.ndarray) -> tuple[Components, int]:
        """The picture of a mosaic (height, width) in DN, and how many samples lie beyond what can be inverted."""
        width, height = self._record.coded_size
        scale = self._chroma_scale
        y = np.empty((height, width), np.uint8)
        u, v = (np.empty((scale * height // 2, scale * width // 2), np.uint8) for _ in range(2))

        def develop(tile: Tile) -> None:
            luma, chroma = self._picture(self._model.codes(self._quads(mosaic[tile.read(2)]), _ALONE))
            y[tile.write(2)] = luma[tile.keep(2)]
            for plane, codes in zip((u, v), chroma, strict=True):
                plane[tile.write(scale)] = codes[tile.keep(scale)]

        self._for_each_tile(develop)
        low, high = self._model.end_codes
        return Components(y, u, v), int(np.count_nonzero(y <= low) + np.count_nonzero(y >= high))

    def recover(self, picture: Components, extent: Extent) -> np.ndarray:
        """The mosaic (height, width) uint16 of a decoded picture; no sample leaves its site's extent."""
        sensor, scale = self._record.sensor, self._chroma_scale
        mosaic = np.empty((sensor.height, sensor.width), np.uint16)
        steps = torch.tensor([float(self._record.step)], device=self._device)

        def restore(tile: Tile) -> None:
            cut = (picture.y[tile.read(2)], picture.u[tile.read(scale)], picture.v[tile.read(scale)])
            quads = self._model.recover(self._planes(*cut), steps, _ALONE, range(1))
            target = mosaic[tile.write(2)]  # one row or column shorter at the foot or right of an odd picture
            samples = self._samples(quads)[tile.keep(2)]
            target[:] = samples[: target.shape[0], : target.shape[1]]

        self._for_each_tile(restore)
        for site, limits in zip(sites(mosaic), extent, strict=True):
            np.clip(site, *limits, out=site)
        return mosaic

    @property
    def _chroma_scale(self) -> int:
        """Rows of chroma in a row of quads."""
        return 2 if self._record.subsampling == "444" else 1

    def _for_each_tile(self, work: Callable[[Tile], None]) -> None:
        def one(tile: Tile) -> None:
            with torch.inference_mode(), _threads(1 if self._side_by_side else None):
                work(tile)

        for _ in parallel_map(one, self._tiles(), workers=self._workers, depth=self._workers):
            pass

    def _tiles(self) -> list[Tile]:
        width, height = self._record.coded_size
        rows, columns, reach = height // 2, width // 2, self._model.reach
        if reach > _NARROW:
            return tiles(rows, columns, reach, _QUADS[self._device.type])
        whole = [Strip(range(side), range(side)) for side in (rows, columns)]
        down = strips(rows, columns, reach) if self._side_by_side else whole[:1]
        return [Tile(strip, whole[1]) for strip in down]

    def _quads(self, mosaic: np.ndarray) -> Tensor:
        s = self._record.sensor
        return mosaic_to_quads(self._tensor(mosaic)[None], s.cfa, s.black, s.white)

    def _samples(self, quads: Tensor) -> np.ndarray:
        s = self._record.sensor
        rows, columns = 2 * quads.shape[-2], 2 * quads.shape[-1]
        return quads_to_mosaic(quads, s.cfa, s.black, s.white, rows, columns)[0].cpu().numpy()

    def _picture(self, codes: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Luma (H, W), and chroma (2, H, W) or (2, H/2, W/2), of code values (1, 12 or 6, h, w)."""
        cfa, whole = self._record.sensor.cfa, codes.to(torch.uint8)
        if self._record.subsampling == "444":
            picture = planes_to_444(whole, cfa)[0].cpu().numpy()
            return picture[0], picture[1:]
        luma, chroma = planes_to_yuv(whole, cfa)
        return luma[0].cpu().numpy(), chroma[0].cpu().numpy()

    def _planes(self, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> Tensor:
        cfa = self._record.sensor.cfa
        luma, chroma = self._tensor(y).float()[None], self._tensor(np.stack([u, v])).float()[None]
        if self._record.subsampling == "444":
            return planes_from_444(torch.cat([luma[:, None], chroma], dim=1), cfa)
        return yuv_to_planes(luma, chroma, cfa)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self._device)


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """That many threads of torch's own; the setting is a thread's, but torch hands it on to those that start later."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def pick_workers(jobs: int) -> int:
    """Threads for each of several photos side by side."""
    return max(1, min(os.cpu_count() or 1, _MOST_WORKERS) // jobs)

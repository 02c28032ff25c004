"""Frames to pictures and back, a chunk at a time: the model between a sensor's mosaic and a codec's planes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from vidisp.codec import YUV
from vidisp.errors import UsageError, VidispError
from vidisp.flow import Passage
from vidisp.isp import Look, mosaic_to_quads, planes_to_yuv, quads_to_mosaic, yuv_to_planes
from vidisp.isp.sensitivity import quantiser_offsets
from vidisp.raw import RawFrame, Sensor
from vidisp.stream.models import build
from vidisp.stream.strips import Strip, Tile, strips, tiles
from vidisp.stream.windows import Placed, Window

Device = Literal["auto", "cpu", "cuda"]

# Quads in one go, counted in every frame of a chunk, for models whose reach is wide: about half a kilobyte each.
_QUADS = {"cpu": 1 << 21, "cuda": 1 << 25}
_WORKERS = 4
"""Chunks side by side of such a model on a CPU, so that they stay within some gigabytes, whatever the machine."""
_ANY_STEP = 1.0

P = TypeVar("P", bound=Placed)
U = TypeVar("U")


@dataclass(frozen=True)
class Picture:
    """A rendered frame: its planes, how many of its samples lie beyond the codes that can be inverted, and where the
    codec should round more finely (`vidisp.isp.sensitivity`)."""

    yuv: YUV
    clipped: int
    offsets: np.ndarray


@dataclass(frozen=True)
class Negative:
    """A picture on its way back: the sensor that its samples are for, and the DN (smallest, largest) that the four
    sites of its pattern held, row by row, so that what the codec adds beyond them is cut off again. `step` is the
    quantiser's, in codes of eight bits; the lift does not ask for it."""

    yuv: YUV
    sensor: Sensor
    extent: tuple[tuple[int, int], ...] | None = None
    step: float = _ANY_STEP


class Developer:
    """The model of one clip on one device.

    Args:
        model: id of the model, such as "lift-1".
        look: what the clip fixed once: gains, colour matrix, tone, code range.
        device: from `pick_device`.
        conditions, model_hash: as in the clip's record.

    `workers` is how many threads should call it at once. `frames_forward` and `frames_back` are how many neighbours
    on either side a rendered and a recovered frame depend on.

    Raises:
        InputError: if this version of vidisp does not have that model.
    """

    def __init__(
        self,
        model: str,
        look: Look,
        device: torch.device,
        *,
        conditions: Mapping[str, Any] | None = None,
        model_hash: str | None = None,
    ) -> None:
        self.look = look
        self.device = device
        self._model = build(model, look, device, conditions=conditions, model_hash=model_hash)
        self.frames_forward, self.frames_back = self._model.frames_forward, self._model.frames_back
        self.workers = self._count_workers()
        self._threads = torch.get_num_threads()

    def _count_workers(self) -> int:
        if self.device.type != "cpu":
            return 1
        cores = os.cpu_count() or 1
        return min(cores, _WORKERS) if self._looks_around else cores

    @property
    def _looks_around(self) -> bool:
        return self.frames_back > 0

    def render(
        self, frames: Sequence[RawFrame], passage: Passage | None = None, inner: range | None = None
    ) -> list[Picture]:
        """Frames of one size and colour filter to pictures.

        Args:
            frames: consecutive ones of one segment.
            passage: their places; default: they are a segment of their own.
            inner: which of them are wanted, the others being their neighbours; default: all.
        """
        sensor, inner = frames[0].sensor, inner or range(len(frames))
        passage = passage or Passage.whole(len(frames))
        rows, columns = (sensor.height + 1) // 2, (sensor.width + 1) // 2
        storage = torch.uint8 if self.look.bits == 8 else torch.uint16
        y = torch.empty((len(inner), 2 * rows, 2 * columns), dtype=storage)
        uv = torch.empty((len(inner), 2, rows, columns), dtype=storage)
        with self._one_thread(), torch.inference_mode():
            for tile in self._tiles(rows, columns, len(frames)):
                quads = torch.cat([self._quads(frame, tile) for frame in frames])
                codes = self._model.codes(quads, passage)[inner.start : inner.stop]
                luma, chroma = planes_to_yuv(codes, sensor.cfa)
                y[:, *tile.write(2)] = luma[:, *tile.keep(2)]
                uv[:, :, *tile.write(1)] = chroma[:, :, *tile.keep(1)]
        pictures = zip(y.numpy(), uv.numpy(), strict=True)
        return [self._picture(YUV(luma, u, v), sensor) for luma, (u, v) in pictures]

    def _picture(self, yuv: YUV, sensor: Sensor) -> Picture:
        with self._one_thread(), torch.inference_mode():
            offsets = quantiser_offsets(self.look, self._code_planes([yuv], sensor), sensor.cfa)
        return Picture(yuv, self._count_clipped(yuv.y), offsets[0].to("cpu", torch.int8).numpy())

    def recover(
        self, negatives: Sequence[Negative], passage: Passage | None = None, inner: range | None = None
    ) -> list[np.ndarray]:
        """Pictures of one size and colour filter to mosaics (height, width) uint16. Arguments as those of `render`."""
        sensor, inner = negatives[0].sensor, inner or range(len(negatives))
        passage = passage or Passage.whole(len(negatives))
        wanted = negatives[inner.start : inner.stop]
        mosaics = [np.empty((n.sensor.height, n.sensor.width), np.uint16) for n in wanted]
        steps = torch.tensor([n.step for n in negatives], dtype=torch.float32, device=self.device)
        with self._one_thread(), torch.inference_mode():
            for tile in self._tiles((sensor.height + 1) // 2, (sensor.width + 1) // 2, len(negatives)):
                quads = self._model.recover(self._planes(negatives, tile), steps, passage, inner)
                for i, (mosaic, negative) in enumerate(zip(mosaics, wanted, strict=True)):
                    target = mosaic[tile.write(2)]  # one row or column shorter at the foot or right of an odd picture
                    samples = self._samples(quads[i : i + 1], negative.sensor)[tile.keep(2)]
                    target[:] = samples[: target.shape[0], : target.shape[1]]
        for mosaic, negative in zip(mosaics, wanted, strict=True):
            if negative.extent is not None:
                for site, limits in zip(sites(mosaic), negative.extent, strict=True):
                    np.clip(site, *limits, out=site)
        return mosaics

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """One thread for each frame, and frames side by side: torch's own threads wait for each other by spinning,
        which is many times slower as soon as the codec wants the same cores. The setting is the thread's own, but
        torch hands it on to threads that start later; hence the reset.
        """
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(self._threads)

    def _count_clipped(self, luma: np.ndarray) -> int:
        low, high = self._model.end_codes
        return int(np.count_nonzero(luma <= low) + np.count_nonzero(luma >= high))

    def _tiles(self, rows: int, columns: int, frames: int) -> list[Tile]:
        if self._looks_around:
            return tiles(rows, columns, self._model.reach, _QUADS[self.device.type] // frames)
        whole = [Strip(range(side), range(side)) for side in (rows, columns)]
        # A GPU has no use for strips: what counts there is to keep it busy.
        down = strips(rows, columns, self._model.reach) if self.device.type == "cpu" else whole[:1]
        return [Tile(strip, whole[1]) for strip in down]

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _quads(self, frame: RawFrame, tile: Tile) -> Tensor:
        s = frame.sensor
        return mosaic_to_quads(self._tensor(frame.mosaic[tile.read(2)])[None], s.cfa, s.black, s.white)

    def _planes(self, negatives: Sequence[Negative], tile: Tile) -> Tensor:
        return self._code_planes([_cut(n.yuv, tile) for n in negatives], negatives[0].sensor)

    def _code_planes(self, pictures: Sequence[YUV], sensor: Sensor) -> Tensor:
        y = self._tensor(np.stack([p.y for p in pictures])).float()
        uv = self._tensor(np.stack([[p.u, p.v] for p in pictures])).float()
        return yuv_to_planes(y, uv, sensor.cfa)

    def _samples(self, quads: Tensor, s: Sensor) -> np.ndarray:
        rows, columns = 2 * quads.shape[-2], 2 * quads.shape[-1]
        return quads_to_mosaic(quads, s.cfa, s.black, s.white, rows, columns)[0].cpu().numpy()


def _cut(yuv: YUV, tile: Tile) -> YUV:
    return YUV(yuv.y[tile.read(2)], yuv.u[tile.read(1)], yuv.v[tile.read(1)])


def sites(mosaic: np.ndarray) -> list[np.ndarray]:
    """Views of the four sites of the 2x2 pattern, row by row."""
    return [mosaic[a::2, b::2] for a in (0, 1) for b in (0, 1)]


def pick_device(name: Device) -> torch.device:
    """The device to compute on; "auto" takes CUDA where there is one.

    Raises:
        UsageError: if CUDA is asked for and not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("no CUDA device is available", hint="use --device cpu")
    if name == "cuda":
        # Recovery must give on a GPU what it gives on a CPU; TF32 keeps ten bits of mantissa.
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)


def pick_chunk(chunk: int | Literal["auto"], device: torch.device, halo: int) -> int:
    """Frames in one go: on a CPU a single frame stays nearest to the caches, a GPU wants many.

    Args:
        halo: neighbours on either side that are computed with them; the more, the longer a chunk should be.

    Raises:
        UsageError: less than 1.
    """
    if chunk == "auto":
        return max(2 * halo, 1 if device.type == "cpu" else 16)
    if chunk < 1:
        raise UsageError(f"a chunk of {chunk} frames is not possible", hint="use --chunk 1 or more")
    return chunk


def halving(function: Callable[[Window[P]], list[U]], window: Window[P]) -> list[U]:
    """`function(window)`, in halves of halves when memory runs out. Chunk size never changes the result.

    Raises:
        VidispError: if not even one frame fits.
    """
    try:
        return function(window)
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        if len(window.inner) == 1:
            raise VidispError("there is not enough memory for a single frame", hint="free some memory") from error
    first, second = window.halves()
    return halving(function, first) + halving(function, second)


def _out_of_memory(error: Exception) -> bool:
    # torch has a class of its own for CUDA only; its CPU allocator raises a plain RuntimeError.
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)

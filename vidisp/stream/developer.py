"""Frames to pictures and back, a chunk at a time: the model between a sensor's mosaic and a codec's planes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from vidisp.codec import YUV
from vidisp.errors import InputError, UsageError, VidispError
from vidisp.isp import LiftISP, Look, mosaic_to_quads, planes_to_yuv, quads_to_mosaic, yuv_to_planes
from vidisp.raw import RawFrame, Sensor
from vidisp.stream.strips import Strip, strips

Device = Literal["auto", "cpu", "cuda"]
MODELS = {"lift": LiftISP}
MODEL_IDS = {model.id: model for model in MODELS.values()}

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Picture:
    """A rendered frame: its planes, and how many of its samples lie beyond the codes that can be inverted."""

    yuv: YUV
    clipped: int


@dataclass(frozen=True)
class Negative:
    """A picture on its way back: the sensor that its samples are for, and the DN (smallest, largest) that the four
    sites of its pattern held, row by row, so that what the codec adds beyond them is cut off again."""

    yuv: YUV
    sensor: Sensor
    extent: tuple[tuple[int, int], ...] | None = None


class Developer:
    """The model of one clip on one device.

    Args:
        model: id of the model, such as "lift-1".
        look: what the clip fixed once: gains, colour matrix, tone, code range.
        device: from `pick_device`.

    `workers` is how many threads should call it at once.

    Raises:
        InputError: if this version of vidisp does not have that model.
    """

    def __init__(self, model: str, look: Look, device: torch.device) -> None:
        if model not in MODEL_IDS:
            raise InputError(
                f"was rendered with the model {model!r}, which this version does not have",
                hint="update vidisp",
            )
        self.look = look
        self.device = device
        self.workers = (os.cpu_count() or 1) if device.type == "cpu" else 1
        self._threads = torch.get_num_threads()
        self._model = MODEL_IDS[model](look)

    def render(self, frames: Sequence[RawFrame]) -> list[Picture]:
        """Frames of one size and colour filter to pictures."""
        sensor = frames[0].sensor
        rows, columns = (sensor.height + 1) // 2, (sensor.width + 1) // 2
        storage = torch.uint8 if self.look.bits == 8 else torch.uint16
        y = torch.empty((len(frames), 2 * rows, 2 * columns), dtype=storage)
        uv = torch.empty((len(frames), 2, rows, columns), dtype=storage)
        with self._one_thread(), torch.inference_mode():
            for strip in self._strips(rows, columns):
                quads = torch.cat([self._quads(frame, strip) for frame in frames])
                luma, chroma = planes_to_yuv(self._model.codes(quads), sensor.cfa)
                y[:, strip.write(2)] = luma[:, strip.keep(2)]
                uv[:, :, strip.write(1)] = chroma[:, :, strip.keep(1)]
        pictures = zip(y.numpy(), uv.numpy(), strict=True)
        return [Picture(YUV(luma, u, v), self._count_clipped(luma)) for luma, (u, v) in pictures]

    def recover(self, negatives: Sequence[Negative]) -> list[np.ndarray]:
        """Pictures of one size and colour filter to mosaics (height, width) uint16."""
        sensor = negatives[0].sensor
        mosaics = [np.empty((n.sensor.height, n.sensor.width), np.uint16) for n in negatives]
        with self._one_thread(), torch.inference_mode():
            for strip in self._strips((sensor.height + 1) // 2, (sensor.width + 1) // 2):
                quads = self._model.recover(self._planes(negatives, strip))
                for i, (mosaic, negative) in enumerate(zip(mosaics, negatives, strict=True)):
                    target = mosaic[strip.write(2)]  # one row shorter at the foot of an odd picture
                    target[:] = self._samples(quads[i : i + 1], negative.sensor)[strip.keep(2)][: len(target)]
        for mosaic, negative in zip(mosaics, negatives, strict=True):
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

    def _strips(self, rows: int, columns: int) -> list[Strip]:
        # A GPU has no use for strips: what counts there is to keep it busy.
        whole = Strip(range(rows), range(rows))
        return strips(rows, columns, self._model.reach) if self.device.type == "cpu" else [whole]

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _quads(self, frame: RawFrame, strip: Strip) -> Tensor:
        s = frame.sensor
        return mosaic_to_quads(self._tensor(frame.mosaic[strip.read(2)])[None], s.cfa, s.black, s.white)

    def _planes(self, negatives: Sequence[Negative], strip: Strip) -> Tensor:
        y = self._tensor(np.stack([n.yuv.y[strip.read(2)] for n in negatives])).float()
        uv = self._tensor(np.stack([[plane[strip.read(1)] for plane in (n.yuv.u, n.yuv.v)] for n in negatives])).float()
        return yuv_to_planes(y, uv, negatives[0].sensor.cfa)

    def _samples(self, quads: Tensor, s: Sensor) -> np.ndarray:
        rows = 2 * quads.shape[-2]
        return quads_to_mosaic(quads, s.cfa, s.black, s.white, rows, s.width)[0].cpu().numpy()


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


def pick_chunk(chunk: int | Literal["auto"], device: torch.device) -> int:
    """Frames in one go: on a CPU a single frame stays nearest to the caches, a GPU wants many."""
    if chunk == "auto":
        return 1 if device.type == "cpu" else 16
    if chunk < 1:
        raise UsageError(f"a chunk of {chunk} frames is not possible", hint="use --chunk 1 or more")
    return chunk


def halving(function: Callable[[Sequence[T]], list[U]], items: Sequence[T]) -> list[U]:
    """`function(items)`, in halves of halves when memory runs out. Chunk size never changes the result.

    Raises:
        VidispError: if not even one item fits.
    """
    try:
        return function(items)
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        if len(items) == 1:
            raise VidispError("there is not enough memory for a single frame", hint="free some memory") from error
    middle = len(items) // 2
    return halving(function, items[:middle]) + halving(function, items[middle:])


def _out_of_memory(error: Exception) -> bool:
    # torch has a class of its own for CUDA only; its CPU allocator raises a plain RuntimeError.
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)

"""Frames to pictures and back, a chunk at a time: the model between the mosaic of a sensor and the planes of a codec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from vidisp.codec import YUV
from vidisp.errors import InputError, UsageError, VidispError
from vidisp.isp import LiftISP, Look, mosaic_to_quads, planes_to_yuv, quads_to_mosaic, yuv_to_planes
from vidisp.raw import RawFrame, Sensor

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


class Developer:
    """The model of one clip on one device.

    Args:
        model: id of the model, such as "lift-1".
        look: what the clip fixed once: gains, colour matrix, tone, code range.
        device: from `pick_device`.

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
        self._model = MODEL_IDS[model](look)

    def render(self, frames: Sequence[RawFrame]) -> list[Picture]:
        """Frames of one size and colour filter to pictures."""
        with torch.inference_mode():
            quads = torch.cat([self._quads(frame) for frame in frames])
            codes = self._model.forward(quads).round_()
            clipped = self._model.clipped(codes)
            y, uv = planes_to_yuv(codes, frames[0].sensor.cfa)
            storage = torch.uint8 if self.look.bits == 8 else torch.uint16
            y, uv = y.to(storage).cpu().numpy(), uv.to(storage).cpu().numpy()
        return [Picture(YUV(y[i], uv[i, 0], uv[i, 1]), int(clipped[i])) for i in range(len(frames))]

    def recover(self, pictures: Sequence[tuple[YUV, Sensor]]) -> list[np.ndarray]:
        """Pictures to mosaics (height, width) uint16, each for its own sensor levels."""
        with torch.inference_mode():
            y = self._tensor(np.stack([yuv.y for yuv, _ in pictures]))
            uv = self._tensor(np.stack([np.stack([yuv.u, yuv.v]) for yuv, _ in pictures]))
            quads, _ = self._model.inverse(yuv_to_planes(y, uv, pictures[0][1].cfa))
            return [self._mosaic(quads[i : i + 1], sensor) for i, (_, sensor) in enumerate(pictures)]

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device).float()

    def _quads(self, frame: RawFrame) -> Tensor:
        s = frame.sensor
        return mosaic_to_quads(self._tensor(frame.mosaic[None]), s.cfa, s.black, s.white)

    def _mosaic(self, quads: Tensor, s: Sensor) -> np.ndarray:
        return quads_to_mosaic(quads, s.cfa, s.black, s.white, s.height, s.width)[0].cpu().numpy()


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

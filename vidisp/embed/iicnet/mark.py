"""The mark: a few bytes in a still that outlive what the pictures in it outlive, and tell how much it was changed.

The network moves coefficients of the still's blocks by less than half a step, about multiples of that step which are
nearest to the reference. Of one coefficient of luma and one of chroma, the mark chooses whether the multiple is even or
odd: the next one if need be, which leaves what the network has put there as it is. Each bit stands in many blocks.
Reading errs where the still was changed by more than the network's values bear. Digits bear less than the mark does;
they are not known, but some are impossible.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vidisp.codec.fields import RecordError
from vidisp.codec.simulate.h26x import BLOCK
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.embed.iicnet.squeeze import SLOTS, within_step
from vidisp.embed.payload.spread import Spread

_LUMA = BLOCK * BLOCK
_REGION = 8
"""Blocks of a side of the regions that are judged one by one."""
_ENOUGH = 1 << 14
"""Blocks, in the middle of the still, that the message is read from."""
_ROWS = 32
"""Rows of blocks that are worked on at once."""
_CENTRE = 128
_KEY = 0x76696469
_Shape = tuple[int, ...]
"""Rows and columns of a still's blocks."""


class Mark:
    """Of stills that hold `count` pictures beside the reference by a network, at a quality as the network takes it.

    Raises:
        RecordError: the network holds no such number of pictures.
    """

    def __init__(self, network: EmbeddingNetwork, count: int, quality: int | None) -> None:
        self._network, self._quality = network, quality
        self._plan = network.plan(count, quality)
        self._all_steps = self._plan.step
        self._slots = [_finest(self._all_steps[:_LUMA]), _LUMA + _finest(self._all_steps[_LUMA:])]
        self._steps = self._all_steps[self._slots, None, None]
        impulses = torch.eye(SLOTS, device=self._steps.device).view(SLOTS, 3, BLOCK, BLOCK)
        self._waves_of_slots = network.squeeze(impulses)[:, self._slots, 0, 0].T.reshape(-1, 3, BLOCK, BLOCK)

    def impress(self, still: Tensor, reference: Tensor, odd: Tensor) -> Tensor:
        """The still with a mark.

        Args:
            still, reference: (1, 3, H, W) 0..1, of whole blocks.
            odd: (H / 8, W / 8) bool, as `pattern` returns it.
        """
        fine = within_step(self._coefficients(still), self._all_steps[:, None, None])
        fine[:, self._slots] += odd * self._steps
        steps = self._all_steps.clone()
        steps[self._slots] *= 2
        return (self._network.within_range(255 * reference - _CENTRE, fine, steps, self._quality) + _CENTRE) / 255

    def read(self, still: np.ndarray, size: int) -> bytes:
        """The message of `size` bytes in the luma of (H, W, 3) uint8; any bytes, if there is none."""
        shape = _blocks(still.shape)
        enough = min(shape[0], -(-_ENOUGH // shape[1]))
        start = (shape[0] - enough) // 2
        rows = slice(start, start + enough)
        luma, _ = self._waves(still[BLOCK * start :][: BLOCK * enough])
        votes = luma * np.where(_signs(shape)[rows], -1, 1)
        totals = np.bincount(_numbers(shape, size)[rows].reshape(-1), votes.reshape(-1), 8 * size)
        return np.packbits(totals < 0).tobytes()

    def legibility(self, still: np.ndarray, message: bytes) -> float:
        """How much of the message that a still should hold is seen in the worst of its parts, be it in luma or in
        chroma: 1 all, 0 nothing."""
        right = np.sign(self._waves(still)) * np.where(pattern(still.shape, message), -1, 1)
        return min(float(_regions(each).min()) for each in right)

    def nonsense(self, still: np.ndarray) -> float:
        """Share of the blocks that say what the network never says; one block is no more than bad luck."""
        shape, found = _blocks(still.shape), 0
        for _, rows, columns in _strips(shape):
            fine = within_step(self._coefficients(self._strip(still, rows, columns)), self._all_steps[:, None, None])
            found += int((~self._plan.sensible(fine[0].flatten(1).T)).sum())
        return max(0, found - 1) / (shape[0] * shape[1])

    def _waves(self, still: np.ndarray) -> np.ndarray:
        """(slots, rows, columns): 1 for an even multiple, -1 for an odd one, and what is between."""
        found = np.empty((len(self._slots), *_blocks(still.shape)), np.float32)
        for blocks, rows, columns in _strips(_blocks(still.shape)):
            places = self._places(self._strip(still, rows, columns))
            found[:, blocks] = torch.cos(torch.pi * places).cpu().numpy()
        return found

    def _strip(self, still: np.ndarray, rows: slice, columns: slice) -> Tensor:
        """(1, 3, h, w) 0..1."""
        codes = torch.from_numpy(still[rows, columns].copy()).permute(2, 0, 1)[None].to(self._steps.device)
        return codes / 255

    def _places(self, picture: Tensor) -> Tensor:
        """(slots, rows, columns) in steps."""
        return F.conv2d(255 * picture - _CENTRE, self._waves_of_slots, stride=BLOCK)[0] / self._steps

    def _coefficients(self, picture: Tensor) -> Tensor:
        found: Tensor = self._network.squeeze(255 * picture - _CENTRE)
        return found


def pattern(still: _Shape, message: bytes) -> np.ndarray:
    """Which blocks of a still of (height, width, ...) shall have odd multiples, bool."""
    shape = _blocks(still)
    bits = np.unpackbits(np.frombuffer(message, np.uint8)).astype(bool)
    return np.asarray(bits[_numbers(shape, len(message))] ^ _signs(shape))


def _finest(steps: Tensor) -> int:
    """The slot with the smallest step of those that have one; if there are any, of those that vary along both axes, for
    in a flat block whole codes hardly show a small wave along one."""
    slots = torch.arange(len(steps), device=steps.device)
    used = steps > 0
    varied = used & (slots % BLOCK > 0) & (slots // BLOCK % BLOCK > 0)
    if not bool(used.any()):
        raise RecordError("the network leaves no mark, for it holds no such number of pictures")
    return int(torch.where(varied if bool(varied.any()) else used, steps, torch.inf).argmin())


def _numbers(shape: _Shape, size: int) -> np.ndarray:
    """Which bit each block holds. A walk through the picture, so that no part of it holds any bit alone, and a cropped
    picture none that are right."""
    count = shape[0] * shape[1]
    numbers = np.empty(count, np.int64)
    numbers[Spread(count, _KEY).places(0, count)] = np.arange(count) % (8 * size)
    return numbers.reshape(shape)


def _signs(shape: _Shape) -> np.ndarray:
    """Whether a block holds its bit the other way round: with that, flat pictures do not read as zeros."""
    words = np.random.PCG64(_KEY).random_raw(shape[0] * shape[1])
    return np.asarray((words >> np.uint64(63)).astype(bool).reshape(shape))


def _regions(values: np.ndarray) -> np.ndarray:
    """Means over regions of blocks; what is left over at an end belongs to the last."""
    starts = [np.arange(0, max(1, length - _REGION + 1), _REGION) for length in values.shape]
    rows, columns = (np.diff([*start, length]) for start, length in zip(starts, values.shape, strict=True))
    sums = np.add.reduceat(np.add.reduceat(values, starts[0], 0), starts[1], 1)
    return np.asarray(sums / (rows[:, None] * columns))


def _blocks(still: _Shape) -> _Shape:
    return still[0] // BLOCK, still[1] // BLOCK


def _strips(shape: _Shape) -> Iterator[tuple[slice, slice, slice]]:
    """Rows of blocks, their rows and their columns of pixels."""
    for start in range(0, shape[0], _ROWS):
        stop = min(start + _ROWS, shape[0])
        yield slice(start, stop), slice(BLOCK * start, BLOCK * stop), slice(BLOCK * shape[1])

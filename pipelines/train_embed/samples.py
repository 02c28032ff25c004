"""What the embedding networks are fitted to: pictures that belong together, drawn at random from a folder of data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
import torch
from PIL import Image
from simulated import alpha_mask, composed, displaced, panned

from vidisp.errors import InputError
from vidisp.isp import choose_look
from vidisp.raw import read_frame
from vidisp.reporting.developed import developed

Family = Literal["frames", "pair", "hide", "layers"]
Split = Literal["train", "validation"]
COUNTS = {"frames": range(1, 9), "pair": (1,), "hide": (1, 2), "layers": (3,)}
"""How many pictures there may be beside the reference."""
_PICTURES = ("01", "03", "05", "08", "13")
_VIDEOS = ("bottle-detection.mp4", "walk.mkv")
_EXCERPT, _APART = 40, 110  # frames of an excerpt, and from the start of one to that of the next
_VALIDATION = 0.25  # of the columns, at the right
_STRIDES = (1, 1, 2, 3, 4, 6)
_CUTS = 0.15  # of the sequences have one


@dataclass(frozen=True)
class Sample:
    """A reference (H, W, 3) and others (K, H, W, 3), uint8."""

    reference: np.ndarray
    others: np.ndarray


class Sampler:
    """Draws samples of one family. The same seed draws the same.

    Args:
        data: the folder, with `images`, `train_raw` and `video`.
        split: of the columns of every picture.
        side: (height, width) of samples.

    Raises:
        InputError: something is missing there.
    """

    def __init__(self, data: Path, split: Split, side: tuple[int, int], seed: int) -> None:
        self.side, self._rng = side, np.random.default_rng(seed)
        pictures = [*_photographs(data), *_developed(data)]
        self._pictures = [_part(picture[None], split)[0] for picture in pictures]
        self._videos = [_part(excerpt, split) for name in _VIDEOS for excerpt in _excerpts(data / "video" / name)]

    def draw(self, family: Family, count: int) -> Sample:
        """The next sample, with so many others."""
        stack = getattr(self, f"_{family}")(count)
        stack = self._varied(stack)
        middle = (len(stack) - 1) // 2 if family == "frames" else 0
        return Sample(stack[middle], np.delete(stack, middle, 0))

    def _frames(self, count: int) -> np.ndarray:
        if self._rng.random() < 0.3:
            frames = panned(self._picture(margin=24), count + 1, self.side, self._rng)
        else:
            frames = self._moments(count + 1, int(self._rng.choice(_STRIDES)))
        if self._rng.random() < _CUTS:
            first = int(self._rng.integers(1, count + 1))
            frames = np.concatenate([self._moments(first + 1, 1)[:first], frames[first:]])
        return frames

    def _pair(self, count: int) -> np.ndarray:
        chance = self._rng.random()
        if chance < 0.75:
            return displaced(self._picture(margin=(8, 112)), self.side, self._rng)
        if chance < 0.9:
            return self._moments(2, int(self._rng.integers(1, 12)))
        return np.stack([self._picture(), self._picture()])

    def _hide(self, count: int) -> np.ndarray:
        return np.stack([self._picture() for _ in range(count + 1)])

    def _layers(self, count: int) -> np.ndarray:
        front, back = self._picture(), self._picture()
        return composed(front, alpha_mask(self.side, self._rng), back)[: count + 1]

    def _moments(self, frames: int, stride: int) -> np.ndarray:
        video = self._videos[self._rng.integers(len(self._videos))]
        stride = min(stride, (len(video) - 1) // (frames - 1))
        first = int(self._rng.integers(len(video) - stride * (frames - 1)))
        return self._cut(video[first : first + stride * (frames - 1) + 1 : stride], 0)

    def _picture(self, margin: int | tuple[int, int] = 0) -> np.ndarray:
        return self._cut(self._pictures[self._rng.integers(len(self._pictures))][None], margin)[0]

    def _cut(self, stack: np.ndarray, margin: int | tuple[int, int]) -> np.ndarray:
        """A random part, larger by a margin on each side, reflected where the pictures end."""
        rows, columns = (m + m + side for m, side in zip(np.broadcast_to(margin, 2), self.side, strict=True))
        missing = [max(0, rows - stack.shape[1]), max(0, columns - stack.shape[2])]
        if any(missing):
            stack = np.pad(stack, ((0, 0), (0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric")
        top = int(self._rng.integers(stack.shape[1] - rows + 1))
        left = int(self._rng.integers(stack.shape[2] - columns + 1))
        return stack[:, top : top + rows, left : left + columns]

    def _varied(self, stack: np.ndarray) -> np.ndarray:
        """Upside down, other colours, another exposure: all pictures alike. Left and right stay, for views."""
        rng = self._rng
        if rng.random() < 0.5:
            stack = stack[:, ::-1]
        if rng.random() < 0.5:
            stack = stack[..., rng.permutation(3)]
        if rng.random() < 0.5:
            stack = np.rint(stack * rng.uniform(0.6, 1.15)).clip(0, 255).astype(np.uint8)
        return np.ascontiguousarray(stack)


def batch(samples: list[Sample]) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, 3, H, W) and (B, K, 3, H, W) float32, 0..1."""
    references = torch.from_numpy(np.stack([sample.reference for sample in samples]))
    others = torch.from_numpy(np.stack([sample.others for sample in samples]))
    return references.permute(0, 3, 1, 2).float() / 255, others.permute(0, 1, 4, 2, 3).float() / 255


def _photographs(data: Path) -> list[np.ndarray]:
    paths = [data / "images" / f"{name}.png" for name in _PICTURES]
    for path in paths:
        if not path.is_file():
            raise InputError("is not there", path=path, hint="see datasets/ for the data that training needs")
    return [np.asarray(Image.open(path).convert("RGB")) for path in paths]


def _developed(data: Path) -> list[np.ndarray]:
    """RAW frames in the reference look, halved, so that they are as sharp as photographs are."""
    frames = [read_frame(path) for path in sorted((data / "train_raw").glob("*.dng"))]
    pictures = [developed(frame.mosaic, frame.sensor, choose_look([frame])) for frame in frames]
    return [np.asarray(Image.fromarray(picture).reduce(2)) for picture in pictures]


def _excerpts(path: Path) -> list[np.ndarray]:
    """(40, H, W, 3) each; a short video is one."""
    if not path.is_file():
        raise InputError("is not there", path=path, hint="see datasets/ for the data that training needs")
    found: list[list[np.ndarray]] = []
    with av.open(str(path)) as source:
        for number, frame in enumerate(source.decode(video=0)):
            if number % _APART == 0:
                found.append([])
            if number % _APART < _EXCERPT:
                found[-1].append(frame.to_ndarray(format="rgb24"))
    return [np.stack(frames) for frames in found if len(frames) == _EXCERPT]


def _part(stack: np.ndarray, split: Split) -> np.ndarray:
    border = int(stack.shape[2] * (1 - _VALIDATION))
    return stack[:, :, :border] if split == "train" else stack[:, :, border:]

"""Pictures as the metrics see them, whatever file they came from: planes of floats with the peak at 1."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional as F

from vidisp.codec import YUV


@dataclass(frozen=True)
class Picture:
    """One frame on the device that measures it.

    Args:
        number: the frame's own number.
        y, cb, cr: (H, W), and (H, W) or (H/2, W/2), float32. Of video: code values over the peak (255 of 8 bit), cb and
            cr centred on 128. Of RAW: green, B - G and R - G of each quad, white at 1 and black at 0.
        samples: what fidelity is measured on, (h, w) float32: luma, or the whole mosaic.
        toned: (H, W) uint8, `y` as the eye sees it, for optical flow and cuts.
    """

    number: int
    y: torch.Tensor
    cb: torch.Tensor
    cr: torch.Tensor
    samples: torch.Tensor
    toned: np.ndarray

    @property
    def size(self) -> str:
        """Width x height of the samples."""
        return f"{self.samples.shape[1]}x{self.samples.shape[0]}"

    @property
    def planes(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.y, self.cb, self.cr


@dataclass(frozen=True)
class Coded:
    """One frame as a video file stores it: integer planes; chroma of any size that divides luma's.

    `bits` is the depth of its code values, `full` whether they use the full range.
    """

    number: int
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    bits: int
    full: bool

    @classmethod
    def of(cls, yuv: YUV, number: int, *, bits: int, full: bool = False) -> Coded:
        """The codec's own frame."""
        return cls(number, yuv.y, yuv.u, yuv.v, bits, full)

    def picture(self, device: torch.device | str = "cpu") -> Picture:
        """Even in size (an odd row or column at the end is left out), chroma at half size."""
        height, width = (side // 2 * 2 for side in self.y.shape)
        y, u, v = (self._plane(plane, device) for plane in (self.y, self.u, self.v))
        y = y[:height, :width]
        cb, cr = (F.adaptive_avg_pool2d(plane[None], (height // 2, width // 2))[0] for plane in (u, v))
        toned = (y * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        return Picture(self.number, y, cb, cr, y, toned)

    def limited(self) -> Coded:
        """The same picture in limited range, as 16-bit code values."""
        if not self.full:
            return self
        y, u, v = (plane.astype(np.float64) / (2**self.bits - 1) for plane in (self.y, self.u, self.v))
        y, u, v = 16 + 219 * y, 128 + 224 * (u - 128 / 255), 128 + 224 * (v - 128 / 255)
        codes = (np.rint(plane * 256).astype(np.uint16) for plane in (y, u, v))
        return replace(self, **dict(zip("yuv", codes, strict=True)), bits=16, full=False)

    def _plane(self, plane: np.ndarray, device: torch.device | str) -> torch.Tensor:
        """Full range ends at 1; limited range has its white at 235/255 in any depth."""
        peak = 2**self.bits - 1 if self.full else 255 * 2 ** (self.bits - 8)
        return torch.from_numpy(plane.astype(np.float32)).to(device).div(peak)


def from_rgb(rgb: np.ndarray, number: int) -> Coded:
    """(H, W, 3) uint16 R'G'B' as full-range Y'CbCr in 16 bit.

    Source: ITU-R BT.709-6, item 3.2 and 3.3.
    """
    red, green, blue = (rgb[..., i] / 65535 for i in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    chroma = ((blue - luma) / 1.8556 + 128 / 255, (red - luma) / 1.5748 + 128 / 255)
    y, u, v = (np.rint(plane.clip(0, 1) * 65535).astype(np.uint16) for plane in (luma, *chroma))
    return Coded(number, y, u, v, bits=16, full=True)

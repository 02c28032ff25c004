"""Choosing one look for a whole clip: exposure and white balance from frames sampled over all of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vidisp.errors import UsageError
from vidisp.isp.colour import camera_to_bt709, white_balance
from vidisp.isp.curves import Shoulder, Tone
from vidisp.isp.look import BT709_LUMA, DEFAULT_FOOT, Look
from vidisp.isp.mosaic import mosaic_to_quads
from vidisp.raw.frame import Sensor

AUTO_EV = (0.0, 4.0)
"""Bounds of the automatic exposure. Never below 0: the sensor's white should be the picture's."""
USER_EV = (-8.0, 8.0)
MAX_BALANCE = 8.0
"""Largest ratio of two white balance gains."""
MEAN_TONE = 0.35
"""Mean of the tone-mapped picture that the automatic exposure aims at: 18 % grey gives 0.37."""
HIGHLIGHTS = (0.05, 2.0)
"""The brightest 5 % of the picture are not lifted beyond 2 with white at 1: the shoulder would flatten them."""
GREY_SNR = 5.0
"""Mid grey's least ratio of signal to noise: a clip that is noise alone is not pushed further."""
BLOCKS = 48
"""Frames are averaged into about this many blocks per side: exposure is no matter of single pixels."""
WIDEST_FOOT = 0.05


class Frame(Protocol):
    """What `choose_look` needs of a RAW frame."""

    @property
    def mosaic(self) -> np.ndarray: ...
    @property
    def sensor(self) -> Sensor: ...


def choose_look(
    frames: Sequence[Frame],
    *,
    exposure: float | Literal["auto"] = "auto",
    wb: Literal["camera", "auto"] | tuple[float, float, float] = "camera",
    bits: int = 8,
    full_range: bool = False,
    luma: tuple[float, float] = BT709_LUMA,
) -> Look:
    """The look of a clip. The same frames always give the same look.

    Args:
        frames: a few frames spread over the whole clip; matrix and white balance are the first one's.
        exposure: EV, or "auto".
        wb: the camera's white balance, one estimated from the frames, or gains for R, G, B in any common scale.
        bits, full_range, luma: as in `Look`.

    Raises:
        UsageError: no frames, or a value out of range.
        InputError: the camera's colour matrix is unusable.
    """
    if not frames:
        raise UsageError("no frames to choose exposure and white balance from")
    sensor = frames[0].sensor
    blocks = torch.cat([_blocks(frame) for frame in frames])
    balance = _balance(blocks, sensor, wb)
    noise = sensor.noise or _measured_noise(frames[len(frames) // 2])
    matrix = camera_to_bt709(sensor.color_matrix, sensor.illuminant)
    gain = 2 ** (_auto_ev(_luma(blocks, balance), noise) if exposure == "auto" else _user_ev(exposure))
    r, g, b = (channel * gain for channel in balance)
    foot = foot_for(gain, sensor.noise)
    return Look((r, g, b), matrix, foot, luma, bits, full_range)


def _blocks(frame: Frame) -> Tensor:
    """Linear R, G, B means of blocks of the frame: (blocks, 3) float64. A block's sum does not depend on threads."""
    quads = _quads(frame)
    size = [max(1, side // BLOCKS) for side in quads.shape[-2:]]
    r, g1, g2, b = F.avg_pool2d(quads, size).double().flatten(1)
    return torch.stack([r, (g1 + g2) / 2, b], dim=1)


def _quads(frame: Frame) -> Tensor:
    sensor = frame.sensor
    mosaic = torch.from_numpy(np.ascontiguousarray(frame.mosaic))[None]
    return mosaic_to_quads(mosaic, sensor.cfa, sensor.black, sensor.white)[0]


def _luma(blocks: Tensor, balance: tuple[float, float, float]) -> Tensor:
    """White-balanced brightness of each block: a quarter red, half green, a quarter blue."""
    return (blocks * torch.tensor(balance).to(blocks)) @ torch.tensor([0.25, 0.5, 0.25]).to(blocks)


def _balance(blocks: Tensor, sensor: Sensor, wb: str | tuple[float, float, float]) -> tuple[float, float, float]:
    if wb == "camera":
        return white_balance(sensor.neutral)
    if wb == "auto":
        return white_balance(_grey(blocks))
    if isinstance(wb, str) or len(wb) != 3 or not all(math.isfinite(gain) and gain > 0 for gain in wb):
        raise UsageError(f"white balance {wb!r} is neither camera, auto nor three positive gains")
    if max(wb) / min(wb) > MAX_BALANCE:
        raise UsageError(f"white balance gains {wb} differ by more than {MAX_BALANCE:g}")
    return white_balance([1 / gain for gain in wb])


def _grey(blocks: Tensor) -> tuple[float, float, float]:
    """The camera's response to grey: shades of grey with the 2-norm (Finlayson and Trezzi, CIC 2004), of blocks that
    are neither black nor near saturation."""
    usable = blocks[(blocks.amax(1) < 0.6) & (blocks.amin(1) > 0)]
    if len(usable) < 16:
        return 1.0, 1.0, 1.0
    r, g, b = usable.square().mean(0).sqrt().tolist()
    low = max(r, g, b) / MAX_BALANCE
    return max(r, low), max(g, low), max(b, low)


def _user_ev(ev: float | str) -> float:
    low, high = USER_EV
    if isinstance(ev, str) or not low <= ev <= high:
        raise UsageError(f"exposure {ev!r} is neither auto nor a number from {low:g} to {high:g}")
    return float(ev)


def _auto_ev(luma: Tensor, noise: tuple[float, float] | None) -> float:
    """The smallest exposure at which mean, highlights or noise reach their bound; by bisection."""
    highlight = float(torch.quantile(luma, 1 - HIGHLIGHTS[0]))

    def enough(ev: float) -> bool:
        gain = 2**ev
        tone = Tone(DEFAULT_FOOT).forward(Shoulder(0.0, gain).forward(luma * gain))
        too_bright = float(tone.mean()) >= MEAN_TONE or highlight * gain >= HIGHLIGHTS[1]
        return too_bright or _too_noisy(0.18 / gain, noise)

    low, high = AUTO_EV
    if enough(low) or not enough(high):
        return low if enough(low) else high
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return round(low, 3)


def _too_noisy(level: float, noise: tuple[float, float] | None) -> bool:
    return noise is not None and level < GREY_SNR * math.sqrt(max(noise[0] * level + noise[1], 0))


def _measured_noise(frame: Frame) -> tuple[float, float]:
    """(S, O) for a camera that states none: all of the typical difference between the two greens of a quad."""
    green = _quads(frame)[1:3]
    difference = (green[0] - green[1]).abs().flatten()
    sigma = 1.4826 * float(difference.median()) / math.sqrt(2)
    return 0.0, sigma**2


def foot_for(gain: float, noise: tuple[float, float] | None) -> float:
    """A wider foot where black is noisy: one sigma of noise there is two codes of eight bits at the most."""
    sigma = gain * math.sqrt(max(noise[1], 0)) if noise else 0.0
    return min(max(DEFAULT_FOOT, (219 * sigma / 4) ** 2), WIDEST_FOOT)

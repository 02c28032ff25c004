"""What the networks are told about a clip besides its samples, and how its frames hang together in time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from vidisp.errors import InputError
from vidisp.isp import LiftISP, Look

FACTS = 5
"""Length of `Conditions.facts`."""
_STEPS = (2.0**-6, 2.0**8)
_NOISE = (0.0, 255.0)
_WHITE_CODES = 219  # from black to white


@dataclass(frozen=True)
class Conditions:
    """Facts about a clip that render and recover must agree on; they travel in the recovery record.

    Args:
        step: quantiser step that the encoder's setting implies, in codes of eight bits.
        noise: standard deviation of the noise in the lift's luma, in codes of eight bits, see `lift_noise`.

    Raises:
        InputError: a value that is no number, or out of range.
    """

    step: float
    noise: float

    def __post_init__(self) -> None:
        for name, (low, high) in (("step", _STEPS), ("noise", _NOISE)):
            value = getattr(self, name)
            if type(value) not in (int, float) or not low <= value <= high:
                raise InputError(f"model conditions: {name} is {value!r:.40}, not a number from {low:g} to {high:g}")

    def facts(self, look: Look) -> Tensor:
        """(FACTS,) numbers of about unit size: quantiser, noise, exposure, red's and blue's white balance."""
        red, _, blue = look.white_balance
        noise = math.log2(self.noise + 1 / 8)
        logs = math.log2(self.step) / 4, noise / 4, math.log2(look.exposure) / 2, math.log2(red), math.log2(blue)
        return torch.tensor(logs, dtype=torch.float32)

    def to_dict(self) -> dict[str, float]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> Conditions:
        """The conditions that `to_dict` wrote down. `data` is not trusted.

        Raises:
            InputError: not a mapping, a missing or unknown key, a value out of range.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(data, Mapping) or set(data) != names:
            raise InputError("model conditions: wrong or missing names")
        values: dict[str, Any] = dict(data)
        return cls(**values)


def luma_noise(luma: Tensor) -> Tensor:
    """Noise of luma (N, 4, h, w), in its own unit: the spread of the quads' second mixed difference.

    Half of `Y_R - Y_G1 - Y_G2 + Y_B` has the variance of one sample's noise and little of the picture; 1.4826 times
    its median absolute value is a normal distribution's standard deviation, whatever the edges.
    """
    y_r, y_1, y_2, y_b = luma.unbind(1)
    return 1.4826 * ((y_r - y_1 - y_2 + y_b) / 2).abs().median()


def lift_noise(lift: LiftISP, quads: Tensor) -> float:
    """`luma_noise` of linear quads (N, 4, h, w) as the lift renders them, in codes of eight bits."""
    luma, _, _ = lift.range.decode(lift.forward(quads))
    return _WHITE_CODES * float(luma_noise(luma))


@dataclass(frozen=True)
class Passage:
    """Consecutive frames of one segment: where they stand in it, and which of them follow on the one before.

    Args:
        first: place of the first frame in its segment; what counts is whether it is even or odd.
        joined: per frame, whether it goes on from the frame before it in this passage; the first one never does.
            False in the middle is a cut.
    """

    first: int
    joined: tuple[bool, ...]

    @classmethod
    def whole(cls, frames: int, cuts: Sequence[int] = ()) -> Passage:
        """A segment of its own, with cuts before the frames listed."""
        return cls(0, tuple(i > 0 and i not in cuts for i in range(frames)))

    def part(self, frames: range) -> Passage:
        """Some of the frames, as a passage of its own."""
        inner = self.joined[frames.start : frames.stop]
        return Passage(self.first + frames.start, (False, *inner[1:]))

    def between(self, parity: int) -> list[int]:
        """Frames of that parity in the segment that have a neighbour on both sides, no cut between."""
        last = len(self.joined) - 1
        frames = range((parity - self.first) % 2, last, 2)
        return [i for i in frames if i > 0 and self.joined[i] and self.joined[i + 1]]

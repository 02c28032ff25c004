"""The video flow: lifting ISP, learned chroma, flow over luma, limiter; and the way back with the restorer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from vidisp.flow.conditions import FACTS, Conditions, Passage
from vidisp.flow.network import Network
from vidisp.isp import LiftISP, Look

_QUANTISER = 0  # place of the quantiser among the facts
_QUADS = 1 << 17  # of frames that a CPU works on at once


class FlowISP:
    """A bijection between linear quads (T, 4, h, w) of consecutive frames with two zero planes each, and code values
    (T, 6, h, w), for one clip; float32.

    `reach` and `frames` are how many quads and how many frames around it a value depends on, in either direction;
    `recover` goes back twice and needs twice as many frames.
    """

    def __init__(self, look: Look, network: Network, conditions: Conditions) -> None:
        self.look, self.network, self.conditions = look, network, conditions
        self.lift = LiftISP(look)
        self.range = self.lift.range
        self.reach = network.reach + 2 * self.lift.reach
        self.frames = network.frames
        self._facts = conditions.facts(look)

    @property
    def end_codes(self) -> tuple[int, int]:
        """As `LiftISP.end_codes`."""
        return self.lift.end_codes

    def forward(self, quads: Tensor, passage: Passage) -> Tensor:
        """Code values, not yet rounded."""
        luma, chroma = few_at_a_time(self._develop, quads)
        return self._planes(luma, chroma, passage)

    def codes(self, quads: Tensor, passage: Passage) -> Tensor:
        """Whole code values. Chroma is rounded first, so that luma makes up for it."""
        luma, chroma = few_at_a_time(partial(self._develop, rounded=True), quads)
        return self._planes(luma, chroma, passage).round_()

    def inverse(self, planes: Tensor, passage: Passage) -> tuple[Tensor, Tensor]:
        """The exact inverse: linear quads, and the syndrome (T, 2, h, w) in code values."""
        samples, chroma = self._samples(planes, passage)
        (syndrome,) = few_at_a_time(self._syndrome, samples, chroma)
        return self.lift.exposure.inverse(samples), syndrome

    def recover(self, planes: Tensor, steps: Tensor, passage: Passage, wanted: range | None = None) -> Tensor:
        """Linear quads of decoded code values.

        Args:
            planes: (T, 6, h, w).
            steps: (T,) quantiser step of each frame, in codes of eight bits.
            passage: the frames' places, as they were rendered.
            wanted: which frames to give; default: all. The others are there for them.
        """
        wanted = wanted or range(len(planes))
        near = range(max(0, wanted.start - self.frames), min(len(planes), wanted.stop + self.frames))
        inside = slice(wanted.start - near.start, wanted.stop - near.start)
        with torch.no_grad():  # the syndrome is evidence, nothing to be trained through
            luma, chroma = self._still(planes, passage)
        here = slice(near.start, near.stop)
        (restored,) = few_at_a_time(self._restored, planes[here], luma[here], chroma[here], steps[here])
        luma, chroma = self._still(restored, passage.part(near))
        (samples,) = few_at_a_time(self._undevelop, luma[inside], chroma[inside])
        return self.lift.exposure.inverse(samples)

    def restore(self, planes: Tensor, syndrome: Tensor, steps: Tensor) -> Tensor:
        """Decoded code values as the restorer corrects them; `syndrome` is `inverse`'s."""
        black, span, grey, chroma_span = self._units()
        unit = torch.cat([(planes[:, :4] - black) / span, (planes[:, 4:] - grey) / chroma_span], dim=1)
        facts = self._facts.to(planes).expand(len(planes), FACTS).clone()
        facts[:, _QUANTISER] = steps.log2() / 4
        step = steps * self.range.unit / span
        unit = self.network.restorer(unit, syndrome / chroma_span, step, facts)
        return torch.cat([unit[:, :4] * span + black, unit[:, 4:] * chroma_span + grey], dim=1)

    def _samples(self, planes: Tensor, passage: Passage) -> tuple[Tensor, Tensor]:
        """Exposed samples (T, 4, h, w) and chroma (T, 2, h, w) of code values: the inverse up to the exposure."""
        luma, chroma = self._still(planes, passage)
        (samples,) = few_at_a_time(self._undevelop, luma, chroma)
        return samples, chroma

    def _develop(self, quads: Tensor, rounded: bool = False) -> tuple[Tensor, Tensor]:
        """Luma before it goes through time, and chroma."""
        samples = self.lift.exposure.forward(quads)
        chroma = self._chroma(samples)
        if rounded:
            chroma = chroma.mul_(self.range.chroma_span).round_().div_(self.range.chroma_span)
        luma = self.lift.solver.solve(samples, *chroma.unbind(1))
        return self.network.through_space(luma, chroma, self._facts.to(luma)), chroma

    def _undevelop(self, luma: Tensor, chroma: Tensor) -> tuple[Tensor]:
        luma = self.network.back_through_space(luma, chroma, self._facts.to(luma))
        return (self.lift.rendering.to_samples(luma, *chroma.unbind(1)),)

    def _planes(self, luma: Tensor, chroma: Tensor, passage: Passage) -> Tensor:
        luma = self.network.through_time(luma, chroma, self._facts.to(luma), passage)
        return self.range.encode(luma, *chroma.unbind(1))

    def _still(self, planes: Tensor, passage: Passage) -> tuple[Tensor, Tensor]:
        """Luma back through time, and chroma."""
        luma, u, v = self.range.decode(planes)
        chroma = torch.stack([u, v], dim=1)
        return self.network.back_through_time(luma, chroma, self._facts.to(luma), passage), chroma

    def _restored(self, planes: Tensor, luma: Tensor, chroma: Tensor, steps: Tensor) -> tuple[Tensor]:
        with torch.no_grad():
            (syndrome,) = self._syndrome(*self._undevelop(luma, chroma), chroma)
        return (self.restore(planes, syndrome, steps),)

    def _syndrome(self, samples: Tensor, chroma: Tensor) -> tuple[Tensor]:
        return ((chroma - self._chroma(samples)) * self.range.chroma_span,)

    def _chroma(self, samples: Tensor) -> Tensor:
        chroma = torch.stack(self.lift.chroma(samples), dim=1)
        out: Tensor = self.network.chroma(samples, chroma, self._facts.to(samples))
        return out

    def _units(self) -> tuple[float, float, float, float]:
        r = self.range
        return r.black, r.span, 128 * r.unit, r.chroma_span


def few_at_a_time(function: Callable[..., tuple[Tensor, ...]], *frames: Tensor) -> tuple[Tensor, ...]:
    """`function` of some frames after others: the temporaries of many at once would leave the caches of a CPU."""
    height, width = frames[0].shape[-2:]
    few = max(1, _QUADS // (height * width)) if frames[0].device.type == "cpu" else len(frames[0])
    parts = [function(*part) for part in zip(*(torch.split(tensor, few) for tensor in frames), strict=True)]
    return parts[0] if len(parts) == 1 else tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True))

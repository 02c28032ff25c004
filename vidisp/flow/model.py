"""The video flow: lifting ISP, learned chroma, flow over luma, limiter; and the way back with the restorer."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.flow.conditions import FACTS, Conditions, Passage
from vidisp.flow.network import Network
from vidisp.isp import LiftISP, Look

_QUANTISER = 0  # place of the quantiser among the facts


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
        samples = self.lift.exposure.forward(quads)
        return self._planes(samples, self._chroma(samples), passage)

    def codes(self, quads: Tensor, passage: Passage) -> Tensor:
        """Whole code values. Chroma is rounded first, so that luma makes up for it."""
        samples = self.lift.exposure.forward(quads)
        span = self.range.chroma_span
        return self._planes(samples, self._chroma(samples).mul_(span).round_().div_(span), passage).round_()

    def inverse(self, planes: Tensor, passage: Passage) -> tuple[Tensor, Tensor]:
        """The exact inverse: linear quads, and the syndrome (T, 2, h, w) in code values."""
        samples, chroma = self.samples(planes, passage)
        syndrome = chroma - self._chroma(samples)
        return self.lift.exposure.inverse(samples), syndrome * self.range.chroma_span

    def recover(self, planes: Tensor, steps: Tensor, passage: Passage) -> Tensor:
        """Linear quads of decoded code values.

        Args:
            planes: (T, 6, h, w).
            steps: (T,) quantiser step of each frame, in codes of eight bits.
            passage: the frames' places, as they were rendered.
        """
        samples, chroma = self.samples(planes, passage)
        syndrome = (chroma - self._chroma(samples)) * self.range.chroma_span
        samples, _ = self.samples(self.restore(planes, syndrome, steps), passage)
        return self.lift.exposure.inverse(samples)

    def restore(self, planes: Tensor, syndrome: Tensor, steps: Tensor) -> Tensor:
        """Decoded code values as the restorer corrects them; `syndrome` is `inverse`'s."""
        black, span, grey, chroma_span = self._units(planes)
        unit = torch.cat([(planes[:, :4] - black) / span, (planes[:, 4:] - grey) / chroma_span], dim=1)
        facts = self._facts.to(planes).expand(len(planes), FACTS).clone()
        facts[:, _QUANTISER] = steps.log2() / 4
        step = steps * self.range.unit / span
        unit = self.network.restorer(unit, syndrome / chroma_span, step, facts)
        return torch.cat([unit[:, :4] * span + black, unit[:, 4:] * chroma_span + grey], dim=1)

    def _chroma(self, samples: Tensor) -> Tensor:
        chroma = torch.stack(self.lift.chroma(samples), dim=1)
        out: Tensor = self.network.chroma(samples, chroma, self._facts.to(samples))
        return out

    def _planes(self, samples: Tensor, chroma: Tensor, passage: Passage) -> Tensor:
        u, v = chroma.unbind(1)
        luma = self.lift.solver.solve(samples, u, v)
        return self.range.encode(self.network(luma, chroma, self._facts.to(luma), passage), u, v)

    def samples(self, planes: Tensor, passage: Passage) -> tuple[Tensor, Tensor]:
        """Exposed samples (T, 4, h, w) and chroma (T, 2, h, w) of code values: the inverse up to the exposure."""
        luma, u, v = self.range.decode(planes)
        chroma = torch.stack([u, v], dim=1)
        luma = self.network.inverse(luma, chroma, self._facts.to(luma), passage)
        return self.lift.rendering.to_samples(luma, u, v), chroma

    def _units(self, planes: Tensor) -> tuple[float, float, float, float]:
        r = self.range
        return r.black, r.span, 128 * r.unit, r.chroma_span

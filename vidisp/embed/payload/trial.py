"""One way of coding the pictures: how many bytes it takes, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vidisp.embed.conversion import Conversion, known_pixels, meaningful_pixels
from vidisp.embed.fidelity import BEST, decibels, error_map, squared_error
from vidisp.embed.payload import video
from vidisp.embed.payload.body import Body, pack_alpha
from vidisp.embed.payload.colours import Colours, principal_axes
from vidisp.embed.payload.stored import stored_numbers, stored_pictures

_LEAST_SHARE = 0.001


@dataclass(frozen=True)
class Loss:
    """Of one picture: the share of its pixels that the still shows too, and the mean squared errors of the stream there
    and elsewhere."""

    known: float
    mse_known: float
    mse_other: float


@dataclass(frozen=True)
class Trial:
    """`stream` codes with steps of `step`; `whole` as in `stored`, `alpha` as in `Body`, `losses` by picture."""

    step: float
    whole: bool
    colours: Colours
    stream: bytes
    alpha: bytes
    losses: tuple[Loss, ...]

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body(BEST).to_bytes())

    @property
    def known(self) -> bool:
        """Whether the still shows something of the pictures."""
        return any(loss.known > 0 for loss in self.losses)

    def body(self, still: float) -> Body:
        """What to embed in a still of so many dB."""
        return Body(self.colours, self.share(still), self.stream, self.alpha)

    def share(self, still: float) -> float:
        """The weight of the stream in the mean of stream and still: what makes the error of the mean the smallest."""
        if not self.whole:
            return 0.0
        coded = sum(loss.known * loss.mse_known for loss in self.losses) / sum(loss.known for loss in self.losses)
        embedded = squared_error(still)
        return max(_LEAST_SHARE, round(embedded / (embedded + coded), 3))

    def restored(self, still: float) -> float:
        """Mean PSNR of the pictures that come back out of a still of so many dB."""
        share, embedded = self.share(still), squared_error(still)
        pairs = [(loss, share**2 * loss.mse_known + (1 - share) ** 2 * embedded) for loss in self.losses]
        return float(np.mean([decibels(mse * loss.known + loss.mse_other * (1 - loss.known)) for loss, mse in pairs]))


class Coder:
    """Codes the pictures of a conversion, with the same colours at every step."""

    def __init__(self, conversion: Conversion, *, whole: bool) -> None:
        self.conversion, self._whole = conversion, whole
        self._known = known_pixels(conversion.facts, conversion.alpha)
        self._pictures = stored_pictures(conversion.pictures, self._known, whole=whole)
        self._axes = principal_axes(self._pictures)
        self._alpha = pack_alpha(conversion.alpha)

    def code(self, step: float) -> Trial:
        """Quantised in steps of about `step` codes of R'G'B'."""
        qp, scale = video.quantiser(step)
        colours = Colours(self._axes, scale)
        planes = [colours.planes(picture) for picture in self._pictures]
        stream = video.encode(planes, qp, inter=self.conversion.facts.task != "hidden")
        decoded = video.decode(stream, len(planes), self.conversion.facts.size)
        losses = self._losses([colours.picture(each) for each in decoded])
        return Trial(step, self._whole, colours, stream, self._alpha, losses)

    def _losses(self, decoded: Sequence[np.ndarray]) -> tuple[Loss, ...]:
        found = dict(zip(stored_numbers(self._known, whole=self._whole), decoded, strict=True))
        seen = meaningful_pixels(self.conversion.facts, self.conversion.alpha)
        return tuple(self._loss(number, found.get(number), mask) for number, mask in enumerate(seen))

    def _loss(self, number: int, decoded: np.ndarray | None, seen: np.ndarray | bool) -> Loss:
        if decoded is None:
            return Loss(1.0, 0.0, 0.0)
        error = error_map(self.conversion.pictures[number], decoded)
        known = np.broadcast_to(self._known[number], error.shape) & seen
        parts = [float(error[mask].mean()) if mask.any() else 0.0 for mask in (known, ~known & seen)]
        return Loss(float(known.sum() / max(1, np.broadcast_to(seen, error.shape).sum())), *parts)

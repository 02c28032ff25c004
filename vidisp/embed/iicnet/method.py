"""The `iicnet` method: an invertible network draws a still that looks like the reference, and the pictures out of it.

After K. L. Cheng, Y. Xie, Q. Chen, "IICNet: A Generic Framework for Reversible Image Conversion", ICCV 2021; for JPEG
as well as for PNG. What the still holds is in how it looks, not in the bits of its file: a JPEG that was saved again
with little loss still gives back its pictures.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vidisp.codec.fields import Fields, RecordError
from vidisp.embed.canvas import Canvas
from vidisp.embed.conversion import SMALLEST, Conversion, Facts, Restored
from vidisp.embed.iicnet import brief, tiling, weights
from vidisp.embed.iicnet.arrange import arranged, other_count, rearranged
from vidisp.embed.iicnet.mark import Mark
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.embed.method import Embedded, MakeCanvas
from vidisp.errors import InputError, NotRecoverableError, UsageError
from vidisp.stream.developer import pick_device

log = logging.getLogger(__name__)
_LEGIBLE = 0.85
"""How much of the mark must be seen in every part of a still for its pictures to come back: see
`pipelines/benchmark/embedding_damage.py`."""
_NONSENSE = {"png": 0.001, "jpeg": 0.0125}
"""How many of the blocks of such a still may say what no block says."""
_DIGITS = 12
"""Of the weights' SHA-256, in a header."""


class IICNet:
    """See `vidisp.embed.method.Method`."""

    name = "iicnet"
    chooses_still = in_slots = False

    def embed(self, conversion: Conversion, make_canvas: MakeCanvas, still_psnr: float | None) -> Embedded:
        facts, quality = conversion.facts, make_canvas(conversion.reference).quality
        coder = _Coder(weights.newest(facts.task, "png" if quality is None else "jpeg"), quality)
        shape = coder.network.shape
        if quality is not None and quality not in shape.qualities:
            what = f"the method iicnet makes JPEGs of quality {' or '.join(map(str, shape.qualities))} only"
            raise UsageError(what, hint="choose one of them with --quality, or --method payload")
        canvas = make_canvas(coder.still(facts, arranged(conversion, shape.others)))
        return Embedded(canvas, {**coder.own, "still": canvas.checksum()})

    def extract(self, canvas: Canvas, facts: Facts, own: Fields) -> Restored:
        digits, quality = own.hex("weights", _DIGITS), own.optional("quality", own.integer)
        coder = next((each for each in coders(digits) if each.quality == quality), None)
        if coder is None:
            raise NotRecoverableError("was made with weights that this vidisp does not have", hint="update vidisp")
        if not coder.fits(canvas, facts):
            raise InputError("what the still says does not fit the network that made it")
        as_made = own.optional("still", own.integer) == canvas.checksum()
        if not as_made and not coder.legible(canvas, facts):
            raise NotRecoverableError("was changed since vidisp made it; what it held is lost")
        return replace(coder.restored(canvas, facts), changed=not as_made)


def marked(picture: np.ndarray) -> tuple[Facts, Mapping[str, Any]] | None:
    """What the mark in a still, (H, W, 3) uint8, says of it, and what a header would have of the method's own."""
    if min(picture.shape[:2]) < SMALLEST:
        return None
    for coder in coders():
        for count in range(1, coder.network.shape.others + 1):
            with suppress(RecordError):
                return coder.marked(picture, count), coder.own
    return None


@dataclass(frozen=True)
class _Coder:
    """A released network at one of the qualities that its stills survive; None of a PNG."""

    model_id: str
    quality: int | None

    @property
    def own(self) -> dict[str, Any]:
        """What the header says of it."""
        return {"weights": weights.weights_hash(self.model_id)[:_DIGITS], "quality": self.quality}

    @property
    def _name(self) -> str:
        """What stands for it in the checksum of a mark."""
        return "{weights} {quality}".format(**self.own)

    @property
    def network(self) -> EmbeddingNetwork:
        return weights.network_of(self.model_id).to(pick_device("auto"))

    def still(self, facts: Facts, pictures: Sequence[np.ndarray]) -> np.ndarray:
        padded = [tiling.padded(picture, self.network.grid) for picture in pictures]
        message = self._message(facts, padded[0].shape[1::-1])
        return tiling.embed(self.network, padded, self.quality, message)

    def restored(self, canvas: Canvas, facts: Facts) -> Restored:
        width, height = facts.size
        pictures = tiling.restore(self.network, canvas.picture(), other_count(facts), self.quality)
        return rearranged([picture[:height, :width] for picture in pictures], facts)

    def fits(self, canvas: Canvas, facts: Facts) -> bool:
        """Whether such pictures in such a still can be by this network."""
        padded = tuple(-(-side // self.network.grid) * self.network.grid for side in facts.size)
        return other_count(facts) <= self.network.shape.others and padded == canvas.size

    def legible(self, canvas: Canvas, facts: Facts) -> bool:
        """Whether the still is near enough to what it was made, and says what the header says."""
        mark, picture = self._mark(other_count(facts)), canvas.picture()
        if mark.nonsense(picture) > _NONSENSE[self.network.shape.carrier]:
            return False
        read = mark.read(picture, brief.SIZE)
        return read == self._message(facts, canvas.size) and self.legibility(canvas, facts) >= _LEGIBLE

    def legibility(self, canvas: Canvas, facts: Facts) -> float:
        """See `Mark.legibility`."""
        found = self._mark(other_count(facts)).legibility(canvas.picture(), self._message(facts, canvas.size))
        log.info("of the mark is seen in the worst part: %.2f", found)
        return found

    def marked(self, picture: np.ndarray, count: int) -> Facts:
        """What a still says in its mark, if it holds `count` pictures beside the reference. Raises: RecordError."""
        height, width = picture.shape[:2]
        return brief.from_bytes(self._mark(count).read(picture, brief.SIZE), (width, height), self._name)

    def _mark(self, count: int) -> Mark:
        return Mark(self.network, count, self.quality)

    def _message(self, facts: Facts, still: tuple[int, int]) -> bytes:
        return brief.to_bytes(facts, still, self._name)


def coders(digits: str = "") -> Iterator[_Coder]:
    """All that there are, or those of weights whose hash begins so."""
    for model_id in weights.released():
        if not weights.weights_hash(model_id).startswith(digits):
            continue
        for quality in weights.network_of(model_id).shape.qualities or (None,):
            yield _Coder(model_id, quality)

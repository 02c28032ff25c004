"""How finely the pictures are coded: as finely as the still that is wished for has room."""

from __future__ import annotations

import logging
import math

from vidisp.embed.canvas import Canvas
from vidisp.embed.conversion import Conversion, middle_part
from vidisp.embed.fidelity import decibels, mean_squared_error
from vidisp.embed.payload.layout import plan
from vidisp.embed.payload.search import meet
from vidisp.embed.payload.trial import Coder, Trial
from vidisp.errors import InputError

log = logging.getLogger(__name__)
_FIRST, _FIRST_BY_ERROR = 4.0, 8.0
"""Steps that a search begins with: for a still without errors, and how much more for each code of its own."""
_PART = 1024
"""Pixels of a side: of larger pictures, a part is searched first."""
_BALANCED, _CLOSE = 0.25, 0.15
"""dB: how far still and restored pictures may be apart, and how far the still above what was wished for."""
_TRIES, _MORE_TRIES = 7, 3
_FAR_BETTER = 3.0
"""dB from which on it may be worth coding what the still shows already."""


class Rates:
    """Of one conversion in one kind of file.

    Args:
        canvas: the reference's, with nothing embedded.
        wish: dB that the still must reach; None: as much as what comes back.
    """

    def __init__(self, conversion: Conversion, canvas: Canvas, wish: float | None) -> None:
        self._conversion, self._wish, self._groups = conversion, wish, canvas.groups
        self._unavoidable = mean_squared_error(conversion.reference, canvas.picture())
        self._first = _FIRST + _FIRST_BY_ERROR * math.sqrt(self._unavoidable)
        self._steps: dict[bool, float] = {}
        self.missed = 0.0
        """dB by which stills have come out worse than was expected of them."""

    def expected(self, size: float) -> float:
        """PSNR of a still that holds so many bytes; 0 if there is no room for them."""
        layout = plan(self._groups, math.ceil(8 * size))
        if layout is None:
            return 0.0
        return decibels(self._unavoidable + layout.squared_error / self._conversion.reference.size) - self.missed

    def choose(self) -> Trial:
        """The trial that meets the wish best.

        Raises:
            InputError: such a still has no room for the pictures.
        """
        trial = self._meet(whole=False)
        if self._wish is not None and trial.known and trial.restored(self._wish) > self._wish + _FAR_BETTER:
            both = (trial, self._meet(whole=True))
            trial = max(both, key=lambda each: each.restored(self.expected(each.size)))
        if self.expected(trial.size) < (self._wish or 1.0):
            still = f"a still of {self._wish:g} dB" if self._wish else "the still"
            raise InputError(f"the pictures do not fit into {still}", hint="choose fewer, or a lower --still-psnr")
        return trial

    def _meet(self, *, whole: bool) -> Trial:
        """Large pictures, and those that were tried before, begin near the end of the search."""
        tries = _MORE_TRIES if whole in self._steps else _TRIES
        part = middle_part(self._conversion, _PART)
        if part is not self._conversion and whole not in self._steps:
            self._steps[whole] = self._search(Coder(part, whole=whole), self._first, _TRIES).step
            tries = _MORE_TRIES
        trial = self._search(Coder(self._conversion, whole=whole), self._steps.get(whole, self._first), tries)
        self._steps[whole] = trial.step
        return trial

    def _search(self, coder: Coder, start: float, tries: int) -> Trial:
        ratio = self._conversion.reference.size / coder.conversion.reference.size

        def gap(trial: Trial) -> float:
            still = self.expected(ratio * trial.size)
            restored = trial.restored(still)
            log.info("steps of %.2f: still %.2f dB, restored %.2f dB", trial.step, still, restored)
            return still - (restored if self._wish is None else self._wish)

        tolerance = _BALANCED if self._wish is None else _CLOSE
        return meet(coder.code, gap, start=start, tolerance=tolerance, tries=tries, above=self._wish is not None)

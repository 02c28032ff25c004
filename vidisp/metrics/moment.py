"""One frame on its way through the metrics: the picture, its reference, and the frame before it in the same shot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import torch

from vidisp.errors import InputError
from vidisp.metrics import structure
from vidisp.metrics.cuts import CutFinder
from vidisp.metrics.motion import Motion, optical_flow
from vidisp.metrics.picture import Picture

Side = Literal["video", "reference"]


class Moment:
    """What several metrics need of a frame is computed when the first of them asks, and once.

    Args:
        video, reference: the two pictures; metrics that compare are not asked for where there is no reference.
        before: the moment before, None for the first frame of a shot.
        cut: whether a new shot begins here, as opposed to the video or after a missing frame.
    """

    def __init__(self, video: Picture, reference: Picture | None, before: Moment | None, *, cut: bool = False) -> None:
        self.video, self.before, self.cut = video, before, cut
        self._reference = reference
        self._fetched: dict[Side, tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = {}

    @property
    def reference(self) -> Picture:
        """Raises: LookupError without one."""
        if self._reference is None:
            raise LookupError("this moment has no reference")
        return self._reference

    @property
    def guide(self) -> Picture:
        """The picture whose motion counts: the reference, so that what is measured on both follows one flow."""
        return self.video if self._reference is None else self._reference

    def side(self, side: Side) -> Picture:
        return self.video if side == "video" else self.reference

    @cached_property
    def error(self) -> torch.Tensor:
        """The video's samples less the reference's."""
        return self.video.samples - self.reference.samples

    @cached_property
    def scales(self) -> list[structure.Scale]:
        """Structural similarity of luma at each size."""
        return structure.similarity(self.video.y, self.reference.y)

    @cached_property
    def motion(self) -> Motion | None:
        """The guide's motion from the frame before to this one."""
        if self.before is None:
            return None
        return Motion.between(self.before.guide.toned, self.guide.toned, self.guide.y.device)

    def fetched(self, side: Side) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """This picture's planes, seen from where the frame before stands: y, cb, cr fetched back along the motion.

        Raises: LookupError at the first frame of a shot.
        """
        if side not in self._fetched:
            if self.motion is None:
                raise LookupError("the first frame of a shot has none before it")
            y, cb, cr = self.side(side).planes
            self._fetched[side] = (self.motion.fetch(y), *self.motion.fetch(torch.stack([cb, cr])))
        return self._fetched[side]

    @cached_property
    def own_flow(self) -> torch.Tensor | None:
        """The video's own optical flow from the frame before."""
        if self.before is None:
            return None
        return optical_flow(self.before.video.toned, self.video.toned, self.video.y.device)


def moments(pairs: Iterable[tuple[Picture, Picture | None]]) -> Iterator[Moment]:
    """Frames, each with its reference or each without, in order; no more than two such pairs are held.

    Cuts are found in the reference, or else in the video itself; a frame whose number is not its predecessor's plus
    one begins anew as well.

    Raises:
        InputError: a picture is of another size than its reference or than the frame before.
    """
    finder, last = CutFinder(), None
    for video, reference in pairs:
        _check(video, reference, last)
        cut = finder.begins((reference or video).toned)
        follows = last is not None and not cut and video.number == last.video.number + 1
        now = Moment(video, reference, last if follows else None, cut=cut)
        yield now
        # A moment knows the one before it, not all that were.
        now.before, last = None, now


def _check(video: Picture, reference: Picture | None, last: Moment | None) -> None:
    if last is not None and video.size != last.video.size:
        raise InputError(f"is {video.size}, the frame before is {last.video.size}", frame=video.number)
    if reference is not None and reference.size != video.size:
        raise InputError(f"sizes differ: {video.size} against {reference.size} of the reference", frame=video.number)

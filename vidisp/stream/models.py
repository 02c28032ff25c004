"""The models that render and recover can use, behind one interface."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from vidisp.errors import InputError
from vidisp.flow import Conditions, FlowISP, Passage, weights
from vidisp.isp import LiftISP, Look

MODELS: dict[str, str] = {"lift": LiftISP.id, **weights.RELEASED}
"""What a user calls a model -> id of the newest one of that name."""


class Model(Protocol):
    """A bijection between quads (T, 4, h, w) of consecutive frames and code values (T, 6, h, w)."""

    @property
    def end_codes(self) -> tuple[int, int]:
        """As `LiftISP.end_codes`."""

    @property
    def reach(self) -> int:
        """Rows and columns of quads around it that a value depends on, in either direction."""

    @property
    def frames_forward(self) -> int:
        """Frames before and after it that a rendered frame depends on."""

    @property
    def frames_back(self) -> int:
        """Frames before and after it that a recovered frame depends on."""

    def codes(self, quads: Tensor, passage: Passage) -> Tensor:
        """Whole code values."""

    def recover(self, planes: Tensor, steps: Tensor, passage: Passage, wanted: range) -> Tensor:
        """Linear quads of the wanted frames of decoded code values; `steps` (T,) as in `vidisp.codec.quantiser`."""


class _Lift:
    frames_forward = frames_back = 0
    reach = LiftISP.reach

    def __init__(self, look: Look) -> None:
        self._isp = LiftISP(look)
        self.end_codes = self._isp.end_codes

    def codes(self, quads: Tensor, passage: Passage) -> Tensor:
        return self._isp.codes(quads)

    def recover(self, planes: Tensor, steps: Tensor, passage: Passage, wanted: range) -> Tensor:
        return self._isp.recover(planes[wanted.start : wanted.stop])


class _Flow:
    def __init__(self, isp: FlowISP) -> None:
        self._isp = isp
        self.end_codes, self.reach = isp.end_codes, isp.reach
        self.frames_forward = isp.frames
        self.frames_back = 2 * isp.frames  # there for the syndrome, and once more for the samples

    def codes(self, quads: Tensor, passage: Passage) -> Tensor:
        return self._isp.codes(quads, passage)

    def recover(self, planes: Tensor, steps: Tensor, passage: Passage, wanted: range) -> Tensor:
        return self._isp.recover(planes, steps, passage, wanted)


def model_ids() -> tuple[str, ...]:
    """Ids of all models that this version can recover."""
    return (LiftISP.id, *weights.released())


def weights_hash(model_id: str) -> str | None:
    """SHA-256 of the model's weights, None if it has none."""
    return None if model_id == LiftISP.id else weights.weights_hash(model_id)


def build(
    model_id: str,
    look: Look,
    device: torch.device,
    *,
    conditions: Mapping[str, Any] | None = None,
    model_hash: str | None = None,
) -> Model:
    """The model of a clip; all but `device` may come out of a file from anywhere.

    Raises:
        InputError: this version does not have that model, or other weights for it; malformed conditions.
    """
    if model_id not in model_ids():
        what = f"was rendered with the model {model_id!r:.40}, which this version does not have"
        raise InputError(what, hint="update vidisp")
    if model_hash != weights_hash(model_id):
        what = f"was rendered with weights of the model {model_id!r} that this version does not know"
        raise InputError(what, hint="recover it with the vidisp that rendered it")
    if model_id == LiftISP.id:
        return _Lift(look)
    # The loaded one is everybody's, and `to` would move it away from them.
    network = copy.deepcopy(weights.load(model_id)).to(device)
    return _Flow(FlowISP(look, network, Conditions.from_dict(conditions or {})))

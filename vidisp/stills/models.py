"""The models of stills: those of videos, one frame at a time, and the lifting ISP in 4:4:4."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import torch
from torch import Tensor

from vidisp.codec.jpeg import StillRecord, Subsampling
from vidisp.errors import InputError, UsageError
from vidisp.flow import Conditions, Passage, lift_noise
from vidisp.isp import FullLiftISP, LiftISP, Look, mosaic_to_quads
from vidisp.raw import RawFrame
from vidisp.stream.models import MODELS, Model, build, weights_hash
from vidisp.stream.strips import strips

_NOISIEST = 255.0


class _FullLift:
    """`FullLiftISP` as a model; its code values are (1, 12, h, w)."""

    frames_forward = frames_back = 0
    reach = FullLiftISP.reach

    def __init__(self, look: Look) -> None:
        self._isp = FullLiftISP(look)
        self.end_codes = self._isp.end_codes

    def codes(self, quads: Tensor, passage: Passage) -> Tensor:
        return self._isp.codes(quads)

    def recover(self, planes: Tensor, steps: Tensor, passage: Passage, wanted: range) -> Tensor:
        return self._isp.recover(planes)


def choose_model(name: str, subsampling: Subsampling) -> tuple[str, str | None]:
    """Id and weights' hash of what a user calls a model.

    Raises:
        UsageError: there is none of that name, or not in that subsampling.
    """
    if name not in MODELS:
        raise UsageError(f"there is no model {name!r}", hint=f"choose from {', '.join(MODELS)}")
    if subsampling == "420":
        return MODELS[name], weights_hash(MODELS[name])
    if MODELS[name] != LiftISP.id:
        raise UsageError(f"the model {name} makes 4:2:0 only", hint="leave --subsampling 444 away")
    return FullLiftISP.id, None


def choose_conditions(model_id: str, frame: RawFrame, look: Look, step: int) -> Mapping[str, float]:
    """What a model with weights is told about a photo, as `Conditions` in plain JSON; nothing for the others."""
    if model_id in (LiftISP.id, FullLiftISP.id):
        return {}
    return Conditions(step=float(step), noise=round(min(_noise(frame, look), _NOISIEST), 2)).to_dict()


def build_model(record: StillRecord, device: torch.device) -> Model:
    """The model of a photo; `record` may come out of a file from anywhere.

    Raises:
        InputError: this version does not have that model, or other weights for it; malformed look or conditions.
    """
    look = Look.from_dict(record.look)
    if (record.model == FullLiftISP.id) != (record.subsampling == "444"):
        raise InputError(f"the model {record.model!r:.40} has no {record.subsampling} pictures")
    if record.model == FullLiftISP.id:
        return _FullLift(look)
    values: Any = dict(record.conditions)
    return build(record.model, look, device, conditions=values, model_hash=record.model_hash)


def _noise(frame: RawFrame, look: Look) -> float:
    """`lift_noise` of a typical strip: that of a whole photo would take much memory."""
    s, lift = frame.sensor, LiftISP(look)
    found = []
    with torch.inference_mode():
        for strip in strips((s.height + 1) // 2, (s.width + 1) // 2, lift.reach):
            rows = torch.from_numpy(frame.mosaic[strip.read(2)])[None]
            found.append(lift_noise(lift, mosaic_to_quads(rows, s.cfa, s.black, s.white)))
    return median(found)

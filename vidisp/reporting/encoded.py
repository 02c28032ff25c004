"""Pictures as data URIs: JPEG for whole frames, PNG for what is to be seen sample for sample, within a budget."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from vidisp.reporting.shots import Place, Shot, View, heat

BUDGET = 5_000_000
"""Characters of all pictures of a page together."""
STEPS = ((1280, 92), (1280, 85), (960, 85), (800, 80), (640, 75), (480, 60))
"""Longest side and JPEG quality, tried in this order until the page keeps within its budget."""


@dataclass(frozen=True)
class EncodedView:
    """The three pictures of a view as data URIs, and their size in pixels."""

    original: str
    recovered: str
    error: str
    width: int
    height: int


@dataclass(frozen=True)
class EncodedShot:
    """A shot ready for the page."""

    number: int
    whole: EncodedView
    spot: EncodedView
    place: Place


def encode_shots(shots: Sequence[Shot], factor: int, budget: int = BUDGET) -> list[EncodedShot]:
    """All shots, as good as the budget allows; the error maps amplified by `factor`.

    The last of `STEPS` is taken whatever it weighs.
    """
    spots = [_encode(shot.spot, factor, data_uri) for shot in shots]
    wholes = _within([shot.whole for shot in shots], factor, budget - sum(map(_weight, spots)))
    return [
        EncodedShot(shot.number, whole, spot, shot.place)
        for shot, whole, spot in zip(shots, wholes, spots, strict=True)
    ]


def data_uri(picture: np.ndarray, quality: int | None = None) -> str:
    """(H, W, 3) uint8 as a data URI: JPEG of that quality with full colour, or PNG without one."""
    data = io.BytesIO()
    if quality is None:
        Image.fromarray(picture).save(data, "PNG", optimize=True)
    else:
        Image.fromarray(picture).save(data, "JPEG", quality=quality, subsampling=0)
    kind = "png" if quality is None else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data.getvalue()).decode()}"


def _within(views: Sequence[View], factor: int, budget: int) -> list[EncodedView]:
    for side, quality in STEPS:
        encoded = [_encode(view, factor, partial(_jpeg, side=side, quality=quality)) for view in views]
        if sum(map(_weight, encoded)) <= budget:
            break
    return encoded


def _encode(view: View, factor: int, encode: Callable[[np.ndarray], str]) -> EncodedView:
    height, width = view.error.shape
    pictures = (view.original, view.recovered, heat(view.error, factor))
    original, recovered, error = map(encode, pictures)
    return EncodedView(original, recovered, error, width, height)


def _jpeg(picture: np.ndarray, *, side: int, quality: int) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return data_uri(np.asarray(image), quality)


def _weight(view: EncodedView) -> int:
    return len(view.original) + len(view.recovered) + len(view.error)

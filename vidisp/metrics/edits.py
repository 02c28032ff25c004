"""What a recovered RAW photo is worth to an editor: both RAW files developed alike, again and again, and compared.

Each edit is an exposure and a white balance; the picture is what vidisp shows without a codec: full colour at every
pixel, the camera's colour matrix, vidisp's tone curve, eight bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vidisp.errors import InputError
from vidisp.isp import Look, ReferenceISP, mosaic_to_quads
from vidisp.isp.choose import foot_for
from vidisp.isp.colour import camera_to_bt709, white_balance
from vidisp.isp.demosaic import malvar
from vidisp.isp.mosaic import flip
from vidisp.metrics.fidelity import psnr
from vidisp.metrics.measures import rounded
from vidisp.metrics.raw_pairs import RawPair, RawPairs, common_names, is_raw, missing
from vidisp.metrics.structure import similarity, ssim
from vidisp.raw import Sensor

EXPOSURES = (-2.0, 0.0, 2.0, 4.0)
"""EV over the sensor's own exposure, as `vidisp render --exposure` counts."""
AS_SHOT = 5000
LIGHTS = {2800: (0.4519, 0.4086), AS_SHOT: (0.3451, 0.3516), 9000: (0.2869, 0.2956)}
"""Kelvin, and the CIE 1931 chromaticity of a black body of that temperature (Wyszecki and Stiles, Color Science, 2nd
edition, table 1(3.11)). The camera's own white balance counts as 5000 K; the others are shifts from it."""
_LUMA = (0.2126, 0.7152, 0.0722)
_SMALLEST = 11


class Edit(NamedTuple):
    """An exposure in EV over the sensor's own, and the temperature of the light in kelvin."""

    ev: float
    kelvin: int


EDITS = tuple(Edit(ev, kelvin) for ev in EXPOSURES for kelvin in LIGHTS)


@dataclass(frozen=True)
class EditErrors:
    """How far two pictures of one edit are apart: mean squared error of R, G and B with white at 1, SSIM of luma."""

    edit: Edit
    mse: float
    ssim: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; an infinite PSNR (the pictures are equal) is null."""
        figures = {"psnr": rounded(psnr(self.mse)), "ssim": rounded(self.ssim)}
        return {"ev": self.edit.ev, "kelvin": self.edit.kelvin, **figures}


@dataclass(frozen=True)
class PhotoEdits:
    """One photo's errors, in the order of `EDITS`."""

    name: str
    errors: tuple[EditErrors, ...]


@dataclass(frozen=True)
class EditReport:
    """All photos that were compared, and names of those that only one side has."""

    photos: tuple[PhotoEdits, ...]
    not_recovered: tuple[str, ...] = ()
    not_in_reference: tuple[str, ...] = ()

    @property
    def mean(self) -> tuple[EditErrors, ...]:
        """Mean squared error and mean SSIM over the photos, each counting alike."""
        columns = zip(*(photo.errors for photo in self.photos), strict=True)
        return tuple(_mean(column) for column in columns)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `edits` are the mean of all photos."""
        return {
            "edits": [error.to_dict() for error in self.mean],
            "photos": [{"name": p.name, "edits": [error.to_dict() for error in p.errors]} for p in self.photos],
            "not_recovered": list(self.not_recovered),
            "not_in_reference": list(self.not_in_reference),
        }

    def to_text(self) -> str:
        """A table for people: a block a photo, exposures down, temperatures across; of several, their mean last."""
        heads = "".join(f" {f'{k} K' + (' (as shot)' if k == AS_SHOT else ''):>18}" for k in LIGHTS)
        lines = [f"{'EV':>4}{heads}", " " * 4 + f" {'PSNR dB':>10} {'SSIM':>7}" * len(LIGHTS)]
        for photo in self.photos:
            lines += [photo.name, *_block(photo.errors)]
        if len(self.photos) > 1:
            lines += [f"mean of {len(self.photos)}", *_block(self.mean)]
        lines += missing("photo", "in the reference only", self.not_recovered)
        return "\n".join(lines + missing("photo", "in the recovered folder only", self.not_in_reference))


def evaluate_edits(
    reference: str | Path, recovered: str | Path, *, progress: Callable[[int, int], None] | None = None
) -> EditReport:
    """Develop original and recovered RAW by every one of `EDITS` and compare the pictures.

    Args:
        reference, recovered: two RAW files, or two folders of them: photos are paired by their names without suffix,
            the frames of a clip, whose names differ, by the number that these end with.
        progress: called after every photo with the number of photos done and their total.

    Raises:
        InputError: a path is no RAW, nothing pairs, two frames differ in size or colour filter, or one is too small.
    """
    reference, recovered = Path(reference), Path(recovered)
    for path in (reference, recovered):
        if not path.exists():
            raise InputError("does not exist", path=path)
        if not is_raw(path):
            raise InputError("is not RAW", path=path, hint="--edits compares RAW photos")
    names = common_names(reference, recovered)
    if names is not None:
        return _by_name(*names, progress)
    pairs = RawPairs.open(reference, recovered)
    photos = _measure(pairs.frames(), len(pairs), progress)
    return EditReport(photos, *(tuple(map(str, lost)) for lost in (pairs.not_recovered, pairs.not_in_reference)))


def compare_edits(pair: RawPair) -> tuple[EditErrors, ...]:
    """Both frames by every one of `EDITS`; levels, colour and noise are the original's for both.

    Raises:
        InputError: the sizes differ, or are below 11x11.
    """
    sensor, sizes = pair.original.sensor, (pair.recovered.shape, pair.original.mosaic.shape)
    if sizes[0] != sizes[1]:
        raise InputError(f"holds {sizes[0]} samples, the original {sizes[1]}", path=pair.name)
    if min(sizes[0]) < _SMALLEST:
        raise InputError(f"is too small to compare pictures: {_SMALLEST} samples a side at least", path=pair.name)
    quads = [_quads(mosaic, sensor) for mosaic in (pair.original.mosaic, pair.recovered)]
    return tuple(_errors(edit, *(develop(q, sensor, edit) for q in quads)) for edit in EDITS)


def develop(quads: Tensor, sensor: Sensor, edit: Edit) -> Tensor:
    """The picture (3, height, width) uint8 R'G'B' of linear quads (1, 4, h, w) of that sensor."""
    isp = ReferenceISP(look_of(sensor, edit))
    with torch.inference_mode():
        tones = torch.cat(isp.rendering.tones(malvar(isp.exposure.forward(quads))))
        pixels = flip(rearrange(tones, "c (a b) h w -> c (h a) (w b)", a=2, b=2), sensor.cfa)
        return pixels[:, : sensor.height, : sensor.width].mul(255).round_().clamp_(0, 255).to(torch.uint8)


def look_of(sensor: Sensor, edit: Edit) -> Look:
    """What a RAW editor would be set to.

    A light's camera neutral is the colour matrix times its XYZ (DNG specification 1.7.1, chapter 6); the white balance
    as shot is shifted by the ratio of the neutral at `AS_SHOT` to that of the edit's light.
    """
    neutral = np.array(sensor.neutral) * _response(sensor, edit.kelvin) / _response(sensor, AS_SHOT)
    exposure = 2**edit.ev
    r, g, b = (gain * exposure for gain in white_balance(neutral.tolist()))
    matrix = camera_to_bt709(sensor.color_matrix, sensor.illuminant)
    return Look((r, g, b), matrix, foot_for(exposure, sensor.noise), full_range=True)


def _response(sensor: Sensor, kelvin: int) -> np.ndarray:
    x, y = LIGHTS[kelvin]
    response = np.asarray(sensor.color_matrix).reshape(3, 3) @ np.array([x / y, 1, (1 - x - y) / y])
    if response.min() <= 0:
        raise InputError(f"the camera's colour matrix sees no light in light of {kelvin} K", hint="is it damaged?")
    return np.asarray(response / response[1])


def _quads(mosaic: np.ndarray, sensor: Sensor) -> Tensor:
    samples = torch.from_numpy(np.ascontiguousarray(mosaic))[None]
    return mosaic_to_quads(samples, sensor.cfa, sensor.black, sensor.white)


def _errors(edit: Edit, original: Tensor, recovered: Tensor) -> EditErrors:
    a, b = (picture.float().div_(255) for picture in (original, recovered))
    luma = [_LUMA[0] * p[0] + _LUMA[1] * p[1] + _LUMA[2] * p[2] for p in (a, b)]
    return EditErrors(edit, float((a - b).square_().mean(dtype=torch.float64)), ssim(similarity(*luma)))


def _by_name(
    before: dict[str, Path], after: dict[str, Path], progress: Callable[[int, int], None] | None
) -> EditReport:
    common = sorted(before.keys() & after.keys())
    pairs = (pair for name in common for pair in RawPairs.open(before[name], after[name]).frames())
    photos = _measure(pairs, len(common), progress)
    return EditReport(photos, tuple(sorted(before.keys() - after)), tuple(sorted(after.keys() - before)))


def _measure(
    pairs: Iterator[RawPair], count: int, progress: Callable[[int, int], None] | None
) -> tuple[PhotoEdits, ...]:
    photos = []
    for done, pair in enumerate(pairs, 1):
        photos.append(PhotoEdits(Path(pair.name).stem, compare_edits(pair)))
        if progress:
            progress(done, count)
    return tuple(photos)


def _mean(errors: Sequence[EditErrors]) -> EditErrors:
    count = len(errors)
    return replace(errors[0], mse=sum(e.mse for e in errors) / count, ssim=sum(e.ssim for e in errors) / count)


def _block(errors: Sequence[EditErrors]) -> list[str]:
    """A line for each exposure."""
    cells = {error.edit: f" {psnr(error.mse):10.2f} {error.ssim:7.4f}" for error in errors}
    return [f"{ev:+4.0f}" + "".join(cells[Edit(ev, kelvin)] for kelvin in LIGHTS) for ev in EXPOSURES]

"""All figures of a RAW clip, against its original or alone, in one pass and flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec

import numpy as np
import torch

from vidisp.metrics import steadiness
from vidisp.metrics.fidelity import FrameErrors, mosaic_errors, normalise, psnr, summarise
from vidisp.metrics.measures import Measures
from vidisp.metrics.meters import Averaged, Beat, Meter
from vidisp.metrics.moment import moments
from vidisp.metrics.motion import PATCH
from vidisp.metrics.noise import NoiseFloor
from vidisp.metrics.panel import Panel, steady_meters
from vidisp.metrics.picture import Picture
from vidisp.metrics.raw_pairs import RawPairs
from vidisp.raw import CFA, Clip, Sensor

Progress = Callable[[int, int], None]
_PERCENT = 100.0
"""Levels are shown in per cent of white minus black."""


class RawErrors:
    """Fidelity of each pair, as a column of figures; `frames` grows while the pairs are read."""

    def __init__(self) -> None:
        self.frames: list[FrameErrors] = []

    def curves(self) -> Mapping[str, list[float | None]]:
        return {
            "raw_psnr": [frame.psnr_bayer for frame in self.frames],
            "raw_sqrt_psnr": [frame.psnr_sqrt for frame in self.frames],
            "raw_invisp_psnr": [frame.psnr_invisp for frame in self.frames],
        }

    def summary(self) -> Mapping[str, float | None]:
        clip = summarise(self.frames)
        return {"raw_psnr": clip.psnr_bayer, "raw_sqrt_psnr": clip.psnr_sqrt, "raw_invisp_psnr": clip.psnr_invisp}


def measure_pairs(pairs: RawPairs, *, progress: Progress | None = None) -> tuple[Measures, tuple[FrameErrors, ...]]:
    """A recovered clip against its original: everything, and the frames' errors.

    Args:
        progress: called after every pair with the number of pairs done and their total.

    Raises:
        InputError: a frame cannot be read, or two differ in size or colour filter.
    """
    errors, floor = RawErrors(), NoiseFloor(pairs.clip.sensor.cfa)
    shown = _Tone()

    def read() -> Iterator[tuple[Picture, Picture | None]]:
        for done, pair in enumerate(pairs.frames(), 1):
            errors.frames.append(mosaic_errors(pair.original, pair.recovered, name=pair.name))
            floor.add(pair.original)
            sensor, number = pair.original.sensor, pair.original.number
            reference = shown(pair.original.mosaic, sensor, number)
            yield shown(pair.recovered, sensor, number), reference
            if progress:
                progress(done, len(pairs))

    measures = _measured(pairs.clip.sensor, read(), floor, errors)
    return measures, tuple(errors.frames)


def measure_clip(clip: Clip, *, progress: Progress | None = None) -> Measures:
    """A RAW clip alone: how steady it is, and how steady its noise lets it be. Raises: InputError as `Clip.read`."""
    floor, shown = NoiseFloor(clip.sensor.cfa), _Tone()

    def read() -> Iterator[tuple[Picture, Picture | None]]:
        for index in range(len(clip)):
            frame = clip.read(index)
            floor.add(frame)
            yield shown(frame.mosaic, frame.sensor, frame.number), None
            if progress:
                progress(index + 1, len(clip))

    return _measured(clip.sensor, read(), floor, None)


def raw_picture(linear: np.ndarray, cfa: CFA, number: int, gain: float) -> Picture:
    """A mosaic (h, w), black at 0 and white at 1, as `Picture` has RAW; an odd row or column at the end only counts in
    its samples. `gain` is what green is multiplied by before its square root becomes the toned picture."""
    samples = torch.from_numpy(linear.astype(np.float32)).to("cuda" if torch.cuda.is_available() else "cpu")
    height, width = (side // 2 * 2 for side in linear.shape)
    sites: dict[str, list[torch.Tensor]] = {"R": [], "G": [], "B": []}
    for site, letter in enumerate(cfa):
        sites[letter].append(samples[site // 2 : height : 2, site % 2 : width : 2])
    green = (sites["G"][0] + sites["G"][1]) / 2
    toned = (255 * (gain * green).clamp(0, 1).sqrt()).round().to(torch.uint8).cpu().numpy()
    return Picture(number, green, sites["B"][0] - green, sites["R"][0] - green, samples, toned)


class _Tone:
    """Mosaics as pictures, all toned alike: the brightest hundredth of the first one's samples ends at white."""

    def __init__(self) -> None:
        self._gain: float | None = None

    def __call__(self, mosaic: np.ndarray, sensor: Sensor, number: int) -> Picture:
        linear = normalise(mosaic, sensor)
        if self._gain is None:
            self._gain = 1 / max(float(np.quantile(linear, 0.99)), 1e-3)
        return raw_picture(linear, sensor.cfa, number, self._gain)


def _measured(
    sensor: Sensor, pictures: Iterable[tuple[Picture, Picture | None]], floor: NoiseFloor, errors: RawErrors | None
) -> Measures:
    """`errors` grows with the pictures, so it is summed up after them."""
    unfit = _unfit(sensor)
    compared, followed = errors is not None, not unfit
    meters: list[Meter] = [Beat("raw_even_odd_beat", "raw_even_odd_sharpness", _PERCENT)]
    meters += [Averaged("raw_tpsnr", steadiness.temporal_error, psnr)] if compared else []
    meters += steady_meters("video", _PERCENT, "raw_") if followed else []
    panel = Panel("raw", meters, steady_meters("reference", _PERCENT, "raw_") if compared and followed else [])
    for now in moments(pictures):
        panel.add(now)
    notes = [note for note in (unfit, floor.note) if note]
    more = [errors] if errors else []
    return panel.measures("", "" if compared else None, more=more, noise=floor.summary(), notes=notes)


def _unfit(sensor: Sensor) -> str:
    """Why motion cannot be followed, "" if it can."""
    if min(sensor.width, sensor.height) // 2 < PATCH:
        return "flicker and warping error: not measured, the frames are too small"
    if find_spec("cv2") is None:
        return "flicker and warping error: not measured, OpenCV is not installed (pip install 'vidisp[tools]')"
    return ""

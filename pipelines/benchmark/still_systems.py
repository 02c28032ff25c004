"""Ways to keep a RAW photo in a file: vidisp's stills, what one would do without it, and RAW compression.

Each is run once a photo and setting and hands back what it wrote, what came back of the RAW, and the picture that a
viewer shows of the file, if it is one. Seconds are of CPU time, all threads together, so that other work on the machine
counts little; of vidisp they hold reading and writing the files on both ways.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import imagecodecs
import numpy as np
import torch
from pictures import mosaic_of
from PIL import Image
from still_look import as_seen, quads_of, reference_ycbcr, shown

import vidisp
from vidisp.codec.jpeg import Subsampling, decode, fit
from vidisp.isp import BT601_LUMA, Look, ReferenceISP, choose_look, yuv_to_planes
from vidisp.isp.demosaic import malvar
from vidisp.isp.full_chroma import planes_from_444, planes_to_444
from vidisp.metrics.fidelity import normalise
from vidisp.raw import RawFrame, Sensor, read_frame, write_dng

QUALITIES = (75.0, 85.0, 90.0, 95.0)
DISTANCES = (2.0, 1.0, 0.5, 0.25)
_GAMMA = 2.2
_PILLOW_SUBSAMPLING = {"444": 0, "420": 2}
_ROOT_TOP = 65535
_SITE_COLOURS = (0, 1, 1, 2)


@dataclass(frozen=True)
class Photo:
    """`group` is the folder it comes from; `trained` whether the released models saw its scene in training."""

    name: str
    group: str
    trained: bool
    path: Path
    frame: RawFrame

    @property
    def megapixels(self) -> float:
        return self.frame.mosaic.size / 1e6


class Outcome(NamedTuple):
    """Bytes of the file, the mosaic that came back, the picture shown and the reference look that it is to be near to
    (None where the file is no picture, or is not meant to look like that), CPU seconds each way."""

    bytes: int
    mosaic: np.ndarray
    picture: np.ndarray | None
    reference: np.ndarray | None
    there: float
    back: float


class System(Protocol):
    """`settings` are qualities of JPEG or distances of JPEG XL; (0,) if there is nothing to set."""

    name: str
    settings: tuple[float, ...]

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome: ...


class VidispStill:
    """`vidisp render` and `vidisp recover`, file to file."""

    settings = QUALITIES

    def __init__(self, model: str, subsampling: Subsampling) -> None:
        self.name, self.model, self.subsampling = f"{model} {subsampling}", model, subsampling

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        jpeg, raw = scratch / "still.jpg", scratch / "still.dng"
        how = {"model": self.model, "subsampling": self.subsampling, "overwrite": True}
        start = time.process_time()
        vidisp.render(photo.path, jpeg, quality=int(setting), **how)
        middle = time.process_time()
        vidisp.recover(jpeg, raw, overwrite=True)
        end = time.process_time()
        data = jpeg.read_bytes()
        seen = reference_ycbcr(photo.frame, _look(photo.frame))
        times = middle - start, end - middle
        return Outcome(len(data), read_frame(raw).mosaic, shown(data), as_seen(seen), *times)


class Analytic:
    """The plain recipe: the reference look in an ordinary JPEG with the IJG's tables, and the curve and the matrix
    backwards. What comes back above the sensor's white is cut there."""

    settings = QUALITIES

    def __init__(self, subsampling: Subsampling) -> None:
        self.name, self.subsampling = f"analytic {subsampling}", subsampling

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        start = time.process_time()
        look = _look(photo.frame)
        ycbcr = reference_ycbcr(photo.frame, look)
        data = _jpeg(Image.fromarray(ycbcr, "YCbCr"), int(setting), self.subsampling)
        middle = time.process_time()
        with torch.inference_mode():
            mosaic = mosaic_of(ReferenceISP(look).inverse(self._planes(data, photo.frame.sensor)), photo.frame.sensor)
        mosaic = np.minimum(mosaic, photo.frame.sensor.white)
        times = middle - start, time.process_time() - middle
        return Outcome(len(data), mosaic, shown(data), as_seen(ycbcr), *times)

    def _planes(self, data: bytes, sensor: Sensor) -> torch.Tensor:
        """Code values as the ISP takes them."""
        y, u, v = (torch.from_numpy(p).float()[None] for p in fit(decode(data), self.subsampling).planes)
        if self.subsampling == "444":
            return planes_from_444(torch.stack([y, u, v], dim=1), sensor.cfa)
        return yuv_to_planes(y, torch.stack([u, v], dim=1), sensor.cfa)


class GammaRGB:
    """The best row of the published baselines: the sensor's own colours, demosaiced, to the power 1/2.2 in 8 bit, as an
    ordinary JPEG in 4:4:4; no white balance, no colour matrix, no exposure, so not a picture that anyone would show."""

    name, settings = "gamma RGB 444", (90.0,)

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        start, sensor = time.process_time(), photo.frame.sensor
        with torch.inference_mode():
            colours = torch.cat(malvar(quads_of(photo.frame)), dim=1).clamp(0, 1)
            rgb = planes_to_444(colours.pow(1 / _GAMMA).mul(255).round(), sensor.cfa)[0].to(torch.uint8)
        image = Image.fromarray(np.ascontiguousarray(rgb.permute(1, 2, 0).numpy()))
        data = _jpeg(image, int(setting), "444")
        middle = time.process_time()
        linear = torch.from_numpy(np.array(shown(data))).permute(2, 0, 1)[None].float().div(255).pow(_GAMMA)
        sites = planes_from_444(linear, sensor.cfa).reshape(1, 3, 4, *(side // 2 for side in linear.shape[2:]))
        quads = torch.stack([sites[:, colour, site] for site, colour in enumerate(_SITE_COLOURS)], dim=1)
        mosaic = mosaic_of(quads, sensor)
        return Outcome(len(data), mosaic, None, None, middle - start, time.process_time() - middle)


class LossyPlanes:
    """JPEG XL of the square root of the four Bayer planes, each a grey picture of 16 bit."""

    name, settings = "JPEG XL planes", DISTANCES

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        start, sensor = time.process_time(), photo.frame.sensor
        roots = np.sqrt(np.clip(normalise(photo.frame.mosaic, sensor), 0, 1))
        codes = np.rint(roots * _ROOT_TOP).astype(np.uint16)
        coded = [imagecodecs.jpegxl_encode(site, distance=setting, lossless=False) for site in _sites(codes)]
        middle = time.process_time()
        mosaic = np.empty_like(photo.frame.mosaic)
        for place, data, black in zip(_sites(mosaic), coded, sensor.black, strict=True):
            linear = np.square(imagecodecs.jpegxl_decode(data) / _ROOT_TOP)
            place[:] = np.rint(linear * (sensor.white - black) + black)
        times = middle - start, time.process_time() - middle
        return Outcome(sum(map(len, coded)), mosaic, None, None, *times)


class LossyDNG:
    """What a lossy DNG holds (DNG specification 1.7.1, compression 34892): the mosaic through a table of 256 codes, its
    four sites side by side in one grey JPEG of 8 bit. The table is the square root, the JPEG as `_jpeg` writes it."""

    name, settings = "lossy DNG", QUALITIES

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        start, sensor = time.process_time(), photo.frame.sensor
        roots = np.sqrt(np.clip(normalise(photo.frame.mosaic, sensor), 0, 1))
        even = np.pad(np.rint(255 * roots).astype(np.uint8), [(0, side % 2) for side in roots.shape], "edge")
        data = _jpeg(Image.fromarray(np.block([[even[a::2, b::2] for b in (0, 1)] for a in (0, 1)])), int(setting))
        middle = time.process_time()
        decoded = np.square(np.asarray(Image.open(io.BytesIO(data))) / 255)
        linear = np.empty_like(decoded)
        for tile, place in zip(_quarters(decoded), _sites(linear), strict=True):
            place[:] = tile
        mosaic = np.empty_like(photo.frame.mosaic)
        linear = linear[: mosaic.shape[0], : mosaic.shape[1]]
        for source, place, black in zip(_sites(linear), _sites(mosaic), sensor.black, strict=True):
            place[:] = np.rint(source * (sensor.white - black) + black)
        return Outcome(len(data), mosaic, None, None, middle - start, time.process_time() - middle)


class LosslessPlanes:
    """JPEG XL without loss, of the four Bayer planes."""

    name, settings = "JPEG XL lossless", (0.0,)

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        start = time.process_time()
        coded = [imagecodecs.jpegxl_encode(site, lossless=True) for site in _sites(photo.frame.mosaic)]
        middle = time.process_time()
        mosaic = np.empty_like(photo.frame.mosaic)
        for place, data in zip(_sites(mosaic), coded, strict=True):
            place[:] = imagecodecs.jpegxl_decode(data)
        times = middle - start, time.process_time() - middle
        return Outcome(sum(map(len, coded)), mosaic, None, None, *times)


class LosslessDNG:
    """A DNG with lossless JPEG inside, as vidisp writes it."""

    name, settings = "DNG lossless", (0.0,)

    def run(self, photo: Photo, setting: float, scratch: Path) -> Outcome:
        start, path = time.process_time(), scratch / "lossless.dng"
        size = write_dng(path, photo.frame)
        middle = time.process_time()
        mosaic = read_frame(path).mosaic
        return Outcome(size, mosaic, None, None, middle - start, time.process_time() - middle)


def systems(models: Sequence[str]) -> list[System]:
    """All of them; `models` are those with weights, which make 4:2:0 only."""
    own: list[System] = [VidispStill("lift", "420"), VidispStill("lift", "444")]
    learned: list[System] = [VidispStill(model, "420") for model in models]
    rivals: list[System] = [Analytic("420"), Analytic("444"), GammaRGB(), LossyDNG(), LossyPlanes()]
    return [*own, *learned, *rivals, LosslessPlanes(), LosslessDNG()]


def _look(frame: RawFrame) -> Look:
    """What `vidisp render` chooses for this photo with its default options."""
    return choose_look([frame], bits=8, full_range=True, luma=BT601_LUMA)


def _jpeg(image: Image.Image, quality: int, subsampling: str = "444") -> bytes:
    """An ordinary JPEG: the IJG's tables at that quality; entropy coding as vidisp's, progressive and optimal."""
    with io.BytesIO() as file:
        how = {"subsampling": _PILLOW_SUBSAMPLING[subsampling], "optimize": True, "progressive": True}
        image.save(file, "JPEG", quality=quality, **how)
        return file.getvalue()


def _quarters(tiles: np.ndarray) -> list[np.ndarray]:
    """Four tiles, row by row."""
    return [tile for row in np.split(tiles, 2) for tile in np.split(row, 2, axis=1)]


def _sites(mosaic: np.ndarray) -> list[np.ndarray]:
    """Views of the four sites, row by row."""
    return [mosaic[a::2, b::2] for a in (0, 1) for b in (0, 1)]

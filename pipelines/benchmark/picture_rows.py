"""What a rendered video looks like beside the reference look: fidelity, steadiness, and the beat of frame parities.

    python pipelines/benchmark/picture_rows.py VIDEO... CLIP [--json]

One row for each video; one for the reference look's own video at a similar rate, with the same encoder; one for the
reference look uncoded: what the scene's own noise and motion amount to, of which coding may take some away. The
reference look is `vidisp.isp.ReferenceISP` with the exposure, colour and tone that the first video's record holds.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pictures import picture
from rivals import video
from torch.nn import functional as F

from vidisp.codec import FORMATS, YUV, ClipRecord, EncoderSettings, open_video
from vidisp.errors import InputError, VidispError
from vidisp.isp import Look, ReferenceISP
from vidisp.metrics import bits_per_pixel, psnr
from vidisp.metrics.temporal import beat, temporal_psnr, warping_error
from vidisp.raw import Clip
from vidisp.stream.frames_out import frame_number

Pictures = Callable[[], Iterable[YUV]]
RATE_TOLERANCE = 0.05
MAX_TRIES = 6


@dataclass(frozen=True)
class PictureRow:
    """One video against the reference look, over all frames.

    Args:
        bpp: bits per sensor pixel of the file, None if it is uncoded.
        psnr_luma, psnr_chroma: dB, peak = the full code range; None where nothing differs.
        ssim: of luma, mean over the frames.
        warping_error: of luma, along the reference look's own motion; see `vidisp.metrics.temporal`.
        tpsnr: dB, of the differences of consecutive frames; None where nothing differs.
        beat_level, beat_sharpness: ratio of even-odd to random differences, 1 is no beat.
    """

    name: str
    bpp: float | None
    psnr_luma: float | None
    psnr_chroma: float | None
    ssim: float
    warping_error: float
    tpsnr: float | None
    beat_level: float
    beat_sharpness: float


def picture_rows(videos: Sequence[Path], clip: Clip, scratch: Path) -> list[PictureRow]:
    """A row for each video, then the reference look's video and the reference look itself.

    Raises:
        InputError: the clip lacks a frame of a video, or a video was rendered with another look than the first.
        NotRecoverableError: a video holds no record of its look.
    """
    first = open_video(videos[0]).require_recoverable()
    numbers = [number for number, _ in _decoded(videos[0])]
    for path in videos[1:]:
        _check_alike(path, first, numbers)
    reference = Reference(clip, first, numbers, scratch)
    rates = [_rate(path, first.sensor, len(numbers)) for path in videos]
    rows = [
        measure(path.name, rate, lambda path=path: (yuv for _, yuv in _decoded(path)), reference)
        for path, rate in zip(videos, rates, strict=True)
    ]
    coded, rate = reference.video(rates[0])
    rows.append(measure("reference look, coded", rate, lambda: _read(coded), reference))
    return [*rows, measure("reference look, uncoded", None, reference.pictures, reference)]


def measure(name: str, bpp: float | None, pictures: Pictures, reference: Reference) -> PictureRow:
    """All figures of one video; `pictures` is called once for each measure, so that no measure holds the clip."""
    peak = 2**reference.bits - 1

    def luma(of: Pictures) -> Iterator[np.ndarray]:
        return (yuv.y for yuv in of())

    both = zip(pictures(), reference.pictures(), strict=True)
    errors = np.array([_errors(a, b, peak) for a, b in both]).mean(0)
    steady = warping_error(luma(pictures), luma(reference.pictures), peak=peak)
    moving = temporal_psnr(luma(pictures), luma(reference.pictures), peak=peak)
    beats = beat(luma(pictures), luma(reference.pictures))
    dbs = [_finite(psnr(float(error))) for error in errors[:2]]
    return PictureRow(
        name, bpp, *dbs, float(errors[2]), steady, _finite(moving), beats.level_ratio, beats.sharpness_ratio
    )


class Reference:
    """The reference look of a video's frames, kept in `scratch` because every measure reads it again.

    `bits` is that of its samples.
    """

    def __init__(self, clip: Clip, record: ClipRecord, numbers: Sequence[int], scratch: Path) -> None:
        look = Look.from_dict(record.look)
        self.bits, self._record, self._scratch = look.bits, record, scratch
        self._planes = _render(clip, ReferenceISP(look), numbers, scratch / "reference.npy")

    def pictures(self) -> Iterator[YUV]:
        """Frame by frame, read from disk."""
        for frame in self._planes:
            height = frame.shape[0] * 2 // 3
            u, v = frame[height:].reshape(2, height // 2, -1)
            yield YUV(np.array(frame[:height]), np.array(u), np.array(v))

    def video(self, bpp: float) -> tuple[Path, float]:
        """Its own video with the record's encoder, nearest to that rate of all that were tried; and its rate."""
        known: dict[float, float] = {}
        low, high = FORMATS[self._record.format].crf_range
        crf = self._record.crf
        while crf not in known and len(known) < MAX_TRIES:
            known[crf] = self._encode(crf)
            if abs(known[crf] / bpp - 1) > RATE_TOLERANCE:
                crf += 6 * math.log2(known[crf] / bpp)  # six steps of x264 and x265 about halve the rate
                crf = round(4 * min(max(crf, low), high)) / 4
        best = min(known, key=lambda tried: abs(math.log(known[tried] / bpp)))
        return self._path(best), known[best]

    def _encode(self, crf: float) -> float:
        record, frames = self._record, len(self._planes)
        width, height = record.coded_size
        fmt = FORMATS[record.format]
        settings = EncoderSettings(fmt, crf, record.preset, width, height, Fraction(record.fps))
        video.encode((yuv.planes for yuv in self.pictures()), self._path(crf), settings)
        return _rate(self._path(crf), record.sensor, frames)

    def _path(self, crf: float) -> Path:
        return self._scratch / f"reference_{crf:g}{FORMATS[self._record.format].suffixes[0]}"


def ssim(a: np.ndarray, b: np.ndarray, peak: float) -> float:
    """Mean structural similarity of two pictures (H, W), -1..1; higher is better, 1 is equal.

    Source: Z. Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004,
    with its 11x11 Gaussian window of 1.5 samples, K1 = 0.01, K2 = 0.03; only windows that lie inside.
    """
    x, y = (torch.from_numpy(image.astype(np.float32) / np.float32(peak))[None, None] for image in (a, b))
    mean_x, mean_y = _blur(x), _blur(y)
    var_x, var_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    light = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return float((light * (2 * covariance + c2) / (var_x + var_y + c2)).mean())


def _blur(image: torch.Tensor) -> torch.Tensor:
    window = torch.exp(-torch.arange(-5.0, 6).square() / (2 * 1.5**2))
    window /= window.sum()
    return F.conv2d(F.conv2d(image, window.reshape(1, 1, 11, 1)), window.reshape(1, 1, 1, 11))


def _errors(a: YUV, b: YUV, peak: float) -> tuple[float, float, float]:
    """Mean squared error of luma and of chroma with the peak at 1, and SSIM of luma."""
    squares = [np.square((p.astype(np.float32) - q) / peak).mean() for p, q in zip(a.planes, b.planes, strict=True)]
    return float(squares[0]), float((squares[1] + squares[2]) / 2), ssim(a.y, b.y, peak)


def _render(clip: Clip, isp: ReferenceISP, numbers: Sequence[int], path: Path) -> np.ndarray:
    """(frames, 3/2 height, width) on disk: luma, and below it U and V."""
    places = {number: index for index, number in enumerate(clip.numbers)}
    stored: np.ndarray | None = None
    for row, number in enumerate(numbers):
        if number not in places:
            raise InputError("is not in the clip", path=clip.path, frame=number)
        yuv = picture(clip.read(places[number]), isp)
        if stored is None:
            shape = len(numbers), yuv.height * 3 // 2, yuv.width
            stored = np.lib.format.open_memmap(path, "w+", yuv.y.dtype, shape)
        stored[row, : yuv.height] = yuv.y
        stored[row, yuv.height :] = np.stack([yuv.u, yuv.v]).reshape(-1, yuv.width)
    if stored is None:
        raise InputError("holds no frames", path=clip.path)
    return stored


def _decoded(path: Path) -> Iterator[tuple[int, YUV]]:
    """The source's own number of each frame, and its picture."""
    for frame in open_video(path).decode():
        yield frame_number(frame.clip, frame.record, frame.index), frame.yuv


def _read(path: Path) -> Iterator[YUV]:
    return (YUV(*planes) for planes in video.decode(path))


def _rate(path: Path, sensor: Any, frames: int) -> float:
    return bits_per_pixel(path.stat().st_size, sensor.width, sensor.height, frames)


def _check_alike(path: Path, first: ClipRecord, numbers: Sequence[int]) -> None:
    record = open_video(path).require_recoverable()
    if record.look != first.look or [number for number, _ in _decoded(path)] != list(numbers):
        raise InputError("has another look or other frames than the first video", path=path, hint="run it alone")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def text(rows: Sequence[PictureRow]) -> str:
    """A table for people. The warping error is shown times 10,000."""
    names = "bpp", "Y dB", "C dB", "SSIM", "warp", "tPSNR", "beat Y", "sharp"
    head = "{:<26} {:>7} {:>6} {:>6} {:>7} {:>7} {:>6} {:>7} {:>6}".format("video", *names)
    return "\n".join([head, *map(_line, rows)])


def _line(row: PictureRow) -> str:
    bpp, luma, chroma, moving = (
        "-" if value is None else f"{value:.{digits}f}"
        for value, digits in ((row.bpp, 3), (row.psnr_luma, 2), (row.psnr_chroma, 2), (row.tpsnr, 2))
    )
    steady = f"{row.ssim:7.4f} {1e4 * row.warping_error:7.3f} {moving:>6}"
    return f"{row.name:<26} {bpp:>7} {luma:>6} {chroma:>6} {steady} {row.beat_level:7.2f} {row.beat_sharpness:6.2f}"


def main() -> int:
    p = argparse.ArgumentParser(description="A rendered video's picture beside the reference look.")
    p.add_argument("videos", type=Path, nargs="+", metavar="VIDEO", help="rendered from the same clip, with one look")
    p.add_argument("clip", type=Path, metavar="CLIP", help="the RAW clip")
    p.add_argument("--json", action="store_true")
    args = p.parse_args()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            rows = picture_rows(args.videos, Clip.open(args.clip), Path(scratch))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps([asdict(row) for row in rows], indent=1) if args.json else text(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

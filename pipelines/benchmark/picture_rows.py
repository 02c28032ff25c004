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
from pictures import picture
from rivals import video

from vidisp.codec import FORMATS, YUV, ClipRecord, EncoderSettings, open_video
from vidisp.errors import InputError, VidispError
from vidisp.isp import Look, ReferenceISP
from vidisp.metrics import bits_per_pixel
from vidisp.metrics.evaluate_video import measure_frames
from vidisp.metrics.picture import Coded
from vidisp.raw import Clip
from vidisp.stream.frames_out import frame_number

Pictures = Callable[[], Iterable[YUV]]
RATE_TOLERANCE = 0.05
MAX_TRIES = 6


@dataclass(frozen=True)
class PictureRow:
    """One video against the reference look: `bpp` is bits per sensor pixel of the file, None if it is uncoded;
    `figures` are those of `vidisp.metrics` by their keys."""

    name: str
    bpp: float | None
    figures: dict[str, float | None]


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
        row(path.name, rate, lambda path=path: (yuv for _, yuv in _decoded(path)), reference)
        for path, rate in zip(videos, rates, strict=True)
    ]
    coded, rate = reference.video(rates[0])
    rows.append(row("reference look, coded", rate, lambda: _read(coded), reference))
    return [*rows, row("reference look, uncoded", None, reference.pictures, reference)]


def row(name: str, bpp: float | None, pictures: Pictures, reference: Reference) -> PictureRow:
    """All figures of one video along the reference look's own motion, so that all rows follow the same flow."""
    sides = (coded(pictures, reference), coded(reference.pictures, reference))
    return PictureRow(name, bpp, measure_frames(*sides, vmaf=False).summary)


def coded(pictures: Pictures, reference: Reference) -> Iterator[Coded]:
    """Pictures as the metrics take them."""
    for number, yuv in enumerate(pictures()):
        yield Coded.of(yuv, number, bits=reference.bits, full=reference.full_range)


class Reference:
    """The reference look of a video's frames, kept in `scratch` because every measure reads it again.

    `bits` and `full_range` are of its samples.
    """

    def __init__(self, clip: Clip, record: ClipRecord, numbers: Sequence[int], scratch: Path) -> None:
        look = Look.from_dict(record.look)
        self.bits, self.full_range = look.bits, FORMATS[record.format].full_range
        self._record, self._scratch = record, scratch
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
                crf = round(4 * min(max(_nearer(known, crf, bpp), low), high)) / 4
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


def _nearer(known: dict[float, float], crf: float, bpp: float) -> float:
    """A CRF that should come nearer to a rate than those known; `crf` is the last one tried."""
    above, below = ([c for c, rate in known.items() if (rate > bpp) == higher] for higher in (True, False))
    if not above or not below:
        return crf + 6 * math.log2(known[crf] / bpp)  # six steps of x264 and x265 about halve the rate
    a, b = max(above), min(below)
    return a + (b - a) * math.log(known[a] / bpp) / math.log(known[a] / known[b])


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


COLUMNS = {
    "psnr": ("Y dB", "6.2f"),
    "psnr_chroma": ("C dB", "6.2f"),
    "ssim": ("SSIM", "7.4f"),
    "warping_error": ("warp", "7.3f"),
    "tpsnr": ("tPSNR", "6.2f"),
    "flicker": ("flicker", "7.3f"),
    "flicker_colour": ("colour", "7.3f"),
    "even_odd_beat": ("beat", "6.3f"),
    "even_odd_sharpness": ("sharp", "6.3f"),
}
"""Metrics shown in the table, with their heads and formats."""


def text(rows: Sequence[PictureRow]) -> str:
    """A table for people. The warping error is shown times 10,000."""
    heads = [f"{head:>{form.split('.')[0]}}" for head, form in COLUMNS.values()]
    return "\n".join([" ".join([f"{'video':<26}", f"{'bpp':>7}", *heads]), *map(_line, rows)])


def _line(row: PictureRow) -> str:
    figures = row.figures | {"warping_error": 1e4 * (row.figures["warping_error"] or 0)}
    cells = [_cell(figures[key], form) for key, (_, form) in COLUMNS.items()]
    return " ".join([f"{row.name:<26}", _cell(row.bpp, "7.3f"), *cells])


def _cell(value: float | None, form: str) -> str:
    return f"{'-':>{form.split('.')[0]}}" if value is None else f"{value:{form}}"


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

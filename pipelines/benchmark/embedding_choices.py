"""Why embedding codes pictures as it does: which codec, which colours, and what the stream should know of the still.

    python pipelines/benchmark/embedding_choices.py codecs --data DIR
    python pipelines/benchmark/embedding_choices.py still --data DIR

`codecs`: PSNR of 8-bit R'G'B' at equal bits, for photographs and for clips. `still`: three ways to bring back the
picture that the still looks like, at the same quantiser: left out of the stream (it comes back as the still), in the
stream and averaged with the still, and predicted from what plain replacement of digits leaves untouched of the still.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import imagecodecs
import numpy as np
from embedding_contents import contents
from PIL import Image

from vidisp.codec.encoders import quiet_encoder
from vidisp.embed.canvas import Pixels
from vidisp.embed.fidelity import decibels, mean_squared_error
from vidisp.embed.payload import video
from vidisp.embed.payload.colours import SCALE, Axes, Colours, principal_axes
from vidisp.embed.payload.rates import Rates
from vidisp.embed.payload.trial import Coder

Pictures = Sequence[np.ndarray]
Point = tuple[float, float]
"""Bits a pixel of all pictures together, and the mean of their dB."""
_QUIET = "psy-rd=0:psy-rdoq=0:aq-mode=0:keyint=-1:scenecut=0:info=0:log-level=none:repeat-headers=1"
_BT601 = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_CLIPS = ("car-detection, 5 frames", "pan (simulated), 5 frames")
_PHOTOS = ("23 in 21", "19 in 23")


def hevc(pictures: Pictures, qp: int, axes: Axes | None = None, *, half: bool = False) -> Point:
    """x265, 12 bits; `axes` of the colours (default: the pictures' principal ones), chroma of `half` the size."""
    options = {"preset": "slow", "x265-params": f"qp={qp}:{_QUIET}"}
    return _coded(pictures, axes or principal_axes(pictures), "libx265", 12, half, options)


def avc(pictures: Pictures, qp: int) -> Point:
    """x264, High 4:4:4 Predictive, 10 bits."""
    options = {"preset": "slow", "x264-params": f"qp={qp}:psy=0:aq-mode=0:keyint=infinite:scenecut=0"}
    return _coded(pictures, principal_axes(pictures), "libx264", 10, False, options)


def av1(pictures: Pictures, qp: int) -> Point:
    """SVT-AV1, 10 bits, 4:2:0: it codes nothing else."""
    options = {"preset": "4", "crf": str(qp)}
    return _coded(pictures, principal_axes(pictures), "libsvtav1", 10, True, options)


def avif(pictures: Pictures, qp: int) -> Point:
    """libavif with libaom, 4:4:4, 8 bits; every picture by itself."""
    coded = [imagecodecs.avif_encode(p, level=100 - qp, speed=4, pixelformat="444", numthreads=1) for p in pictures]
    return _point(pictures, sum(map(len, coded)), [imagecodecs.avif_decode(data) for data in coded])


def jpeg2000(pictures: Pictures, qp: int) -> Point:
    """OpenJPEG, the 9/7 wavelet, every picture by itself; its level is a PSNR."""
    coded = [imagecodecs.jpeg2k_encode(p, level=60 - qp, codecformat="j2k", reversible=False) for p in pictures]
    return _point(pictures, sum(map(len, coded)), [imagecodecs.jpeg2k_decode(data) for data in coded])


CODECS: dict[str, tuple[Callable[[Pictures, int], Point], int]] = {
    "x265 4:4:4 12 bit, principal axes (chosen)": (hevc, 48),
    "x265 4:4:4 12 bit, BT.601": (lambda pictures, qp: hevc(pictures, qp, _BT601), 48),
    "x265 4:2:0 12 bit, principal axes": (lambda pictures, qp: hevc(pictures, qp, half=True), 48),
    "x264 4:4:4 10 bit, principal axes": (avc, 60),
    "SVT-AV1 4:2:0 10 bit, principal axes": (av1, 60),
    "AVIF 4:4:4": (avif, 60),
    "JPEG 2000": (jpeg2000, 25),
}
"""And the coarsest of the codec's own numbers that is tried."""


def _coded(pictures: Pictures, axes: Axes, encoder: str, bits: int, half: bool, options: dict[str, str]) -> Point:
    longest = max(np.linalg.norm(axis) for axis in axes)
    colours = Colours(axes, SCALE / longest)
    shift = 12 - bits
    planes = [tuple(_shifted(plane, shift) for plane in colours.planes(picture)) for picture in pictures]
    if half:
        planes = [(y, _resized(u), _resized(v)) for y, u, v in planes]
    pixels = f"yuv{'420' if half else '444'}p{bits}le"
    context = av.CodecContext.create(encoder, "w")
    context.height, context.width = planes[0][0].shape
    context.pix_fmt, context.time_base, context.framerate, context.options = pixels, Fraction(1, 25), 25, options
    packets = []
    for number, each in enumerate(planes):
        frame = av.VideoFrame(context.width, context.height, pixels)
        for plane, samples in zip(frame.planes, each, strict=True):
            np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)[:, : plane.width] = samples
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    back = [colours.picture([plane << shift for plane in each]) for each in _decoded(packets, encoder)]
    return _point(pictures, sum(packet.size for packet in packets), back)


def _shifted(plane: np.ndarray, shift: int) -> np.ndarray:
    """Fewer bits, rounded."""
    return np.minimum((plane + (1 << shift >> 1)) >> shift, (1 << 12 - shift) - 1)


def _decoded(packets: Sequence[av.Packet], encoder: str) -> list[tuple[np.ndarray, ...]]:
    decoder = av.CodecContext.create({"libx265": "hevc", "libx264": "h264", "libsvtav1": "libdav1d"}[encoder], "r")
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(bytes(packet)))] + decoder.decode(None)
    found = []
    for frame in frames:
        planes = [np.frombuffer(memoryview(p), np.uint16).reshape(p.height, -1)[:, : p.width] for p in frame.planes]
        enlarged = [p if p.shape == planes[0].shape else _resized(p, planes[0].shape) for p in planes]
        found.append(tuple(enlarged))
    return found


def _resized(plane: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Halved, or enlarged to a shape."""
    height, width = shape or (plane.shape[0] // 2, plane.shape[1] // 2)
    image = Image.fromarray(plane.astype(np.float32))
    kind = Image.Resampling.BICUBIC if shape else Image.Resampling.BOX
    return np.rint(np.asarray(image.resize((width, height), kind))).clip(0, 4095).astype(np.uint16)


def _point(pictures: Pictures, size: int, back: Pictures) -> Point:
    dbs = [decibels(mean_squared_error(a, b)) for a, b in zip(pictures, back, strict=True)]
    return 8 * size / (pictures[0].size / 3), float(np.mean(dbs))


def compare_codecs(data: Path) -> None:
    """dB at the bits that the chosen coder takes at a quantiser in the middle."""
    quiet_encoder("libsvtav1")
    for content in contents(data):
        if content.name in _CLIPS + _PHOTOS:
            rate = hevc(content.pictures, 14)[0]
            print(f"{content.name}, at {rate:.2f} bits a pixel", flush=True)
            for name, (codec, coarsest) in CODECS.items():
                print(f"  {name:45s} {_at(rate, codec, content.pictures, coarsest):6.2f} dB", flush=True)


def _at(rate: float, codec: Callable[[Pictures, int], Point], pictures: Pictures, coarse: int) -> float:
    """dB at a rate, between the two of the codec's own numbers around it; its finest, if it does not go so far."""
    fine, points = 1, {number: codec(pictures, number) for number in (1, coarse)}
    if points[fine][0] <= rate:
        return points[fine][1]
    while coarse - fine > 1:
        middle = (fine + coarse) // 2
        points[middle] = codec(pictures, middle)
        fine, coarse = (middle, coarse) if points[middle][0] > rate else (fine, middle)
    bits, dbs = zip(points[coarse], points[fine], strict=True)
    return float(np.interp(math.log(rate), np.log(bits), dbs))


def compare_knowledge(data: Path) -> None:
    """Still and restored dB of three ways, at two quantisers."""
    wanted = ("motorcycle, left and right", *_CLIPS)
    for content in (content for content in contents(data) if content.name in wanted):
        conversion = content.conversion
        rates = Rates(conversion, Pixels(conversion.reference), None)
        print(content.name)
        for step in (3.0, 8.0):
            for whole, name in ((False, "left out"), (True, "in the stream and averaged")):
                trial = Coder(conversion, whole=whole).code(step)
                still = rates.expected(trial.size)
                print(f"  steps of {step:g}, {name:40s} {still:6.2f} dB, {trial.restored(still):6.2f} dB", flush=True)
            still, restored = _predicted(content.pictures, conversion.reference, step)
            print(
                f"  steps of {step:g}, {'predicted from the kept digits':40s} {still:6.2f} dB, {restored:6.2f} dB",
                flush=True,
            )


def _predicted(pictures: Pictures, reference: np.ndarray, step: float) -> Point:
    """The smallest radix whose digits have room for a stream that begins with what they leave untouched."""
    qp, scale = video.quantiser(step)
    colours = Colours(principal_axes(pictures), scale)
    for radix in range(2, 65):
        kept = np.minimum(reference // radix * radix + (radix - 1) // 2, 255).astype(np.uint8)
        sizes, back = _behind(colours, [kept, *pictures], qp)
        if 8 * sizes < reference.size * math.log2(radix):
            dbs = [decibels(mean_squared_error(a, b)) for a, b in zip(pictures, back, strict=True)]
            return decibels((radix**2 - 1) / 6), float(np.mean(dbs))
    return math.nan, math.nan


def _behind(colours: Colours, pictures: Pictures, qp: int) -> tuple[int, list[np.ndarray]]:
    """Bytes of all but the first picture, which both sides have, and what comes back of them."""
    height, width = pictures[0].shape[:2]
    encoder = av.CodecContext.create("libx265", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv444p12le", Fraction(1, 25)
    encoder.options = {"preset": "slow", "x265-params": f"qp={qp}:{_QUIET}:zones=0,0,q=0"}
    packets = []
    for number, picture in enumerate(pictures):
        packets += encoder.encode(video._frame(colours.planes(picture), number))
    packets += encoder.encode(None)
    stream = b"".join(map(bytes, packets))
    decoded = video.decode(stream, len(pictures), (width, height))[1:]
    return sum(p.size for p in packets if p.pts > 0), [colours.picture(planes) for planes in decoded]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", choices=("codecs", "still"))
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    (compare_codecs if args.question == "codecs" else compare_knowledge)(args.data)


if __name__ == "__main__":
    main()

"""What each encoder setting gains in RAW PSNR at equal bits: how `vidisp/codec/encoders.py` was chosen.

    python pipelines/benchmark/encoder_settings.py --data DIR [--codec h264] [--out table.json]

DIR holds `train_raw`. Frames are moved over (simulated motion), get fresh noise, are rendered by the lifting ISP,
encoded at five qualities with each setting, decoded and inverted again. A row tells the mean Bjontegaard gain in
linear Bayer PSNR over the encoder's plain defaults, that of the square-root PSNR, and frames a second of one core's
time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "datasets"))

from encoder_candidates import CANDIDATES, QUALITIES, Candidate
from motion import Motion, moved_mosaics
from pictures import mosaic_of, picture, planes_of

from vidisp.codec import FORMATS, YUV, EncoderSettings
from vidisp.codec.encoders import configure, encoder_options, quiet_encoder
from vidisp.codec.frames import from_frame, to_frame
from vidisp.isp import BT601_LUMA, BT709_LUMA, LiftISP, choose_look
from vidisp.metrics import RatePoint, bd_psnr
from vidisp.metrics.fidelity import normalise, psnr
from vidisp.raw import RawFrame, read_frame

FPS = Fraction(24)
LUMA = {"bt709": BT709_LUMA, "bt601": BT601_LUMA}
SCENES = (
    ("hero6_mural", "crop", 1.0),
    ("hero7_plants", "warp", 1.0),
    ("fusion_terrace_sun", "crop", 1.6),
)


@dataclass
class Scene:
    """One clip: what was filmed, how it is rendered, and the pictures that the codec gets."""

    name: str
    frames: list[RawFrame]
    isp: LiftISP
    pictures: list[YUV]


@dataclass(frozen=True)
class Point:
    """One encode: bits a sensor pixel, PSNR of linear and of square-root samples, frames a second."""

    bpp: float
    linear: float
    root: float
    fps: float


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True, help="the folder that holds train_raw")
    p.add_argument("--codec", choices=[n for n, f in FORMATS.items() if f.encoder in CANDIDATES], default="h264")
    p.add_argument("--only", nargs="+", metavar="NAME", help="these candidates only")
    p.add_argument("--size", type=int, nargs=2, default=(512, 320), metavar=("W", "H"))
    p.add_argument("--frames", type=int, default=24)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--out", type=Path, help="also write the points as JSON")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    quiet_encoder(FORMATS[args.codec].encoder)
    scenes = [_scene(args.data, *scene, args.codec, args.size, args.frames) for scene in SCENES]
    candidates = [c for c in CANDIDATES[FORMATS[args.codec].encoder] if not args.only or c.name in args.only]
    points: dict[str, list[list[Point]]] = {}
    for candidate in candidates:
        points[candidate.name] = [_curve(scene, args.codec, candidate, args.threads) for scene in scenes]
        print(_row(candidate.name, points[candidate.name], points[candidates[0].name]), flush=True)
    if args.out:
        args.out.write_text(json.dumps(points, default=vars, indent=1) + "\n")


def _scene(data: Path, name: str, kind: str, gain: float, codec: str, size: tuple[int, int], frames: int) -> Scene:
    source = read_frame(data / "train_raw" / f"{name}.dng")
    noise = source.sensor.noise or (1e-3, 1e-6)
    motion = Motion(kind=kind, noise=noise, frames=frames, width=size[0], height=size[1], gain=gain)
    sensor = type(source.sensor)(**{**vars(source.sensor), "width": size[0], "height": size[1]})
    made = [RawFrame(m, sensor, number=i, tags=source.tags) for i, m in enumerate(moved_mosaics(source, motion))]
    fmt = FORMATS[codec]
    look = choose_look(made[::8], bits=fmt.bits, full_range=fmt.full_range, luma=LUMA[fmt.luma])
    isp = LiftISP(look)
    return Scene(name, made, isp, [picture(frame, isp) for frame in made])


def _curve(scene: Scene, codec: str, candidate: Candidate, threads: int) -> list[Point]:
    return [_point(scene, codec, candidate, crf, threads) for crf in QUALITIES[FORMATS[codec].encoder]]


def _point(scene: Scene, codec: str, candidate: Candidate, crf: float, threads: int) -> Point:
    fmt, first = FORMATS[codec], scene.pictures[0]
    preset = candidate.preset or fmt.default_preset
    settings = EncoderSettings(fmt, crf, preset, first.width, first.height, FPS, threads)
    started = time.process_time()
    packets, extradata = _encode(scene.pictures, settings, candidate.params)
    seconds = time.process_time() - started
    errors = np.mean([_errors(scene, i, yuv) for i, yuv in enumerate(_decode(packets, extradata, fmt.codec))], axis=0)
    bits = 8 * sum(packet.size for packet in packets)
    pixels = first.width * first.height * len(scene.frames)
    return Point(bits / pixels, psnr(errors[0]), psnr(errors[1]), len(scene.frames) / seconds)


def _encode(pictures: Sequence[YUV], settings: EncoderSettings, params: str | None) -> tuple[list[av.Packet], bytes]:
    """All packets, and the parameter sets."""
    context = av.CodecContext.create(settings.format.encoder, "w")
    context.options = encoder_options(settings, params)
    configure(context, settings)
    packets: list[av.Packet] = []
    for i, yuv in enumerate(pictures):
        packets += context.encode(to_frame(yuv, settings.format.pix_fmt, i, 1 / settings.fps))
    return packets + context.encode(None), bytes(context.extradata or b"")


def _decode(packets: Sequence[av.Packet], extradata: bytes, codec: str) -> Iterator[YUV]:
    decoder = av.CodecContext.create("libdav1d" if codec == "av1" else codec, "r")
    decoder.extradata = extradata
    for packet in (*packets, None):
        yield from (from_frame(frame) for frame in decoder.decode(packet))


def _errors(scene: Scene, index: int, yuv: YUV) -> tuple[float, float]:
    """Mean squared errors of linear and of square-root samples."""
    frame = scene.frames[index]
    with torch.inference_mode():
        quads, _ = scene.isp.inverse(planes_of(yuv, frame.sensor))
    before, after = (normalise(m, frame.sensor) for m in (frame.mosaic, mosaic_of(quads, frame.sensor)))
    root = np.sqrt(np.maximum(before, 0)) - np.sqrt(np.maximum(after, 0))
    return float(np.mean((before - after) ** 2)), float(np.mean(root**2))


def _row(name: str, curves: list[list[Point]], anchors: list[list[Point]]) -> str:
    linear = [_gain(c, a, "linear") for c, a in zip(curves, anchors, strict=True)]
    root = [_gain(c, a, "root") for c, a in zip(curves, anchors, strict=True)]
    speed = np.mean([point.fps for curve in curves for point in curve])
    each = " ".join(f"{gain:+.2f}" for gain in linear)
    return f"{name:28s} {np.mean(linear):+.2f} dB  ({each})  sqrt {np.mean(root):+.2f} dB  {speed:6.1f} fps"


def _gain(curve: list[Point], anchor: list[Point], what: str) -> float:
    def points(source: list[Point]) -> list[RatePoint]:
        return sorted(RatePoint(point.bpp, getattr(point, what)) for point in source)

    return bd_psnr(points(anchor), points(curve)).gain


if __name__ == "__main__":
    main()

"""Make a DNG clip of simulated motion from one RAW frame.

    python datasets/simulated_motion.py frame.dng clip/ --kind warp --noise low --seed 1

Prints what was made, with seed, noise and the SHA-256 of the samples. See `motion.py` for the two kinds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from motion import Motion, moved_mosaics

from vidisp.errors import OutputError, UsageError, VidispError
from vidisp.raw import read_frame, write_dng
from vidisp.raw.frame import RawFrame, Sensor

# (S, O) of the DNG NoiseProfile: what a GoPro Fusion and a HERO7 state for the exposures in gopro/gpr.
NOISE_LEVELS = {"low": (7.8e-5, 2.4e-8), "high": (3.9e-4, 1.2e-7)}
OPCODE_LISTS = {51008, 51009, 51022}  # positions in them belong to the whole frame, not to a moving window


@dataclass(frozen=True)
class MadeClip:
    """What was written, for the line that goes with every figure."""

    name: str
    motion: Motion
    cfa: str
    saturated: float
    dng_bytes: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        m = self.motion
        return {
            "name": self.name,
            "kind": f"simulated motion ({m.kind})",
            "frames": m.frames,
            "width": m.width,
            "height": m.height,
            "cfa": self.cfa,
            "seed": m.seed,
            "noise": list(m.noise),
            "gain": m.gain,
            "saturated": self.saturated,
            "dng_bytes": self.dng_bytes,
            "sha256": self.sha256,
        }

    def __str__(self) -> str:
        m = self.motion
        return (
            f"{self.name}: simulated motion ({m.kind}), {m.frames} frames {m.width}x{m.height} {self.cfa}, "
            f"seed {m.seed}, noise S={m.noise[0]:.3g} O={m.noise[1]:.3g}, gain {m.gain:g}, "
            f"saturated {100 * self.saturated:.2f} %, {self.dng_bytes} bytes of DNG, sha256 {self.sha256}"
        )


def make_clip(source: RawFrame, out: Path, motion: Motion, *, fps: Fraction = Fraction(24)) -> MadeClip:
    """Write the clip as `out/NAME_000000.dng`, ...; the SHA-256 is over all samples as little-endian uint16.

    Raises:
        OutputError: `out` holds files already.
        UsageError: the source is too small for the window and its motion.
    """
    if out.exists() and any(out.iterdir()):
        raise OutputError("the folder is not empty", path=out)
    out.mkdir(parents=True, exist_ok=True)
    sensor = _moved_sensor(source.sensor, motion)
    tags = tuple(t for t in source.tags if t.code not in OPCODE_LISTS)
    digest, saturated, size = hashlib.sha256(), 0, 0
    for number, mosaic in enumerate(moved_mosaics(source, motion)):
        digest.update(mosaic.astype("<u2").tobytes())
        saturated += int((mosaic == sensor.white).sum())
        name = f"{out.name}_{number:06d}.dng"
        frame = RawFrame(mosaic, sensor, number, name, fps, smpte_timecode(number, fps), tags)
        size += write_dng(out / name, frame, compress=True)
    share = saturated / (motion.frames * motion.width * motion.height)
    return MadeClip(out.name, motion, sensor.cfa, share, size, digest.hexdigest())


def smpte_timecode(number: int, fps: Fraction) -> bytes:
    """The 8 bytes of a CinemaDNG TimeCodes entry: frames, seconds, minutes, hours in BCD, then no user bits.

    Source: Adobe CinemaDNG Image Data Format Specification 1.1, tag TimeCodes; SMPTE 331M without drop frame.
    """
    rate = round(fps)
    seconds = number // rate
    fields = (number % rate, seconds % 60, seconds // 60 % 60, seconds // 3600 % 24)
    return bytes((f // 10 << 4) | f % 10 for f in fields) + bytes(4)


def noise_of(text: str, sensor: Sensor) -> tuple[float, float]:
    """`low`, `high`, `profile` (the source's own NoiseProfile) or `S,O`."""
    if text in NOISE_LEVELS:
        return NOISE_LEVELS[text]
    if text == "profile":
        if sensor.noise is None:
            raise UsageError("the source has no NoiseProfile", hint="give --noise low, high or S,O")
        return sensor.noise
    try:
        slope, offset = (float(v) for v in text.split(","))
    except ValueError:
        raise UsageError(f"noise {text!r} is not low, high, profile or S,O") from None
    return slope, offset


def _moved_sensor(sensor: Sensor, motion: Motion) -> Sensor:
    """A crop keeps its source's own noise under the fresh noise; binning averages most of it away."""
    own = sensor.noise if sensor.noise and motion.kind == "crop" else (0.0, 0.0)
    noise = (own[0] * motion.gain + motion.noise[0], own[1] * motion.gain**2 + motion.noise[1])
    return replace(sensor, width=motion.width, height=motion.height, noise=noise)


def _size(text: str) -> tuple[int, int]:
    width, height = (int(v) for v in text.split("x"))
    return width, height


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description="A DNG clip of simulated motion from one RAW frame.")
    p.add_argument("source", type=Path, help="a DNG or camera RAW file")
    p.add_argument("out", type=Path, help="a new folder for the clip")
    p.add_argument("--kind", choices=("crop", "warp"), default="crop")
    p.add_argument("--frames", type=int, default=48)
    p.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--noise", default="low", help="low, high, profile (the source's own) or S,O (default: low)")
    p.add_argument("--gain", type=float, default=1.0, help="multiplies the linear signal before saturation")
    p.add_argument("--fps", type=Fraction, default=Fraction(24))
    p.add_argument("--json", action="store_true")
    return p


def main() -> int:
    args = parser().parse_args()
    try:
        source = read_frame(args.source)
        noise = noise_of(args.noise, source.sensor)
        width, height = args.size
        motion = Motion(args.kind, noise, args.frames, width, height, args.seed, args.gain)
        made = make_clip(source, args.out, motion, fps=args.fps)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(made.to_dict()) if args.json else made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Speed of render and recover on one clip, beside the encoder alone.

    python pipelines/benchmark/speed.py --clip bench/clips/mural_crop

Each of five rounds runs `vidisp.render` from the clip's DNGs and, straight after it, the same encoder with the same
settings fed with ready-made frames from memory; the median of the five ratios counts, so that a machine that slows
down slows both. `vidisp.recover` follows, to DNG with lossless JPEG.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import environment
from pictures import look_of, pictures
from rivals import video

import vidisp
from vidisp.codec import DEFAULT_FORMAT, FORMATS
from vidisp.errors import VidispError
from vidisp.isp import LiftISP
from vidisp.raw import Clip


def main() -> int:
    p = argparse.ArgumentParser(description="Frames a second of render, of the encoder alone, and of recover.")
    p.add_argument("--clip", type=Path, required=True)
    p.add_argument("--codec", default=DEFAULT_FORMAT)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--json", action="store_true")
    args = p.parse_args()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            figures = measure(args.clip, args.codec, args.rounds, Path(scratch))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(figures, indent=1) if args.json else text(figures))
    return 0


def measure(path: Path, codec: str, rounds: int, scratch: Path) -> dict[str, Any]:
    """Frames a second of every round; the first run of each kind warms up and does not count."""
    clip, fmt = Clip.open(path), FORMATS[codec]
    ready = [yuv.planes for yuv in pictures(clip, LiftISP(look_of(clip, fmt)))]
    settings = video.settings_for(fmt, clip, fmt.default_crf, ready[0][0].shape[1], ready[0][0].shape[0])
    coded, alone, frames = (scratch / name for name in (f"a{fmt.suffixes[0]}", f"b{fmt.suffixes[0]}", "frames"))

    def render() -> None:
        vidisp.render(path, coded, codec=codec, overwrite=True)

    def encode() -> None:
        video.encode(ready, alone, settings)

    def recover() -> None:
        vidisp.recover(coded, frames, overwrite=True)

    for run in (render, encode, recover):
        run()
    pairs = [(_fps(render, len(clip)), _fps(encode, len(clip))) for _ in range(rounds)]
    return {
        "clip": path.name,
        "frames": len(clip),
        "size": [clip.sensor.width, clip.sensor.height],
        "codec": codec,
        "preset": fmt.default_preset,
        "crf": fmt.default_crf,
        "render_fps": [render for render, _ in pairs],
        "encoder_fps": [encode for _, encode in pairs],
        "ratio": statistics.median(render / encode for render, encode in pairs),
        "recover_fps": [_fps(recover, len(clip)) for _ in range(rounds)],
        "environment": environment(),
    }


def text(figures: dict[str, Any]) -> str:
    def median(name: str) -> str:
        rounds = ", ".join(f"{fps:.2f}" for fps in figures[name])
        return f"{statistics.median(figures[name]):7.2f} fps  (rounds: {rounds})"

    width, height = figures["size"]
    setting = f"{figures['codec']} preset {figures['preset']} crf {figures['crf']:g}"
    return "\n".join(
        [
            f"{figures['clip']}: {figures['frames']} frames {width}x{height}, {setting}",
            f"render        {median('render_fps')}",
            f"encoder alone {median('encoder_fps')}",
            f"ratio         {figures['ratio']:7.2f}",
            f"recover       {median('recover_fps')}",
        ]
    )


def _fps(run: Callable[[], None], frames: int) -> float:
    start = time.perf_counter()
    run()
    return frames / (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())

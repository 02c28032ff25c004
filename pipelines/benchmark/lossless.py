"""What rounding to code values costs when the codec loses nothing, on the mural frame.

    python pipelines/benchmark/lossless.py --data DIR

DIR holds `train_raw/hero6_mural.dng`. 8 bit is H.264 at CRF 0, which x264 codes as QP 0, without loss; 10 bit is FFV1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import vidisp
from vidisp.errors import VidispError
from vidisp.metrics import summarise
from vidisp.raw import read_frame, write_dng

FRAME = "train_raw/hero6_mural.dng"
LOSSLESS = (("h264", 0.0, 56.0), ("ffv1", None, 66.0))  # codec, crf, the linear Bayer PSNR to reach


def main() -> int:
    p = argparse.ArgumentParser(description="Rounding alone: PSNR through lossless codecs.")
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--frame", default=FRAME, help=f"path in DATA (default: {FRAME})")
    p.add_argument("--exposure", default="auto", help="auto or EV, as of vidisp render")
    p.add_argument("--centre", nargs=2, type=int, metavar=("W", "H"), help="only the centre of the frame")
    args = p.parse_args()
    exposure = args.exposure if args.exposure == "auto" else float(args.exposure)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            frame = args.data / args.frame
            if args.centre:
                frame = centre(frame, *args.centre, Path(scratch))
            reached = [measure(frame, *case, exposure) for case in LOSSLESS]
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0 if all(reached) else 1


def centre(path: Path, width: int, height: int, folder: Path) -> Path:
    """The centre of a frame, from an even sample on, as a DNG in `folder`."""
    frame = read_frame(path)
    top, left = ((frame.sensor.height - height) // 4 * 2, (frame.sensor.width - width) // 4 * 2)
    mosaic = np.ascontiguousarray(frame.mosaic[top : top + height, left : left + width])
    write_dng(
        folder / path.name, replace(frame, mosaic=mosaic, sensor=replace(frame.sensor, width=width, height=height))
    )
    return folder / path.name


def measure(frame: Path, codec: str, crf: float | None, target: float, exposure: float | str) -> bool:
    """Print one line; True if the target is reached."""
    with tempfile.TemporaryDirectory() as scratch:
        coded, raw = Path(scratch, "out.mkv"), Path(scratch, "raw")
        rendered = vidisp.render(frame, coded, codec=codec, crf=crf, exposure=exposure)
        vidisp.recover(coded, raw)
        found = summarise(vidisp.evaluate(frame, next(raw.iterdir())).frames)
    print(
        f"{frame.name} {codec}: linear Bayer {found.psnr_bayer:.2f} dB (target {target:g}), "
        f"sqrt {found.psnr_sqrt:.2f}, invisp {found.psnr_invisp:.2f}, max error {found.max_error_dn:g} DN, "
        f"{rendered.clipped} samples clipped, {rendered.bits_per_pixel:.2f} bpp"
    )
    return found.psnr_bayer >= target


if __name__ == "__main__":
    sys.exit(main())

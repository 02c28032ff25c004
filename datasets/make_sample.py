"""Cut the RAW sample that the demo films from one of GoPro's public sample frames.

    python datasets/make_sample.py --data DIR

DIR holds `train_raw/hero6_mural.dng`: a crop of a GoPro HERO6 frame from the repository gopro/gpr,
`data/samples`, decoded from GPR to DNG. The result is `datasets/sample/mural.dng`; see the readme beside it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from vidisp.errors import VidispError
from vidisp.raw import read_frame, write_dng
from vidisp.raw.frame import RawFrame

SOURCE = "train_raw/hero6_mural.dng"
SAMPLE = Path(__file__).with_name("sample") / "mural.dng"
TOP, LEFT, HEIGHT, WIDTH = 600, 1500, 480, 768  # even offsets: the crop starts on the same colour


def main() -> int:
    p = argparse.ArgumentParser(description="Cut the bundled RAW sample.")
    p.add_argument("--data", type=Path, required=True)
    try:
        source = read_frame(p.parse_args().data / SOURCE)
        mosaic = source.mosaic[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH].copy()
        sensor = replace(source.sensor, height=HEIGHT, width=WIDTH)
        write_dng(SAMPLE, RawFrame(mosaic, sensor, name=SAMPLE.name, tags=source.tags), compress=True)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{SAMPLE}: {WIDTH}x{HEIGHT}, {SAMPLE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

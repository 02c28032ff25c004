"""What the codec in the loop is worth to a model for JPEG, as Invertible ISP (Xing, Qian, Chen, CVPR 2021) asked.

    python pipelines/train_flow/compare_loops.py pipelines/train_flow/jpeg.toml --bank BANK --out OUT

The same network from the same start, on the same batches: without a codec, straight through the real one, with
Fourier's rounding, and as vidisp trains. Every validation is by the real one.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

from ablate import last_row, table
from loops import LOOPS, Loop
from train import Training

from vidisp.errors import VidispError

NAMES: dict[Loop, str] = {
    "none": "no codec",
    "straight": "straight through",
    "simulated": "Fourier's rounding",
    "real": "what survives the quantiser",
}


def main() -> int:
    p = argparse.ArgumentParser(description="Compare what stands for the codec in training.")
    p.add_argument("config", type=Path)
    p.add_argument("--bank", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--only", nargs="+", choices=LOOPS, default=list(NAMES))
    args = p.parse_args()
    config = tomllib.loads(args.config.read_text())
    try:
        rows = {"lift": run("lift", config | {"steps": 0}, "real", args.bank, args.out)}
        rows |= {NAMES[loop]: run(loop, config, loop, args.bank, args.out) for loop in args.only}
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(*table(rows), sep="\n")
    return 0


def run(name: str, config: dict[str, Any], loop: Loop, bank: Path, out: Path) -> dict[str, str]:
    """Train with one loop, or go on, and judge the last weights with the real codec; returns the validation's row."""
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    Training(config, bank, folder, "cpu", loop).run(float("inf"))
    return last_row(folder)


if __name__ == "__main__":
    sys.exit(main())

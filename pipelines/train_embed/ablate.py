"""What each part of an embedding network is worth: short runs, all alike but for one part, judged on validation parts.

    python pipelines/train_embed/ablate.py pair-jpeg --data DIR --out bench/embed/ablation [--updates 300]

Prints a table: dB of all pictures, the reference among them, before and after the relation module, and of the still.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import torch
from carrying import decibels
from train import Training, configuration

from vidisp.errors import VidispError

VARIANTS: dict[str, dict[str, Any]] = {
    "all parts": {},
    "relation module without relation": {"shape": {"related": False}},
    "no motion": {"shape": {"moving": 0}},
    "one class of blocks": {"shape": {"classes": 1}},
    "only differences to the reference": {"shares": False},
    "no file in the loop": {"coded": False},
}
_DRAWS = 150


def varied(config: dict[str, Any], changes: dict[str, Any], updates: int) -> dict[str, Any]:
    """The configuration of a short run, with one part changed."""
    short = {"updates": updates, "validate_every": updates, "draws": _DRAWS}
    return {**config, **short, **changes, "shape": {**config["shape"], **changes.get("shape", {})}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the network, see networks.toml")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--updates", type=int, default=300)
    args = parser.parse_args()
    print("| variant | still | before the relation module | after |\n|---|---|---|---|")
    try:
        config = configuration(args.name)
        for number, (name, changes) in enumerate(VARIANTS.items()):
            out = args.out / f"{args.name}-{number}"
            out.mkdir(parents=True, exist_ok=True)
            training = Training(varied(config, changes, args.updates), args.data, out)
            training.run(math.inf)
            print(f"| {name} | {_judged(training)} |", flush=True)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


@torch.inference_mode()
def _judged(training: Training) -> str:
    """Means over the validation parts, which go through the real file whatever the training did."""
    rows = []
    for still, found, wanted in training.validation:
        corrected = found.float() + training.average(still[None], found[None].float())[0]
        pictures = [(each.float() + 128) / 255 for each in (still, found, corrected, wanted)]
        goal = pictures[-1]
        rows.append([float(decibels(pictures[0], goal[0])), *(float(decibels(p, goal).mean()) for p in pictures[1:3])])
    return " | ".join(f"{sum(column) / len(column):.2f}" for column in zip(*rows, strict=True))


if __name__ == "__main__":
    sys.exit(main())

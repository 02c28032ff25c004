"""What each part of a trained model is worth: without it, after a short training of the rest.

    python pipelines/train_flow/ablate.py pipelines/train_flow/flow-s.toml --run bench/flow-s --bank BANK --out OUT

Every variant begins with the run's best weights and is trained for the same few steps, the whole model among them, so
that what is left may make up for what is missing. The loss is the validation's, in units of 2.5 dB; a variant trained
on its own from the start would do a little better than this says.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from objective import UNIT, Loop
from torch import Tensor, nn
from train import Training, network

from vidisp.errors import VidispError
from vidisp.flow import Network

RATE = 0.1  # of the training's own


class NoRestorer(nn.Module):
    """Planes as they were decoded."""

    def forward(self, planes: Tensor, syndrome: Tensor, step: Tensor, facts: Tensor) -> Tensor:
        return planes


class NoSyndrome(nn.Module):
    """A restorer that sees the planes only."""

    def __init__(self, restorer: nn.Module) -> None:
        super().__init__()
        self.restorer = restorer

    def forward(self, planes: Tensor, syndrome: Tensor, step: Tensor, facts: Tensor) -> Tensor:
        out: Tensor = self.restorer(planes, torch.zeros_like(syndrome), step, facts)
        return out


class NoChroma(nn.Module):
    """The lift's own chroma."""

    def forward(self, samples: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        return chroma


def without_temporal(model: Network) -> None:
    model.temporal = nn.ModuleList()


def without_couplings(model: Network) -> None:
    model.spatial = nn.ModuleList()


def without_restorer(model: Network) -> None:
    model.restorer = NoRestorer()


def without_syndrome(model: Network) -> None:
    model.restorer = NoSyndrome(model.restorer)


def without_chroma(model: Network) -> None:
    model.chroma = NoChroma()


def whole(model: Network) -> None:
    """Nothing is taken away."""


VARIANTS: dict[str, tuple[Callable[[Network], None], Loop | None]] = {
    "whole": (whole, None),
    "simulated codec": (whole, "simulated"),
    "no temporal coupling": (without_temporal, None),
    "no spatial couplings": (without_couplings, None),
    "no learned chroma": (without_chroma, None),
    "no syndrome": (without_syndrome, None),
    "no restorer": (without_restorer, None),
}
"""What is taken away, and what stands for the codec if it is not the training's own."""


def main() -> int:
    p = argparse.ArgumentParser(description="Ablations of a trained model.")
    p.add_argument("config", type=Path)
    p.add_argument("--run", type=Path, required=True, help="the --out of train.py")
    p.add_argument("--bank", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--steps", type=int, default=300)
    p.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    args = p.parse_args()
    config = tomllib.loads(args.config.read_text())
    config |= {"steps": args.steps, "rate": config["rate"] * RATE, "validate_every": args.steps + 1}
    try:
        losses = {name: run(name, config, args.run, args.bank, args.out) for name in args.only}
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(*table(losses), sep="\n")
    return 0


def run(name: str, config: dict[str, Any], run: Path, bank: Path, out: Path) -> dict[str, str]:
    """Train and validate one variant; returns its validation row."""
    change, loop = VARIANTS[name]
    model = network(config)
    model.load_state_dict(torch.load(run / "best.pt", weights_only=True))
    change(model)
    folder = out / name.replace(" ", "_")
    folder.mkdir(parents=True, exist_ok=True)
    Training(config, bank, folder, "cpu", loop or config["loop"], model).run(float("inf"))
    return last_row(folder)


def last_row(folder: Path) -> dict[str, str]:
    """Of a training's log."""
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))[-1]


def table(rows: dict[str, dict[str, str]]) -> list[str]:
    """Lines of Markdown."""
    first = next(iter(rows.values()))
    lines = ["| variant | worse, dB | linear | root | look | bpp |", "|---|---|---|---|---|---|"]
    for name, row in rows.items():
        worse = (float(row["loss"]) - float(first["loss"])) * UNIT
        lines.append(f"| {name} | {worse:+.2f} | {row['linear']} | {row['root']} | {row['look']} | {row['bpp']} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())

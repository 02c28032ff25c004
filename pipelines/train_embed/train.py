"""Fit an embedding network's plans and train its relation module, with the real file in the loop.

    python pipelines/train_embed/train.py frames-png --data DIR --out bench/embed/frames-png

Writes OUT/fit.pt (the plans, once), OUT/state.pt (to go on from: run the same command again), OUT/best.pt (the weights
that were best on the validation parts), OUT/log.csv and OUT/log.png.
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import os
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import torch
from fit import fit
from pool import Item, Pool
from samples import Sampler
from torch import Tensor

from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape
from vidisp.errors import UsageError, VidispError

NETWORKS = Path(__file__).with_name("networks.toml")
CLIP = 0.5  # gradient norm
AVERAGE = 0.995  # decay of the moving average of the weights, which is what is validated and shipped
FAINT = 0.05  # squared codes that count as no error
FIELDS = ("step", "seconds", "kind", "before", "after")
_DRAWS = 300


def configuration(name: str, path: Path = NETWORKS) -> dict[str, Any]:
    """Raises: UsageError if there is no network of that name."""
    known = tomllib.loads(path.read_text())
    if name not in known:
        raise UsageError(f"there is no network {name!r}", hint=f"known are {', '.join(known)}")
    config: dict[str, Any] = known[name]
    return config


def shape_of(config: dict[str, Any]) -> Shape:
    return Shape.from_dict({"qualities": [], "window": [0, 0, 0, 0], **config["shape"]})


def fitted(config: dict[str, Any], data: Path, out: Path, draws: int) -> EmbeddingNetwork:
    """The network with its plans, fitted now or before."""
    network = EmbeddingNetwork(shape_of(config))
    path = out / "fit.pt"
    if not path.exists():
        torch.manual_seed(1)
        sampler = Sampler(data, "train", tuple(config["side"]), 1)
        fit(network, config["family"], sampler, config["steps"], draws, config.get("shares", True))
        torch.save(network.state_dict(), path)
    network.load_state_dict(torch.load(path, weights_only=True))
    return network


class Training:
    """One run: everything that its checkpoint holds."""

    def __init__(self, config: dict[str, Any], data: Path, out: Path, start: Path | None = None) -> None:
        self.config, self.out = config, out
        self.network = fitted(config, data, out, config.get("draws", _DRAWS))
        relation = self.network.relation
        assert relation is not None
        if start:
            held = torch.load(start, weights_only=True)
            relation.load_state_dict({k.split(".", 1)[1]: v for k, v in held.items() if k.startswith("relation.")})
        relation.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(relation)
        self.optimiser = torch.optim.Adam(relation.parameters(), lr=config.get("rate", 1.5e-3))
        self.step, self.seconds, self.best = 0, 0.0, -math.inf
        if (out / "state.pt").exists():
            self._resume()
        side = tuple(config["side"])
        sampler = Sampler(data, "train", side, 1000 + self.step)
        self.pool = Pool(self.network, config["family"], sampler, config.get("pool", 160), config.get("coded", True))
        judge = Sampler(data, "validation", side, 7)
        self.validation = Pool(self.network, config["family"], judge, config.get("judged", 32)).items

    def run(self, until: float) -> None:
        """Train to the last update, or until the clock says so."""
        if not self.step:
            self._validate()
        while self.step < self.config["updates"] and time.monotonic() < until:
            started = time.monotonic()
            before, after = self._update()
            self.seconds += time.monotonic() - started
            if self.step % 20 == 0:
                self._log("training", before, after)
            if self.step % self.config.get("validate_every", 200) == 0 or self.step == self.config["updates"]:
                self._validate()
        self._save()

    def _update(self) -> tuple[float, float]:
        self.pool.renew()
        share = (1 + math.cos(math.pi * self.step / self.config["updates"])) / 2
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.get("rate", 1.5e-3) * (0.02 + 0.98 * share)
        items = self.pool.draw(self.config.get("batch", 4))
        relation = self.network.relation
        before, after = _losses(relation, items, fast=True)
        self.optimiser.zero_grad()
        after.backward()
        torch.nn.utils.clip_grad_norm_(relation.parameters(), CLIP)
        self.optimiser.step()
        self.step += 1
        decay = min(AVERAGE, self.step / (self.step + 10))
        for mean, weight in zip(self.average.parameters(), relation.parameters(), strict=True):
            mean.data.lerp_(weight.data, 1 - decay)
        return -float(before), -float(after.detach())

    @torch.no_grad()
    def _validate(self) -> None:
        losses = [_losses(self.average, [item]) for item in self.validation]
        before, after = (-float(torch.stack(part).mean()) for part in zip(*losses, strict=True))
        self._log("validation", before, after)
        print(f"{self.out.name}: step {self.step}, {self.seconds:.0f} s, {before:.3f} -> {after:.3f} dB", flush=True)
        if after > self.best:
            self.best = after
            torch.save(self._weights(), self.out / "best.pt")
        self._save()
        _plot(self.out)

    def _weights(self) -> dict[str, Tensor]:
        held = {f"relation.{name}": tensor for name, tensor in self.average.state_dict().items()}
        return self.network.state_dict() | held

    def _save(self) -> None:
        state = {"step": self.step, "seconds": self.seconds, "best": self.best}
        state["relation"] = self.network.relation.state_dict()
        state["average"], state["optimiser"] = self.average.state_dict(), self.optimiser.state_dict()
        temporary = self.out / "state.tmp"
        torch.save(state, temporary)
        os.replace(temporary, self.out / "state.pt")

    def _resume(self) -> None:
        state = torch.load(self.out / "state.pt", weights_only=True)
        self.step, self.seconds, self.best = state["step"], state["seconds"], state["best"]
        self.network.relation.load_state_dict(state["relation"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _log(self, kind: str, before: float, after: float) -> None:
        path = self.out / "log.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(FIELDS)
            writer.writerow([self.step, f"{self.seconds:.1f}", kind, f"{before:.4f}", f"{after:.4f}"])


def _losses(relation: torch.nn.Module, items: list[Item], fast: bool = False) -> tuple[Tensor, Tensor]:
    """Minus PSNR in dB, the mean over pictures, before the relation module and after it."""
    still, found, wanted = (torch.stack([getattr(item, name) for item in items]).float() for name in Item._fields)
    with torch.autocast("cpu", torch.bfloat16, enabled=fast):
        corrected = found + relation(still, found)
    return _decibels(found - wanted), _decibels(corrected - wanted)


def _decibels(error: Tensor) -> Tensor:
    return (10 * torch.log10((error.square().mean((-3, -2, -1)) + FAINT) / 255**2)).mean()


def _plot(out: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    with (out / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    figure, axes = plt.subplots(figsize=(7, 4))
    for kind, style in (("training", "."), ("validation", "o-")):
        mine = [row for row in rows if row["kind"] == kind]
        gains = [float(row["after"]) - float(row["before"]) for row in mine]
        axes.plot([int(row["step"]) for row in mine], gains, style, label=kind, alpha=0.6)
    axes.set(xlabel="update", ylabel="dB by the relation module")
    axes.legend()
    figure.savefig(out / "log.png", dpi=100)
    plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the network, see networks.toml")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights of another run, to begin with its relation module")
    parser.add_argument("--minutes", type=float, default=math.inf, help="of training, after plans are fitted")
    args = parser.parse_args()
    try:
        config = configuration(args.name)
        args.out.mkdir(parents=True, exist_ok=True)
        training = Training(config, args.data, args.out, args.start)
        training.run(time.monotonic() + args.minutes * 60)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Train a model of the video flow with the real codec in the loop.

    python pipelines/train_flow/train.py pipelines/train_flow/flow-s.toml --bank bench/bank --out bench/flow-s

Writes OUT/state.pt (to go on from: run the same command again), OUT/best.pt (the weights that were best on the
validation parts), OUT/log.csv and OUT/log.png. The same on a CPU and on a GPU; networks run in bfloat16, here only.
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
from loops import Loop
from objective import Score, judge
from samples import CODECS, Batch, Sampler, load_bank
from torch import nn
from widen import widened

from vidisp.errors import VidispError
from vidisp.flow import Network, Sizes
from vidisp.flow.nets import ConvNet

CLIP = 1.0  # gradient norm
AVERAGE = 0.998  # decay of the moving average of the weights, which is what is validated and shipped
VALIDATION = [
    *((codec, crf) for codec in ("h264", "hevc-10") for crf in (5.0, 9.0, 13.0, 17.0, 22.0)),
    *(("jpeg", quality) for quality in (75.0, 85.0, 90.0, 95.0, 98.0)),
]
ROUNDS = 4  # batches for each of these
FIELDS = ("step", "seconds", "loss", "linear", "root", "look", "proxy", "bpp", "kind")


class Training:
    """One run: everything that its checkpoint holds. It begins with `start`, else at the lift."""

    def __init__(
        self, config: dict[str, Any], bank: Path, out: Path, device: str, loop: Loop, start: Network | None = None
    ) -> None:
        self.config, self.out, self.device, self.loop = config, out, device, loop
        torch.manual_seed(config["seed"])
        self.network = (start or network(config)).to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network)
        for part in (self.network, self.average):
            reduce_precision(part, device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config["rate"])
        self.step, self.seconds, self.best = 0, 0.0, math.inf
        self._validated = -1
        self.bank = bank
        if (out / "state.pt").exists():
            self._resume()
        self.sampler = self._sampler("train", config["seed"] * 1000003 + self.step)

    def run(self, until: float) -> None:
        """Train to the last step, or until the clock says so."""
        while self.step < self.config["steps"] and time.monotonic() < until:
            started = time.monotonic()
            score = self._update(self.sampler.draw())
            self.seconds += time.monotonic() - started
            self.step += 1
            if self.step % 20 == 0:
                self._log("train", score)
            if self.step % self.config["validate_every"] == 0:
                self.validate()
        if self._validated != self.step:
            self.validate()

    def _update(self, batch: Batch) -> Score:
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        score = self._judge(self.network, batch, self.loop, jitter=float(torch.randn(())) * 0.2)
        self.optimiser.zero_grad()
        score.loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        if math.isfinite(float(norm)) and bool(score.loss.isfinite()):
            self.optimiser.step()
            decay = min(AVERAGE, (self.step + 1) / (self.step + 10))
            for mean, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.data.lerp_(now.data, 1 - decay)
        return score

    def _rate(self) -> float:
        """A short rise, then a cosine."""
        done = self.step / self.config["steps"]
        rise = min(1.0, (self.step + 1) / 100)
        return self.config["rate"] * rise * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))

    def _judge(self, network: Network, batch: Batch, loop: Loop, jitter: float = 0.0) -> Score:
        batch.quads = batch.quads.to(self.device)
        return judge(network, batch, loop, jitter)

    def _sampler(self, split: str, seed: int) -> Sampler:
        config = self.config
        size = (config["clips"], config["frames"], config["size"])
        codecs = config.get("codecs", CODECS)
        return Sampler(load_bank(self.bank, split), *size, seed, config["shares"], codecs)

    def validate(self) -> None:
        """Judge the averaged weights with the real codec, keep them if they are the best, and save everything."""
        sampler = self._sampler("validation", 7)
        settings = [setting for setting in VALIDATION if setting[0] in sampler.codecs]
        batches = [sampler.draw(*setting) for _ in range(ROUNDS) for setting in settings]
        with torch.no_grad():
            scores = [self._judge(self.average, batch, "real") for batch in batches]
        self._validated = self.step
        loss = self._log("validation", *scores)
        if loss < self.best:
            self.best = loss
            self._save_weights("best.pt")
        self._save()
        plot(self.out / "log.csv", self.out / "log.png")

    def _save_weights(self, name: str) -> None:
        torch.save(self.average.state_dict(), self.out / (name + ".tmp"))
        os.replace(self.out / (name + ".tmp"), self.out / name)

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": (self.step, self.seconds, self.best),
        }
        torch.save(state, self.out / "state.tmp")
        os.replace(self.out / "state.tmp", self.out / "state.pt")

    def _resume(self) -> None:
        state = torch.load(self.out / "state.pt", map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.best = state["progress"]

    def _log(self, kind: str, *scores: Score) -> float:
        def mean(name: str) -> float:
            return sum(float(torch.as_tensor(getattr(s, name)).detach()) for s in scores) / len(scores)

        pixels = self.config["clips"] * self.config["frames"] * 4 * self.config["size"] ** 2
        numbers = [mean(name) for name in ("loss", "linear", "root", "look", "proxy")]
        row = [self.step, round(self.seconds, 1), *(f"{v:.4f}" for v in numbers), f"{mean('bits') / pixels:.4f}", kind]
        path = self.out / "log.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([FIELDS, row] if new else [row])
        return mean("loss")


def network(config: dict[str, Any]) -> Network:
    """The network that a TOML file describes."""
    sizes = {k: tuple(v) if isinstance(v, list) else v for k, v in config["network"].items()}
    return Network(Sizes(**sizes))


def reduce_precision(network: Network, device: str) -> None:
    """The insides of the small networks in bfloat16; lift, couplings and mixing need all of float32.

    Not where convolutions are dilated: on a CPU with AVX-512, oneDNN reads past the end of those in bfloat16, which
    gives gradients of nothing, and crashes.
    """
    for part in network.modules():
        if isinstance(part, ConvNet) and all(layer.dilation == (1, 1) for layer in part.middle):
            part.forward = torch.autocast(device, torch.bfloat16)(part.forward)  # type: ignore[method-assign]


def plot(log: Path, path: Path) -> None:
    """The curves of a log: loss, fidelity, look."""
    from matplotlib.figure import Figure

    with log.open() as file:
        rows = list(csv.DictReader(file))
    figure = Figure(figsize=(12, 4), layout="constrained")
    for axes, name in zip(figure.subplots(1, 3), ("loss", "linear", "look"), strict=True):
        for kind, style in (("train", ","), ("validation", ".-")):
            points = [(int(r["step"]), float(r[name])) for r in rows if r["kind"] == kind]
            if points:
                axes.plot(*zip(*points, strict=True), style, label=kind)
        axes.set(xlabel="step", title=name)
        axes.legend()
    figure.savefig(path, dpi=100)


def main() -> int:
    p = argparse.ArgumentParser(description="Train a model of the video flow.")
    p.add_argument("config", type=Path)
    p.add_argument("--bank", type=Path, required=True, help="what datasets/training_bank.py made")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--minutes", type=float, default=math.inf, help="stop after this long; the next run goes on")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument(
        "--start", type=Path, metavar="WEIGHTS", help="another run's best.pt to begin with, this size or smaller"
    )
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    config = tomllib.loads(args.config.read_text())
    try:
        start = network(config)
        if args.start:
            start.load_state_dict(widened(torch.load(args.start, weights_only=True), start.state_dict()))
        training = Training(config, args.bank, args.out, args.device, config["loop"], start)
        training.run(time.monotonic() + args.minutes * 60)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

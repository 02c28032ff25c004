"""Seconds per megapixel and peak memory of the flow, of the lifting ISP, and of Invertible ISP, side by side.

    python pipelines/benchmark/flow_speed.py

A synthetic mosaic, whole frames, float32, no codec and no files. In every round each case runs once in turn, so that
a machine that slows down slows all of them; ratios are the median over the rounds of Invertible ISP's seconds over
the case's own. Once with one thread and once with all cores. Invertible ISP gets a smaller mosaic: it costs the same
for every pixel. Peak memory is what a fresh process needs beyond what it holds before the call (Linux only).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from bench import environment
from rivals.invisp import InvISP
from torch import Tensor

from vidisp.errors import UsageError, VidispError
from vidisp.flow.conditions import Conditions, Passage
from vidisp.flow.model import FlowISP
from vidisp.flow.network import Network
from vidisp.flow.weights import RELEASED, load
from vidisp.isp import LiftISP, Look

RIVAL = "invisp"
WAYS = {
    RIVAL: ("forward", "inverse"),
    "lift": ("forward", "inverse", "recover"),
    "flow": ("forward", "inverse", "recover"),
}
"""`forward` gives whole code values, `inverse` RAW and syndrome, `recover` what decoding needs: for the flow that is
the inverse, its syndrome, the restorer, and the second inverse."""
_LOOK = Look((2.0, 1.0, 1.6), (1.6, -0.4, -0.2, -0.25, 1.6, -0.35, 0.0, -0.45, 1.45))
_CONDITIONS = Conditions(step=4.0, noise=1.0)


@dataclass(frozen=True)
class Scene:
    """A synthetic mosaic: `frames` frames of (`height`, `width`) samples, one segment."""

    frames: int
    width: int
    height: int

    @property
    def megapixels(self) -> float:
        return self.frames * self.width * self.height / 1e6

    def quads(self) -> Tensor:
        """(T, 4, h, w) linear: a drifting ramp with noise, 0..1."""
        size = self.frames, 4, self.height // 2, self.width // 2
        noise = torch.randn(size, generator=torch.Generator().manual_seed(0))
        ramp = torch.linspace(0.02, 0.5, self.width // 2) + torch.arange(self.frames)[:, None, None, None] / 500
        return (ramp + 0.01 * noise).clamp(0, 1)

    def __str__(self) -> str:
        return f"{self.frames} x {self.width}x{self.height}"


@dataclass(frozen=True)
class Case:
    """One model, one way through it, on one scene."""

    model: str
    way: str
    scene: Scene

    @property
    def name(self) -> str:
        return f"{self.model} {self.way}"

    def prepare(self) -> Callable[[], object]:
        """The call that is timed, its inputs ready."""
        with torch.inference_mode():
            if self.model == RIVAL:
                return self._rival()
            return self._lift() if self.model == "lift" else self._flow()

    def _rival(self) -> Callable[[], object]:
        torch.manual_seed(0)
        network = _with_weights(InvISP())
        picture = torch.rand(self.scene.frames, 3, self.scene.height, self.scene.width)
        way = network.forward if self.way == "forward" else network.inverse
        return lambda: way(picture)

    def _lift(self) -> Callable[[], object]:
        isp, quads = LiftISP(_LOOK), self.scene.quads()
        planes = isp.codes(quads)
        ways = {"forward": isp.codes, "inverse": isp.inverse, "recover": isp.recover}
        return lambda: ways[self.way](quads if self.way == "forward" else planes)

    def _flow(self) -> Callable[[], object]:
        isp = FlowISP(_LOOK, network_of(self.model), _CONDITIONS)
        quads, passage = self.scene.quads(), Passage.whole(self.scene.frames)
        if self.way == "forward":
            return lambda: isp.codes(quads, passage)
        planes, steps = isp.codes(quads, passage), torch.full((self.scene.frames,), _CONDITIONS.step)
        if self.way == "inverse":
            return lambda: isp.inverse(planes, passage)
        return lambda: isp.recover(planes, steps, passage)


def network_of(model: str) -> Network:
    """The newest released network of that name.

    Raises:
        UsageError: there is none.
    """
    if model not in RELEASED:
        raise UsageError(f"there is no released model {model!r}", hint=f"one of {', '.join(RELEASED)}")
    return load(RELEASED[model])


def _with_weights(network: Any) -> Any:
    """The network with its zeros replaced: multiplying by zero might be found to be no work."""
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.01)
    return network.eval().requires_grad_(False)


def cases(models: Sequence[str], scene: Scene, rival: Scene) -> list[Case]:
    """Invertible ISP and the lift, then the models, every way through each."""
    found = [Case(RIVAL, way, rival) for way in WAYS[RIVAL]]
    found += [Case("lift", way, scene) for way in WAYS["lift"]]
    return found + [Case(model, way, scene) for model in models for way in WAYS["flow"]]


def measure(found: Sequence[Case], threads: int, rounds: int) -> list[dict[str, Any]]:
    """One row a case: seconds per megapixel of every round, and the ratio to Invertible ISP's."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        calls = [case.prepare() for case in found]
        for call in calls:
            _seconds(call)  # the first one is slower, and does not count
        both = list(zip(calls, found, strict=True))
        seconds = [[_seconds(call) / case.scene.megapixels for call, case in both] for _ in range(rounds)]
    finally:
        torch.set_num_threads(before)
    return [_row(case, threads, i, seconds, found) for i, case in enumerate(found)]


def _seconds(call: Callable[[], object]) -> float:
    with torch.inference_mode():
        start = time.perf_counter()
        call()
        return time.perf_counter() - start


def _row(case: Case, threads: int, at: int, seconds: list[list[float]], found: Sequence[Case]) -> dict[str, Any]:
    rival = next(i for i, c in enumerate(found) if c.model == RIVAL and c.way == _rival_way(case.way))
    return {
        "model": case.model,
        "way": case.way,
        "threads": threads,
        "megapixels": case.scene.megapixels,
        "s_per_mp": statistics.median(row[at] for row in seconds),
        "rounds": [row[at] for row in seconds],
        "times_faster": statistics.median(row[rival] / row[at] for row in seconds),
    }


def _rival_way(way: str) -> str:
    return "forward" if way == "forward" else "inverse"


def peak_memory(found: Sequence[Case]) -> Iterator[float]:
    """Megabytes of each case in a fresh process with one thread, beyond what it holds before the call."""
    for case in found:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            yield fresh.submit(_peak, case).result()


def _peak(case: Case) -> float:
    torch.set_num_threads(1)
    call = case.prepare()
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    before = _status("VmRSS")
    with torch.inference_mode():
        call()
    return (_status("VmHWM") - before) / 1e3


def _status(name: str) -> int:
    """Kilobytes of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name)))


def text(figures: dict[str, Any]) -> str:
    """A table for people."""
    head = f"{'model':<10} {'way':<8} {'threads':>7} {'s/MP':>8} {'invisp/this':>12} {'peak MB':>8} {'MB/MP':>7}"
    peaks = figures["peak_mb"]
    lines = [f"flow and lift: {figures['scene']}; invisp: {figures['rival_scene']}"]
    lines += [f"load of the machine before: {figures['environment']['load_before']:.1f}", head]
    for row in figures["rows"]:
        peak = peaks[f"{row['model']} {row['way']}"]
        what = f"{row['model']:<10} {row['way']:<8} {row['threads']:>7}"
        speed = f"{row['s_per_mp']:8.3f} {row['times_faster']:12.1f}"
        lines.append(f"{what} {speed} {peak:8.0f} {peak / row['megapixels']:7.0f}")
    return "\n".join(lines)


def main() -> int:
    p = argparse.ArgumentParser(description="Seconds per megapixel and peak memory, each way.")
    p.add_argument("--models", nargs="*", default=list(RELEASED), metavar="NAME", help="default: all")
    p.add_argument(
        "--frames", type=int, default=12, help="of one segment; its first and last have no neighbours to draw on"
    )
    p.add_argument("--size", nargs=2, type=int, default=(384, 288), metavar=("W", "H"), help="even")
    p.add_argument("--rival-size", nargs=2, type=int, default=(192, 192), metavar=("W", "H"), help="one frame")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--json", type=Path, help="write the figures here too")
    args = p.parse_args()
    try:
        found = cases(args.models, Scene(args.frames, *args.size), Scene(1, *args.rival_size))
        figures = run(found, args.rounds)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(text(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def run(found: Sequence[Case], rounds: int) -> dict[str, Any]:
    """All figures, with one thread and with all cores."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    rows = [row for threads in sorted({1, cores}) for row in measure(found, threads, rounds)]
    return {
        "scene": str(found[-1].scene),
        "rival_scene": str(found[0].scene),
        "rows": rows,
        "peak_mb": {case.name: peak for case, peak in zip(found, peak_memory(found), strict=True)},
        "environment": environment() | {"load_before": load},
    }


if __name__ == "__main__":
    sys.exit(main())

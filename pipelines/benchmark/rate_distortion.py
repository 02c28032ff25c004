"""Rate-distortion of vidisp and of its rivals on the benchmark clips.

    python pipelines/benchmark/rate_distortion.py --clips bench/clips --out bench/rate_distortion

Writes OUT.json, OUT.txt (what is printed too) and one plot a clip, OUT_CLIP.png. Every line of the table is a
whole file, encoded and recovered; vidisp's own lines come from `vidisp.render` and `vidisp.recover`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench import MAX_TRIES, BenchClip, Row, System, bench_clips, environment, rate_rows
from rivals.analytic import Analytic
from rivals.even import EvenLift
from rivals.invisp import InvISP
from rivals.invisp_isp import InvISPRenderer
from rivals.raw_tiles import RawTiles

import vidisp
from vidisp.codec import FORMATS
from vidisp.errors import UsageError, VidispError
from vidisp.metrics import RatePoint, bd_psnr
from vidisp.raw import Clip

TARGETS = (0.1, 0.25, 0.63, 1.6, 4.0)
MODELS = ("lift", "flow-s", "flow")
COMPARISONS = (
    *((f"{model} {codec}", f"lift {codec}") for codec in ("h264", "hevc-10") for model in MODELS[1:]),
    *((f"{model} {codec}", f"even lift {codec}") for codec in ("h264", "hevc-10") for model in MODELS),
    *((f"{model} hevc-10", f"raw tiles ({tiles})") for model in MODELS for tiles in ("tiled", "weighted")),
    *((f"{model} {codec}", f"invisp {codec}") for codec in ("h264", "hevc-10") for model in MODELS[1:]),
    ("lift h264", "analytic h264"),
    ("lift hevc-10", "analytic hevc-10"),
    ("lift hevc-10", "lift h264"),
    ("raw tiles (streams)", "raw tiles (tiled)"),
)


class Vidisp:
    """vidisp as a user runs it."""

    def __init__(self, model: str, codec: str) -> None:
        self.name, self.model, self.codec = f"{model} {codec}", model, codec
        self.suffix, self.crf_range = FORMATS[codec].suffixes[0], FORMATS[codec].crf_range

    def encode(self, clip: Clip, path: Path, crf: float) -> int:
        return vidisp.render(clip.path, path, model=self.model, codec=self.codec, crf=crf, overwrite=True).bytes

    def decode(self, clip: Clip, path: Path) -> Iterator[np.ndarray]:
        with tempfile.TemporaryDirectory() as scratch:
            vidisp.recover(path, Path(scratch) / "frames", format="npy")
            for frame in sorted(Path(scratch, "frames").glob("*.npy")):
                yield np.load(frame)


SYSTEMS: tuple[System, ...] = (
    *(Vidisp(model, codec) for codec in ("h264", "hevc-10") for model in MODELS),
    Vidisp("lift", "mjpeg"),
    Analytic("h264"),
    Analytic("hevc-10"),
    *(EvenLift(codec) for codec in ("h264", "hevc-10")),
    RawTiles("tiled"),
    RawTiles("weighted"),
    RawTiles("streams"),
)

DEFAULT_SYSTEMS = [s.name for s in SYSTEMS if s.name != "raw tiles (streams)"]  # within 0.1 dB of the tiled one


def main() -> int:
    p = argparse.ArgumentParser(description="Rate-distortion on the benchmark clips.")
    p.add_argument("--clips", type=Path, required=True, help="what datasets/make_benchmark_clips.py made")
    p.add_argument("--out", type=Path, required=True, help="where OUT.json, OUT.txt and OUT_*.png go")
    p.add_argument("--only", nargs="+", metavar="CLIP", help="these clips only")
    p.add_argument("--systems", nargs="*", default=DEFAULT_SYSTEMS, metavar="NAME")
    p.add_argument("--targets", nargs="+", type=float, default=TARGETS, metavar="BPP")
    p.add_argument("--tries", type=int, default=MAX_TRIES, metavar="N", help="encodes to meet one target rate")
    p.add_argument(
        "--beside", nargs="+", type=Path, default=[], metavar="JSON", help="rows of earlier runs, same clips"
    )
    p.add_argument("--invisp", type=Path, metavar="WEIGHTS", help="also the network that train_invisp.py trained")
    args = p.parse_args()
    try:
        earlier = earlier_rows(args.beside)
        systems = [*chosen(args.systems), *(trained_invisp(args.invisp) if args.invisp else [])]
        run(bench_clips(args.clips, args.only), systems, tuple(args.targets), args.out, args.tries, earlier)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def earlier_rows(files: list[Path]) -> dict[str, list[Row]]:
    """Rows that earlier runs wrote down, by the SHA-256 of the clip's samples."""
    rows: dict[str, list[Row]] = {}
    for file in files:
        for result in json.loads(file.read_text())["results"]:
            rows.setdefault(result["clip"]["sha256"], []).extend(Row(**row) for row in result["rows"])
    return rows


def chosen(names: list[str]) -> list[System]:
    """Raises: UsageError for a name that there is not."""
    unknown = set(names) - {s.name for s in SYSTEMS}
    if unknown:
        known = ", ".join(s.name for s in SYSTEMS)
        raise UsageError(f"there is no system {', '.join(sorted(unknown))}", hint=f"one of {known}")
    return [s for s in SYSTEMS if s.name in names]


def trained_invisp(weights: Path) -> list[System]:
    """The network of Invertible ISP on both codecs."""
    network = InvISP().eval()
    network.load_state_dict(torch.load(weights, weights_only=True))
    return [Analytic(codec, "invisp", partial(InvISPRenderer, network=network)) for codec in ("h264", "hevc-10")]


def run(
    clips: list[BenchClip],
    systems: list[System],
    targets: tuple[float, ...],
    out: Path,
    tries: int,
    earlier: dict[str, list[Row]],
) -> None:
    """Measure clip by clip; the files are written anew after each, so a stopped run keeps what it has."""
    out.parent.mkdir(parents=True, exist_ok=True)
    results, text = [], []
    for clip in clips:
        rows = earlier.get(clip.card["sha256"], []) + _measure(clip, systems, targets, tries)
        results.append({"clip": clip.card, "rows": [row.to_dict() for row in rows], "bd_psnr": gains(rows)})
        text.append("\n".join([str(clip), *table(rows), *gain_lines(rows)]))
        print(text[-1], end="\n\n", flush=True)
        plot(clip, rows, out.with_name(f"{out.name}_{clip.name}.png"))
        facts = {"environment": environment(), "results": results}
        out.with_suffix(".json").write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n")
        out.with_suffix(".txt").write_text("\n\n".join([*text, "\n".join(summary(results))]) + "\n")
    print(*summary(results), sep="\n")


def _measure(clip: BenchClip, systems: list[System], targets: tuple[float, ...], tries: int) -> list[Row]:
    opened, rows = Clip.open(clip.path), []
    for system in systems:
        print(f"{clip.name}: {system.name}", file=sys.stderr, flush=True)
        rows += rate_rows(system, opened, targets, tries)
    return rows


def table(rows: list[Row]) -> list[str]:
    head = f"{'system':<20} {'crf':>6} {'bytes':>10} {'bpp':>7} {'bayer':>7} {'sqrt':>7} {'invisp':>7} {'max DN':>7}"
    return [head] + [
        f"{r.system:<20} {r.crf:6g} {r.bytes:10d} {r.bpp:7.3f} {r.psnr_bayer:7.2f} {r.psnr_sqrt:7.2f} "
        f"{r.psnr_invisp:7.2f} {r.max_error_dn:7g}"
        for r in rows
    ]


def gains(rows: list[Row]) -> list[dict[str, Any]]:
    """BD-PSNR of every comparison that has two curves with rates in common."""
    found: list[dict[str, Any]] = []
    for test, anchor in COMPARISONS:
        for quality in ("psnr_bayer", "psnr_sqrt"):
            try:
                bd = bd_psnr(_curve(rows, anchor, quality), _curve(rows, test, quality))
            except UsageError:
                continue
            interval = [bd.low_bpp, bd.high_bpp]
            found.append({"test": test, "anchor": anchor, "of": quality, "db": bd.gain, "bpp": interval})
    return found


def gain_lines(rows: list[Row]) -> list[str]:
    return [
        f"BD-PSNR ({g['of']}) {g['test']} over {g['anchor']}: {g['db']:+.2f} dB "
        "from {0[0]:.3f} to {0[1]:.3f} bpp".format(g["bpp"])
        for g in gains(rows)
    ]


def summary(results: list[dict[str, Any]]) -> list[str]:
    """Every comparison over all clips: mean and worst gain."""
    found: dict[str, list[tuple[float, str]]] = {}
    for result in results:
        for g in result["bd_psnr"]:
            what = f"BD-PSNR ({g['of']}) {g['test']} over {g['anchor']}"
            found.setdefault(what, []).append((g["db"], result["clip"]["name"]))
    return [
        f"{what}: mean {sum(db for db, _ in gains) / len(gains):+.2f} dB of {len(gains)} clips, "
        f"worst {min(gains)[0]:+.2f} dB ({min(gains)[1]})"
        for what, gains in found.items()
    ]


def plot(clip: BenchClip, rows: list[Row], path: Path) -> None:
    """Linear Bayer and square-root PSNR over bits per pixel, side by side."""
    from matplotlib.figure import Figure

    ticks = (0.1, 0.2, 0.5, 1, 2, 4)
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    for axes, quality in zip(figure.subplots(1, 2), ("psnr_bayer", "psnr_sqrt"), strict=True):
        for system in dict.fromkeys(row.system for row in rows):
            points = _curve(rows, system, quality)
            axes.semilogx(*zip(*points, strict=True), marker=".", label=system)
        axes.set(xlabel="bits per sensor pixel", ylabel=f"{quality}, dB")
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.grid(True, which="both", alpha=0.3)
    axes.legend(fontsize=8)
    figure.suptitle(f"{clip.name}: {clip.card['kind']}")
    figure.savefig(path, dpi=110)


def _curve(rows: list[Row], system: str, quality: str) -> list[RatePoint]:
    return [RatePoint(row.bpp, getattr(row, quality)) for row in rows if row.system == system]


if __name__ == "__main__":
    sys.exit(main())

"""Make the clips of `benchmark_clips.toml` and check what it promises of them.

    python datasets/make_benchmark_clips.py --data DIR --out bench/clips

Each clip becomes a folder of DNGs with `NAME.json` (what it is, seed, noise, SHA-256) beside it; a clip whose
JSON is there already is left alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from motion import Motion
from simulated_motion import MadeClip, make_clip, noise_of

from vidisp.errors import VidispError
from vidisp.raw import read_frame

MANIFEST = Path(__file__).with_name("benchmark_clips.toml")


def main() -> int:
    p = argparse.ArgumentParser(description="Make the benchmark clips.")
    p.add_argument("--data", type=Path, required=True, help="the folder that holds the manifest's sources")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--only", nargs="+", metavar="NAME", help="these clips only")
    p.add_argument("--frames", type=int, help="frames in each clip instead of the manifest's")
    args = p.parse_args()
    manifest = tomllib.loads(MANIFEST.read_text())
    try:
        for entry in manifest["clip"]:
            if not args.only or entry["name"] in args.only:
                made = make_entry(entry, manifest, args.data, args.out, args.frames or manifest["frames"])
                print(made or f"{entry['name']}: there already")
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def make_entry(entry: dict[str, Any], manifest: dict[str, Any], data: Path, out: Path, frames: int) -> MadeClip | None:
    """Make one clip of the manifest; None where it was made before."""
    card, folder = out / f"{entry['name']}.json", out / entry["name"]
    if card.exists():
        return None
    shutil.rmtree(folder, ignore_errors=True)  # without its JSON it is the rest of a run that was stopped
    source = read_frame(data / entry["source"])
    motion = Motion(
        kind=entry["kind"],
        noise=noise_of(entry["noise"], source.sensor),
        frames=frames,
        width=entry["size"][0],
        height=entry["size"][1],
        seed=entry["seed"],
        gain=entry.get("gain", 1.0),
    )
    made = make_clip(source, folder, motion, fps=Fraction(manifest["fps"]))
    check(entry, made)
    facts = made.to_dict() | {"source": entry["source"], "scenes": _side(entry, manifest)}
    card.write_text(json.dumps(facts, indent=1) + "\n")
    return made


def check(entry: dict[str, Any], made: MadeClip) -> None:
    """Raise VidispError where a clip is not what the manifest says."""
    promised = entry.get("min_saturated", 0)
    if made.saturated < promised:
        shares = f"{100 * made.saturated:.2f} % of the samples saturate, {100 * promised:g} % were promised"
        raise VidispError(f"only {shares}", path=made.name)


def _side(entry: dict[str, Any], manifest: dict[str, Any]) -> str:
    """`train` or `test`: which side of the split the scene is on."""
    sides = [side for side, sources in manifest["scenes"].items() if entry["source"] in sources]
    if len(sides) != 1:
        raise VidispError(f"the scene {entry['source']} is on {len(sides)} sides of the split", path=MANIFEST)
    return str(sides[0])


if __name__ == "__main__":
    sys.exit(main())

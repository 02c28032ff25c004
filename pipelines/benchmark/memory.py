"""Peak memory of the whole process tree for a short and a long clip. Linux only.

    python pipelines/benchmark/memory.py --clip bench/clips/mural_crop

The clip is rendered and recovered through the command line at each length (its frames repeat, as links). Every
50 ms the proportional set sizes (PSS, which shares common pages out fairly) of the process and all its children are
added up; the largest sum counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vidisp.errors import VidispError
from vidisp.raw import Clip

COMMAND = (sys.executable, "-c", "import sys; from vidisp.cli.main import main; sys.exit(main())")
INTERVAL = 0.05


def main() -> int:
    p = argparse.ArgumentParser(description="Peak memory of render and recover at two clip lengths.")
    p.add_argument("--clip", type=Path, required=True)
    p.add_argument("--frames", type=int, nargs=2, default=(48, 240))
    p.add_argument("--codec", default="h264")
    p.add_argument("--json", action="store_true")
    args = p.parse_args()
    try:
        peaks = {frames: measure(args.clip, frames, args.codec) for frames in args.frames}
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(peaks, indent=1) if args.json else text(peaks))
    return 0


def measure(clip: Path, frames: int, codec: str) -> dict[str, float]:
    """Peak megabytes of render and of recover for so many frames."""
    with tempfile.TemporaryDirectory() as scratch:
        long, video, raw = Path(scratch, "clip"), Path(scratch, "out.mp4"), Path(scratch, "raw")
        repeat(clip, long, frames)
        render = peak_of(["render", str(long), str(video), "--codec", codec, "--quiet"])
        return {"render": render, "recover": peak_of(["recover", str(video), str(raw), "--quiet"])}


def repeat(clip: Path, folder: Path, frames: int) -> None:
    """A clip of `frames` frames: links to the first one's files, over and over."""
    paths = Clip.open(clip).paths
    folder.mkdir()
    for number in range(frames):
        source = paths[number % len(paths)].resolve()
        (folder / f"frame_{number:06d}{source.suffix}").symlink_to(source)


def peak_of(arguments: list[str]) -> float:
    """Run the command line and return the largest memory of its process tree in megabytes.

    Raises:
        VidispError: the command failed.
    """
    process = subprocess.Popen([*COMMAND, *arguments])
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_pss(pid) for pid in _tree(process.pid)))
        time.sleep(INTERVAL)
    if process.returncode:
        raise VidispError(f"vidisp {' '.join(arguments)} ended with exit code {process.returncode}")
    return peak / 1e6


def text(peaks: dict[int, dict[str, float]]) -> str:
    short, long = peaks
    lines = []
    for command in ("render", "recover"):
        a, b = peaks[short][command], peaks[long][command]
        lines.append(f"{command:<8} {a:8.1f} MB at {short} frames, {b:8.1f} MB at {long}: {100 * (b / a - 1):+.1f} %")
    return "\n".join(lines)


def _tree(pid: int) -> list[int]:
    """The process and all that descend from it; a process that ends meanwhile is left out."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(descendant for child in children for descendant in _tree(child))]


def _pss(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    sys.exit(main())

"""How steady a video is, and how close to a reference over time.

    python tools/temporal_consistency.py VIDEO [REFERENCE] [--json] [--no-vmaf]

VIDEO and REFERENCE are two video files, two folders of pictures, or two RAW clips. What the figures mean: README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from vidisp.errors import VidispError
from vidisp.metrics import measure


def main(argv: list[str] | None = None) -> int:
    """Run one command line; returns its exit code."""
    args = _parser().parse_args(argv)
    try:
        with _bar() as progress:
            found = measure(args.video, args.reference, vmaf=not args.no_vmaf, progress=progress)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    print(json.dumps(found.to_dict(), indent=2, allow_nan=False) if args.json else found.to_text())
    return 0


def _parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description="How steady a video is, and how close to a reference over time.")
    p.add_argument("video", type=Path, metavar="VIDEO", help="a video file, a folder of pictures, or a RAW clip")
    p.add_argument("reference", type=Path, metavar="REFERENCE", nargs="?", help="what it is compared with, alike")
    p.add_argument("--json", action="store_true", help="everything as JSON on stdout, frame by frame")
    p.add_argument("--no-vmaf", action="store_true", help="leave out VMAF, which FFmpeg computes beside the others")
    return p


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Progress on stderr, if that is a terminal."""
    with tqdm(unit=" frames", disable=None) as bar:

        def told(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield told


if __name__ == "__main__":
    sys.exit(main())

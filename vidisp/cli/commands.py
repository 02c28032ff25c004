"""What each command does: call the library, print the result. Heavy modules load when a command runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

import vidisp
from vidisp.cli.progress import reporter
from vidisp.errors import PartialError

Command = Callable[[argparse.Namespace], int]


def render(args: argparse.Namespace) -> int:
    """`vidisp render CLIP VIDEO`"""
    with reporter(args.progress, quiet=args.quiet) as progress:
        result = vidisp.render(
            args.source,
            args.output,
            codec=args.codec,
            crf=args.crf,
            quality=args.quality,
            preset=args.preset,
            fps=args.fps,
            frames=args.frames,
            exposure=args.exposure,
            wb=args.wb,
            model=args.model,
            device=args.device,
            chunk=args.chunk,
            jobs=args.jobs,
            overwrite=args.overwrite,
            resume=args.resume,
            dry_run=args.dry_run,
            audio=args.audio,
            keep_private=args.keep_private,
            progress=progress,
        )
    return _show(args, result.to_dict(), str(result))


def recover(args: argparse.Namespace) -> int:
    """`vidisp recover VIDEO FOLDER`"""
    with reporter(args.progress, quiet=args.quiet) as progress:
        result = vidisp.recover(
            args.source,
            args.output,
            frames=args.frames,
            format=args.format,
            compress=args.compress,
            force=args.force,
            sidecar=args.sidecar,
            device=args.device,
            chunk=args.chunk,
            overwrite=args.overwrite,
            resume=args.resume,
            progress=progress,
        )
    _show(args, result.to_dict(), str(result))
    if result.damage is not None:
        raise PartialError(f"only {result.frames} frames could be recovered, {result.damage}", path=args.source)
    return 0


def probe(args: argparse.Namespace) -> int:
    """`vidisp probe FILE`"""
    result = vidisp.probe(args.source, sidecar=args.sidecar)
    return _show(args, result.to_dict(), str(result))


def evaluate(args: argparse.Namespace) -> int:
    """`vidisp evaluate REFERENCE RECOVERED`"""
    report = vidisp.evaluate(args.reference, args.recovered)
    return _show(args, report.to_dict(), report.to_text())


def _show(args: argparse.Namespace, values: dict[str, Any], text: str) -> int:
    if args.json:
        json.dump(values, sys.stdout, indent=2, allow_nan=False)
        print()
    elif not args.quiet:
        print(text)
    return 0

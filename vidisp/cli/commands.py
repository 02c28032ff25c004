"""What each command does: call the library, print the result. Heavy modules load when a command runs."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vidisp
from vidisp.cli.progress import reporter
from vidisp.errors import PartialError, UsageError, counted
from vidisp.stills.results import Photos
from vidisp.stream.progress import Progress, Reporter

Command = Callable[[argparse.Namespace], int]


def render(args: argparse.Namespace) -> int:
    """`vidisp render CLIP VIDEO`, `vidisp render PHOTO JPEG`"""
    with reporter(args.progress, quiet=args.quiet) as progress:
        result = vidisp.render(
            args.source,
            args.output,
            quality=args.quality,
            subsampling=args.subsampling,
            codec=args.codec,
            crf=args.crf,
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
    _show(args, result.to_dict(), str(result))
    return _all_done(result, args.source) if isinstance(result, Photos) else 0


def recover(args: argparse.Namespace) -> int:
    """`vidisp recover VIDEO FOLDER`, `vidisp recover JPEG PHOTO`"""
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
    if isinstance(result, Photos):
        return _all_done(result, args.source)
    if result.damage is not None:
        raise PartialError(
            f"only {counted(result.frames, 'frame')} could be recovered; {result.damage}", path=args.source
        )
    return 0


def probe(args: argparse.Namespace) -> int:
    """`vidisp probe FILE`"""
    result = vidisp.probe(args.source, sidecar=args.sidecar, overwrite=args.overwrite)
    return _show(args, result.to_dict(), str(result))


def evaluate(args: argparse.Namespace) -> int:
    """`vidisp evaluate REFERENCE RECOVERED`, `vidisp evaluate VIDEO`"""
    from vidisp.metrics import PhotoReport

    if args.edits:
        return _evaluate_edits(args)
    with reporter(args.progress, quiet=args.quiet) as progress:
        found = vidisp.evaluate(
            args.reference, args.recovered, vmaf=not args.no_vmaf, progress=progress and _counted("evaluate", progress)
        )
    _show(args, found.to_dict(), found.to_text())
    if isinstance(found, PhotoReport) and found.failed:
        total = len(found.failed) + len(found.photos)
        raise PartialError(f"{len(found.failed)} of {total} photos could not be compared", path=args.recovered)
    return 0


def _evaluate_edits(args: argparse.Namespace) -> int:
    from vidisp.metrics.edits import evaluate_edits

    if args.recovered is None:
        raise UsageError("--edits compares two RAW photos", hint="name the original and the recovered one")
    with reporter(args.progress, quiet=args.quiet) as progress:
        found = evaluate_edits(args.reference, args.recovered, progress=progress and _counted("evaluate", progress))
    return _show(args, found.to_dict(), found.to_text())


def report(args: argparse.Namespace) -> int:
    """`vidisp report A B -o HTML`"""
    with reporter(args.progress, quiet=args.quiet) as progress:
        measures = vidisp.report(
            args.original,
            args.recovered,
            args.output,
            overwrite=args.overwrite,
            vmaf=not args.no_vmaf,
            progress=progress and _counted("report", progress),
        )
    return _show(args, measures.to_dict(), f"{measures.to_text()}\n{args.output}")


def embed_gif(args: argparse.Namespace) -> int:
    """`vidisp embed-gif FRAMES STILL`"""
    result = vidisp.embed_gif(args.source, args.output, frames=args.frames, **_embed_options(args))
    return _show(args, result.to_dict(), str(result))


def embed_stereo(args: argparse.Namespace) -> int:
    """`vidisp embed-stereo LEFT RIGHT STILL`"""
    result = vidisp.embed_stereo(args.left, args.right, args.output, **_embed_options(args))
    return _show(args, result.to_dict(), str(result))


def embed_dual(args: argparse.Namespace) -> int:
    """`vidisp embed-dual FIRST SECOND STILL`"""
    result = vidisp.embed_dual(args.first, args.second, args.output, **_embed_options(args))
    return _show(args, result.to_dict(), str(result))


def hide(args: argparse.Namespace) -> int:
    """`vidisp hide COVER SECRET... STILL`"""
    result = vidisp.hide(args.cover, args.secrets, args.output, **_embed_options(args))
    return _show(args, result.to_dict(), str(result))


def embed_layers(args: argparse.Namespace) -> int:
    """`vidisp embed-layers FOREGROUND BACKGROUND STILL`"""
    result = vidisp.embed_layers(args.foreground, args.background, args.output, **_embed_options(args))
    return _show(args, result.to_dict(), str(result))


def extract(args: argparse.Namespace) -> int:
    """`vidisp extract STILL FOLDER`"""
    result = vidisp.extract(args.source, args.output, kind=args.kind, overwrite=args.overwrite)
    return _show(args, result.to_dict(), str(result))


def _embed_options(args: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(args, name) for name in ("method", "still_psnr", "quality", "overwrite")}


def _all_done(photos: Photos, source: Path) -> int:
    """What failed was said by name; the exit code says that something did."""
    if photos.failed:
        total = len(photos.failed) + len(photos.photos)
        raise PartialError(f"{len(photos.failed)} of {total} photos could not be done", path=source)
    return 0


def _counted(stage: str, reporter: Reporter) -> Callable[[int, int], None]:
    """Frames done and their total, as a run's progress."""
    start = time.perf_counter()
    return lambda done, total: reporter(Progress(stage, done, total, 0, time.perf_counter() - start))


def _show(args: argparse.Namespace, values: dict[str, Any], text: str) -> int:
    if args.json:
        json.dump(values, sys.stdout, indent=2, allow_nan=False)
        print()
    elif not args.quiet:
        print(text)
    return 0

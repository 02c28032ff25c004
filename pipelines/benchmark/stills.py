"""RAW photos as JPEG files that carry their RAW, beside other ways to keep a RAW photo.

    python pipelines/benchmark/stills.py --photos DIR... --out bench/stills

Every RAW photo in the folders, at JPEG qualities 75, 85, 90 and 95; OUT.json holds all rows, OUT.txt the tables: means
of every folder, of the photos whose scenes the released models were not trained on, and of all; and one photo in low
light, which is simulated. A mean is that of the photos' figures in dB, as published baselines state it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from bench import environment
from still_look import look_errors
from still_systems import Outcome, Photo, System, systems
from still_table import UNCOMPRESSED, StillRow, anchor_lines, gain_lines, gains, means, table

from vidisp.errors import InputError, VidispError
from vidisp.metrics import bits_per_pixel, mosaic_errors
from vidisp.metrics.fidelity import normalise
from vidisp.raw import RawFrame, read_frame, write_dng
from vidisp.raw.clip import RAW_SUFFIXES
from vidisp.stills.models import choose_model

SCENES = Path(__file__).parents[2] / "datasets" / "training_scenes.toml"
DARKER, NOISE, SEED = 1 / 16, (3.9e-4, 1.2e-7), 9
"""Low light: that much of the light, and the noise (S, O) that a GoPro HERO7 states; `high` of
`datasets/simulated_motion.py`, and the clip rose_crop_dark's."""


def main() -> int:
    args = parser().parse_args()
    try:
        for model in args.models:
            choose_model(model, "420")
        with tempfile.TemporaryDirectory() as scratch:
            photos = list(open_photos(args.photos, args.names, args.centre, Path(scratch)))
            if args.low_light not in {photo.name for photo in photos}:
                raise InputError(f"there is no photo {args.low_light} to darken", path=args.photos[0])
            report(photos, args, Path(scratch))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description="RAW photos in JPEG files, beside other ways to keep them.")
    p.add_argument("--photos", type=Path, nargs="+", required=True, metavar="DIR", help="folders of RAW photos")
    p.add_argument("--out", type=Path, required=True, help="for OUT.json and OUT.txt")
    p.add_argument("--names", nargs="+", metavar="NAME", help="only these photos, named without suffix")
    p.add_argument("--centre", nargs=2, type=int, metavar=("W", "H"), help="only the centre of larger photos")
    p.add_argument("--models", nargs="*", default=["flow-s"], help="models with weights (default: flow-s)")
    p.add_argument(
        "--low-light", default="rose_rggb14", metavar="NAME", help="the photo to darken (default: rose_rggb14)"
    )
    return p


def open_photos(
    folders: Sequence[Path], names: Sequence[str] | None, centre: Sequence[int] | None, scratch: Path
) -> Iterator[Photo]:
    """Every RAW photo in the folders, or those named, cut to the centre if one is given.

    Raises:
        InputError: a folder holds none, or one cannot be read.
    """
    trained = {scene["source"] for scene in tomllib.loads(SCENES.read_text())["scene"]}
    for folder in folders:
        files = sorted(f for f in folder.glob("*") if f.suffix.lower() in RAW_SUFFIXES)
        if not files:
            raise InputError("holds no RAW photos", path=folder)
        for path in files:
            if names is None or path.stem in names:
                group = folder.resolve().name
                photo = Photo(path.stem, group, f"{group}/{path.name}" in trained, path, read_frame(path))
                yield stored(photo, centre_of(photo.frame, *centre), scratch) if centre else photo


def centre_of(frame: RawFrame, width: int, height: int) -> RawFrame:
    """The centre, from an even sample on; the whole of a smaller side."""
    sensor = frame.sensor
    width, height = min(width, sensor.width), min(height, sensor.height)
    top, left = (sensor.height - height) // 4 * 2, (sensor.width - width) // 4 * 2
    mosaic = np.ascontiguousarray(frame.mosaic[top : top + height, left : left + width])
    return replace(frame, mosaic=mosaic, sensor=replace(sensor, width=width, height=height))


def in_low_light(frame: RawFrame) -> RawFrame:
    """Simulated: the samples times `DARKER`, with fresh noise of variance S*x + O; whatever noise they had stays."""
    sensor = frame.sensor
    clean = normalise(frame.mosaic, sensor) * DARKER
    slope, offset = NOISE
    sigma = np.sqrt(slope * np.maximum(clean, 0) + offset)
    noisy = clean + sigma * np.random.default_rng(SEED).standard_normal(clean.shape)
    black = np.tile(np.reshape(sensor.black, (2, 2)), [-(-side // 2) for side in clean.shape])
    black = black[: sensor.height, : sensor.width]
    mosaic = np.rint(noisy * (sensor.white - black) + black).clip(0, sensor.white).astype(np.uint16)
    return replace(frame, mosaic=mosaic, sensor=replace(sensor, noise=NOISE))


def stored(photo: Photo, frame: RawFrame, scratch: Path) -> Photo:
    """The photo with another frame, which is written as a DNG for it."""
    path = scratch / f"{photo.group}_{photo.name}.dng"
    write_dng(path, frame)
    return replace(photo, path=path, frame=frame)


def report(photos: Sequence[Photo], args: argparse.Namespace, scratch: Path) -> None:
    """Measure everything, print the tables, write both files after every photo."""
    chosen = systems(args.models)
    rows: list[StillRow] = []
    for photo in photos:
        rows += measure(photo, chosen, scratch)
        write(args.out, photos, rows, [], args.models)
    source = next(photo for photo in photos if photo.name == args.low_light)
    dark = stored(replace(source, name=f"{source.name}_low_light"), in_low_light(source.frame), scratch)
    print(write(args.out, photos, rows, measure(dark, chosen, scratch), args.models))


def measure(photo: Photo, chosen: Sequence[System], scratch: Path) -> list[StillRow]:
    """A row for each system and setting."""
    print(f"{photo.name}: {photo.megapixels:.1f} megapixels", file=sys.stderr, flush=True)
    return [
        row(photo, system.name, setting, system.run(photo, setting, scratch))
        for system in chosen
        for setting in system.settings
    ]


def row(photo: Photo, system: str, setting: float, found: Outcome) -> StillRow:
    """One outcome in figures."""
    sensor = photo.frame.sensor
    bpp = bits_per_pixel(found.bytes, sensor.width, sensor.height, 1)
    errors = mosaic_errors(photo.frame, found.mosaic, name=system)
    dbs = (finite(db) for db in (errors.psnr_bayer, errors.psnr_sqrt, errors.psnr_invisp))
    look: tuple[float | None, float | None] = (None, None)
    if found.picture is not None and found.reference is not None:
        look = look_errors(found.picture, found.reference)
    seconds = found.there / photo.megapixels, found.back / photo.megapixels
    return StillRow(photo.name, system, setting, bpp, UNCOMPRESSED / bpp, *dbs, *look, *seconds)


def finite(db: float) -> float | None:
    return db if math.isfinite(db) else None


def write(
    out: Path, photos: Sequence[Photo], rows: Sequence[StillRow], dark: Sequence[StillRow], models: Sequence[str]
) -> str:
    """OUT.json and OUT.txt; returns the text."""
    averages = {title: means([r for r in rows if r.photo in names], title) for title, names in groups(photos, rows)}
    found = gains(rows, models)
    facts = {
        "environment": environment(),
        "photos": [description(photo) for photo in photos],
        "low_light": {"simulated": True, "light": DARKER, "noise": NOISE, "seed": SEED},
        "rows": [r.to_dict() for r in (*rows, *dark)],
        "means": [r.to_dict() for average in averages.values() for r in average],
        "bd_psnr": found,
    }
    blocks = [table(title, average) for title, average in averages.items()]
    if dark:
        blocks.append(table(f"{dark[0].photo}: simulated, 1/{1 / DARKER:g} of the light, noise S,O = {NOISE}", dark))
    blocks += [anchor_lines(title, average) for title, average in averages.items()]
    blocks += [gain_lines(found), *(table(p.name, [r for r in rows if r.photo == p.name]) for p in photos)]
    text = "\n\n".join("\n".join(block) for block in blocks)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".json").write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n")
    out.with_suffix(".txt").write_text(text + "\n")
    return text


def groups(photos: Sequence[Photo], rows: Sequence[StillRow]) -> Iterator[tuple[str, set[str]]]:
    """What means are made of: a title, and the names of the photos measured so far."""
    measured = {r.photo for r in rows}
    known = [photo for photo in photos if photo.name in measured]
    rules: dict[str, Callable[[Photo], bool]] = {f"mean of {g}": lambda p, g=g: p.group == g for g in _folders(known)}
    rules |= {"mean of scenes that no model was trained on": lambda p: not p.trained, "mean of all": lambda p: True}
    for title, rule in rules.items():
        names = {photo.name for photo in known if rule(photo)}
        if names:
            yield f"{title}: {len(names)} photos", names


def _folders(photos: Sequence[Photo]) -> list[str]:
    return list(dict.fromkeys(photo.group for photo in photos))


def description(photo: Photo) -> dict[str, Any]:
    """What a reader must know of a photo."""
    s = photo.frame.sensor
    facts = {"name": photo.name, "group": photo.group, "trained_on": photo.trained}
    return facts | {"width": s.width, "height": s.height, "cfa": s.cfa, "white": s.white}


if __name__ == "__main__":
    sys.exit(main())

"""Make the training bank: a folder of linear quads, each with a card that says what they are.

    python datasets/training_bank.py --data DIR --out bench/bank

An entry is `NAME.npz` and, written after it, `NAME.json`. The same data always make the same bank.
`NAME.npz` holds `quads`, uint16 (frames, 4, h, w) in the order R, G1, G2, B, and the numbers `pedestal` and `scale`:
linear light, 0 at black and 1 at white, is `(quads - pedestal) / scale`. The scenes are in `training_scenes.toml`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from excerpts import read_excerpt, with_pyav
from motion import bin_quads
from unprocess import halve, linear_light, random_camera, rggb_quads, unprocess

from vidisp.atomic import atomic_output
from vidisp.errors import InputError, VidispError
from vidisp.isp.mosaic import mosaic_to_quads
from vidisp.metrics.fidelity import normalise
from vidisp.raw import RawFrame, read_frame

MANIFEST = Path(__file__).with_name("training_scenes.toml")
PEDESTAL, SCALE = 4000, 60000
EXCERPT = 5  # frames: two neighbours to each side of one, which is how far a temporal layer sees


@dataclass(frozen=True)
class Entry:
    """One entry of the bank: `quads` is (frames, 4, h, w), linear, 0 at black and 1 at white.

    `noise` is (S, O) of the noise that the samples have already, variance = S*x + O; the mean over the four sites.
    `seed` is that of the random camera, None for a real one.
    """

    name: str
    scene: str
    split: Literal["train", "validation"]
    kind: Literal["still", "binned", "video"]
    source: str
    quads: np.ndarray
    neutral: tuple[float, ...]
    color_matrix: tuple[float, ...]
    illuminant: int
    noise: tuple[float, float] = (0.0, 0.0)
    seed: int | None = None


def scene_entries(scene: dict[str, Any], data: Path) -> Iterator[Entry]:
    """All entries of one scene of the manifest, `train` and `validation` its shares of a still's columns.

    Raises:
        InputError: the source is missing, damaged, or a video that is too short.
    """
    path = data / scene["source"]
    for kind in scene["kinds"]:
        if kind == "video":
            yield from video_entries(scene, path)
        else:
            whole = picture_entry(scene, path) if kind == "picture" else raw_entry(scene, path, kind)
            yield from split(whole, scene["train"], scene["validation"])


def raw_entry(scene: dict[str, Any], path: Path, kind: Literal["still", "binned"]) -> Entry:
    """A RAW still: its own samples, or those of its binned picture, sampled again."""
    frame = read_frame(path)
    sensor = frame.sensor
    quads, noise = (own_quads if kind == "still" else binned_quads)(frame)
    calibration = (sensor.neutral, sensor.color_matrix, sensor.illuminant)
    return Entry(f"{scene['name']}_{kind}", scene["name"], "train", kind, scene["source"], quads, *calibration, noise)


def own_quads(frame: RawFrame) -> tuple[np.ndarray, tuple[float, float]]:
    """(1, 4, h, w) quads of the frame, and its noise."""
    sensor = frame.sensor
    quads = mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], sensor.cfa, sensor.black, sensor.white)
    return quads.numpy(), sensor.noise or (0.0, 0.0)


def binned_quads(frame: RawFrame) -> tuple[np.ndarray, tuple[float, float]]:
    """Quads of the frame binned to full colour and sampled through an RGGB filter: half the size, finer detail.

    Every colour is known at every pixel, so edges are as sharp as pixels can show. Green was averaged, which halves
    its variance; red and blue keep theirs.
    """
    picture = bin_quads(normalise(frame.mosaic, frame.sensor), frame.sensor.cfa)
    slope, offset = frame.sensor.noise or (0.0, 0.0)
    return rggb_quads(picture)[None], (0.75 * slope, 0.75 * offset)


def picture_entry(scene: dict[str, Any], path: Path) -> Entry:
    """An sRGB picture, unprocessed."""
    return unprocessed(scene, scene["name"], "still", linear_light(with_pyav(path, 0, 1)), scene["seed"])


def video_entries(scene: dict[str, Any], path: Path) -> Iterator[Entry]:
    """Excerpts of an sRGB video, halved and unprocessed, each with a camera of its own."""
    for which in ("starts", "validation_starts"):
        for start in scene[which]:
            linear = halve(linear_light(read_excerpt(path, start, EXCERPT)))
            entry = unprocessed(scene, f"{scene['name']}_{start:04d}", "video", linear, scene["seed"] + start)
            yield entry if which == "starts" else as_validation(entry)


def unprocessed(
    scene: dict[str, Any], name: str, kind: Literal["still", "video"], linear: np.ndarray, seed: int
) -> Entry:
    """What a random camera would have taken of (frames, 3, h, w) in linear light."""
    camera = random_camera(seed)
    calibration = (camera.neutral, camera.color_matrix, camera.illuminant)
    quads = unprocess(linear, camera)
    return Entry(name, scene["name"], "train", kind, scene["source"], quads, *calibration, seed=seed)


def split(whole: Entry, train: float, validation: float) -> Iterator[Entry]:
    """The left share of the columns to train on, the right one to choose checkpoints on, if there is any.

    Borders are even columns, so that a picture and its binned picture are divided at the same place.
    """
    left, right = (int(whole.quads.shape[-1] * share) // 2 * 2 for share in (train, 1 - validation))
    yield replace(whole, quads=whole.quads[..., :left])
    if validation:
        yield as_validation(replace(whole, quads=whole.quads[..., right:]))


def as_validation(entry: Entry) -> Entry:
    return replace(entry, name=f"{entry.name}_validation", split="validation")


def write(entry: Entry, out: Path) -> Path:
    """Write both files of an entry, each whole or not at all; the card comes last."""
    samples = np.clip(np.rint(entry.quads * float(SCALE) + PEDESTAL), 0, 65535).astype("<u2")
    card = {key: value for key, value in asdict(entry).items() if key not in ("name", "quads")}
    card["sha256"] = hashlib.sha256(samples.tobytes()).hexdigest()
    with atomic_output(out / f"{entry.name}.npz") as path:
        np.savez(path, quads=samples, pedestal=PEDESTAL, scale=SCALE)
    with atomic_output(out / f"{entry.name}.json") as path:
        path.write_text(json.dumps(card, indent=1) + "\n")
    return out / f"{entry.name}.npz"


def make_scene(scene: dict[str, Any], manifest: dict[str, Any], data: Path, out: Path) -> Iterator[Path]:
    """Write all entries of one scene of the manifest; yield the path of each.

    Raises:
        InputError: the scene is held out, or its source unusable.
    """
    if any(scene["source"].startswith(source) for source in manifest["held_out"]):
        raise InputError("is held out: nothing may be trained on it", path=scene["source"])
    shares = {"train": manifest["train"], "validation": manifest["validation"]}
    for entry in scene_entries(shares | scene, data):
        yield write(entry, out)


def main() -> int:
    p = argparse.ArgumentParser(description="Make the bank that the flow is trained on.")
    p.add_argument("--data", type=Path, required=True, help="the folder that holds the manifest's sources")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--only", nargs="+", metavar="SCENE", help="these scenes only")
    args = p.parse_args()
    manifest = tomllib.loads(MANIFEST.read_text())
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        for scene in manifest["scene"]:
            if not args.only or scene["name"] in args.only:
                for path in make_scene(scene, manifest, args.data, args.out):
                    print(path)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

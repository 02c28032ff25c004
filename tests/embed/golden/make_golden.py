"""Makes the golden files of a released network: a still as published, and what must come out of it for ever.

    python -m tests.embed.golden.make_golden frames-jpeg-1

Run once when a network is released, never again for the same id.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import vidisp
from vidisp.errors import OutputError

HERE = Path(__file__).parent
WIDTH, HEIGHT = 117, 98


def scene(moved: float) -> np.ndarray:
    """(H, W, 3) uint8: slopes, a disc that moves, a wall that does not."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    codes = np.stack([60 + y, 200 - 0.8 * x, 90 + 0.4 * (x + y)], -1)
    codes[(x - 30 - moved) ** 2 + (y - 45) ** 2 < 400] = (190, 120, 40)
    codes[(y > 75) & ((x // 9 + y // 6) % 2 == 0)] *= 0.7
    return np.rint(codes).astype(np.uint8)


def embed(folder: Path, still: Path, kind: str) -> None:
    """The scene by the newest network of a kind."""
    paths = [folder / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        Image.fromarray(scene(6.0 * number)).save(path)
    if kind == "frames":
        vidisp.embed_gif(folder, still, method="iicnet")
    elif kind == "pair":
        vidisp.embed_stereo(*paths[:2], still, method="iicnet")
    elif kind == "hide":
        vidisp.hide(paths[0], paths[1:], still, method="iicnet")
    else:
        alpha = np.where(np.hypot(*np.mgrid[-49:49, -58:59]) < 35, 255, 0).astype(np.uint8)
        Image.fromarray(np.dstack([scene(0), alpha])).save(paths[0])
        vidisp.embed_layers(paths[0], paths[2], still, method="iicnet")


def back(still: Path) -> np.ndarray:
    """What comes out, all pictures side by side and alpha as a picture, (H, n * W, 3) uint8."""
    with tempfile.TemporaryDirectory() as scratch:
        outputs = vidisp.extract(still, Path(scratch, "out")).outputs
        pictures = [np.asarray(Image.open(path)) for path in outputs]
    alphas = [np.repeat(each[..., 3:], 3, 2) for each in pictures if each.shape[2] == 4]
    return np.hstack([each[..., :3] for each in pictures] + alphas)


def make(model_id: str) -> None:
    """Embed, extract, keep both."""
    kind, carrier, _ = model_id.split("-")
    still = HERE / f"{model_id}.{'jpg' if carrier == 'jpeg' else 'png'}"
    if still.exists():
        raise OutputError("is released and stays as it is", path=still)
    with tempfile.TemporaryDirectory() as scratch:
        embed(Path(scratch), still, kind)
    Image.fromarray(back(still)).save(HERE / f"{model_id}.back.png", optimize=True)


if __name__ == "__main__":
    make(sys.argv[1])

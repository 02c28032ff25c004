"""Makes the golden files of a released model: a video or a still as published, and the RAW that must come out of it
for ever.

    python -m tests.golden.make_golden lift-1
    python -m tests.golden.make_golden still-lift-1      # 4:2:0
    python -m tests.golden.make_golden still-lift-444-1  # 4:4:4

Run once when a model id is released, never again for the same id.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import vidisp
from tests.conftest import frames
from vidisp.errors import OutputError
from vidisp.raw import write_dng

HERE = Path(__file__).parent
FRAMES, WIDTH, HEIGHT = 5, 94, 62


def make(model_id: str) -> None:
    """Render the tests' scene, recover it, keep both."""
    video = HERE / f"{model_id}.mp4"
    if video.exists():
        raise OutputError("is released and stays as it is", path=video)
    with tempfile.TemporaryDirectory() as scratch:
        clip, back = Path(scratch, "clip"), Path(scratch, "back")
        clip.mkdir()
        for frame in frames(FRAMES, width=WIDTH, height=HEIGHT, cfa="GRBG"):
            write_dng(clip / f"{frame.number:04d}.dng", frame)
        vidisp.render(clip, video, model=model_id.rsplit("-", 1)[0], crf=10)
        vidisp.recover(video, back, format="npy")
        np.savez_compressed(HERE / f"{model_id}.npz", np.stack([np.load(p) for p in sorted(back.iterdir())]))


def make_still(name: str) -> None:
    """The same for a JPEG of odd size; `name` is "still-" and the model's id."""
    picture, full = HERE / f"{name}.jpg", "-444-" in name
    if picture.exists():
        raise OutputError("is released and stays as it is", path=picture)
    model = name.removeprefix("still-").removesuffix("-1").removesuffix("-444")
    with tempfile.TemporaryDirectory() as scratch:
        source, back = Path(scratch, "photo.dng"), Path(scratch, "back.npy")
        write_dng(source, frames(1, width=WIDTH - 1, height=HEIGHT - 1, cfa="GRBG")[0])
        vidisp.render(source, picture, model=model, subsampling="444" if full else "420")
        vidisp.recover(picture, back, format="npy")
        np.savez_compressed(HERE / f"{name}.npz", np.load(back))


if __name__ == "__main__":
    (make_still if sys.argv[1].startswith("still-") else make)(sys.argv[1])

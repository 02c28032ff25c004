"""Makes the golden files of a released model: a video as published, and the RAW that must come out of it for ever.

    python -m tests.golden.make_golden lift-1

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


if __name__ == "__main__":
    make(sys.argv[1])

"""The scripts of the training of embedding networks, and data as small as they work with."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).parents[2] / "pipelines" / "train_embed"
NAMES = ("simulated", "samples", "fit", "carrying", "pool", "train", "release")


@pytest.fixture(scope="session")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """By name. Other pipelines have scripts of the same names: theirs are put back."""
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    sys.path.insert(0, str(FOLDER))
    found = {name: importlib.import_module(name) for name in NAMES}
    sys.path.remove(str(FOLDER))
    for name in NAMES:
        del sys.modules[name]
    sys.modules.update(before)
    return found


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five photographs and two clips of 40 frames."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "images").mkdir()
    (folder / "video").mkdir()
    for number, name in enumerate(("01", "03", "05", "08", "13")):
        Image.fromarray(_picture(number, 0)).save(folder / "images" / f"{name}.png")
    for name in ("bottle-detection.mp4", "walk.mkv"):
        with av.open(str(folder / "video" / name), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = 256, 96, "yuv420p"
            for number in range(40):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(_picture(9, number), format="rgb24")))
            container.mux(stream.encode())
    return folder


def _picture(seed: int, shift: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:96, :256]
    waves = [np.sin((x + shift) / rng.uniform(4, 30)) * np.cos(y / rng.uniform(4, 30)) for _ in range(3)]
    return np.clip(120 + 90 * np.stack(waves, -1) + rng.normal(0, 2, (96, 256, 3)), 0, 255).astype(np.uint8)

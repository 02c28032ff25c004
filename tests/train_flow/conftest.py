"""The training is scripts, not a package: its folder goes on the path for the tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "pipelines" / "train_flow"))

PEDESTAL, SCALE = 4000, 60000


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank of one small scene for each split and kind."""
    folder = tmp_path / "bank"
    folder.mkdir()
    rng = np.random.default_rng(3)
    for split in ("train", "validation"):
        for kind, frames in (("still", 1), ("video", 4)):
            coarse = rng.uniform(0.05, 0.6, (frames, 4, 8, 9))
            quads = coarse.repeat(8, axis=2).repeat(8, axis=3) + 0.01 * rng.standard_normal((frames, 4, 64, 72))
            np.savez(
                folder / f"{kind}_{split}.npz",
                quads=(quads * SCALE + PEDESTAL).astype(np.uint16),
                pedestal=PEDESTAL,
                scale=SCALE,
            )
            facts = {"split": split, "kind": kind, "scene": kind, "neutral": [0.5, 1, 0.6], "illuminant": 21}
            facts["color_matrix"] = [0.9, -0.3, -0.1, -0.4, 1.2, 0.2, -0.1, 0.2, 0.6]
            (folder / f"{kind}_{split}.json").write_text(json.dumps(facts))
    return folder

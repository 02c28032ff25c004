"""Turn a training's best weights into a released model: vidisp/flow/released/ID.safetensors, with its model card.

    python pipelines/train_flow/release.py pipelines/train_flow/flow-s.toml --run bench/flow-s

A released file is immutable: where the id is taken, choose the next one in the TOML.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tomllib
from pathlib import Path

import torch
from train import network

import vidisp.flow
from vidisp.errors import UsageError, VidispError
from vidisp.flow.weights import network_from_bytes, network_to_bytes

RELEASED = Path(vidisp.flow.__file__).parent / "released"
CARD = """# {id}

{about}

| | |
|---|---|
| weights | {weights} |
| trained | {steps} steps, {hours:.1f} hours; validation loss {loss} at step {best}; `pipelines/train_flow/LOG.md` |
| data | `datasets/training_scenes.toml`; motion is simulated motion, unprocessed sRGB video is simulated RAW |
| codecs in the loop | x264 8 bit and x265 10 bit, CRF 2 to 26; JPEG, quality 70 to 98 |
| figures | `pipelines/benchmark/RESULTS.md` |
| licence | MIT, as vidisp |

{limits}
"""


def main() -> int:
    p = argparse.ArgumentParser(description="Release a trained model.")
    p.add_argument("config", type=Path)
    p.add_argument("--run", type=Path, required=True, help="the --out of train.py")
    args = p.parse_args()
    try:
        print(release(tomllib.loads(args.config.read_text()), args.run))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def release(config: dict, run: Path) -> Path:
    """Write weights and card; returns the weights' path.

    Raises:
        UsageError: the id is taken.
    """
    path = RELEASED / f"{config['id']}.safetensors"
    if path.exists():
        raise UsageError("is released and stays as it is", path=path, hint="give the new one another id")
    trained = network(config)
    trained.load_state_dict(torch.load(run / "best.pt", weights_only=True))
    card = {"licence": "MIT", "trained": "pipelines/train_flow, see LOG.md", "data": "datasets/training_scenes.toml"}
    data = network_to_bytes(trained, model_id=config["id"], card=card)
    network_from_bytes(data)  # what cannot be read back is not released
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    facts = _facts(run / "log.csv") | {"weights": sum(p.numel() for p in trained.parameters())}
    path.with_suffix(".md").write_text(CARD.format(id=config["id"], **config["card"], **facts))
    return path


def _facts(log: Path) -> dict[str, object]:
    with log.open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "validation"]
    best = min(rows, key=lambda row: float(row["loss"]))
    hours = float(rows[-1]["seconds"]) / 3600
    return {"steps": rows[-1]["step"], "hours": hours, "loss": best["loss"], "best": best["step"]}


if __name__ == "__main__":
    sys.exit(main())

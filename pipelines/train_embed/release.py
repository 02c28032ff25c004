"""Put a trained network into the package: safetensors and a model card. A released network stays as it is.

    python pipelines/train_embed/release.py frames-png --run bench/embed/frames-png

The id is the name with the next free number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from itertools import count
from pathlib import Path

import torch
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor
from train import configuration, shape_of

import vidisp
from vidisp.atomic import atomic_output
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.errors import InputError, VidispError

RELEASED = Path(vidisp.__file__).parent / "embed" / "iicnet" / "weights"
_TRAINED = "On five photographs (Kodak), four RAW frames (GoPro) in the reference look, and two clips; see LOG.md."


def release(name: str, run: Path) -> Path:
    """Write the weights and the card of a run's best network.

    Raises:
        UsageError: there is no network of that name.
        InputError: the run has no weights.
    """
    model_id = next(f"{name}-{n}" for n in count(1) if not (RELEASED / f"{name}-{n}.safetensors").exists())
    path = RELEASED / f"{model_id}.safetensors"
    if not (run / "best.pt").is_file():
        raise InputError("holds no trained network", path=run, hint="run train.py first")
    config = configuration(name)
    shape = shape_of(config)
    network = EmbeddingNetwork(shape)
    network.load_state_dict(torch.load(run / "best.pt", weights_only=True))
    data = tensors_to_bytes({key: _small(key, tensor) for key, tensor in network.state_dict().items()})
    card = {"id": model_id, "shape": shape.to_dict(), "sha256": hashlib.sha256(data).hexdigest()}
    card |= {"about": config["about"], "limits": config["limits"], "trained": _TRAINED}
    RELEASED.mkdir(exist_ok=True)
    with atomic_output(path) as temporary:
        temporary.write_bytes(data)
    with atomic_output(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(card, indent=1) + "\n")
    return path


def _small(name: str, tensor: Tensor) -> Tensor:
    """Half precision for what is most of a file, and needs no more."""
    return (tensor.half() if name.endswith((".scale", ".foretold")) else tensor).contiguous()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the network, see networks.toml")
    parser.add_argument("--run", type=Path, required=True)
    args = parser.parse_args()
    try:
        print(release(args.name, args.run))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

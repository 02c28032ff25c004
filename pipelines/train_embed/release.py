"""Put a trained network into the package: safetensors and a model card. A released network stays as it is.

    python pipelines/train_embed/release.py frames-png --run bench/embed/frames-png

The id is the name with the next free number, or `--id`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor
from train import configuration, shape_of

import vidisp
from vidisp.atomic import atomic_output
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.errors import InputError, UsageError, VidispError

RELEASED = Path(vidisp.__file__).parent / "embed" / "iicnet" / "weights"
_TRAINED = "On five photographs (Kodak), four RAW frames (GoPro) in the reference look, and two clips; see LOG.md."


def release(name: str, run: Path, model_id: str) -> Path:
    """Write the weights and the card of a run's best network.

    Raises:
        UsageError: the id is released already.
        InputError: the run has no weights.
    """
    path = RELEASED / f"{model_id}.safetensors"
    if path.exists():
        raise UsageError(f"{model_id} is released and stays as it is", hint="choose another --id")
    if not (run / "best.pt").is_file():
        raise InputError("holds no trained network", path=run, hint="run train.py first")
    config = configuration(name)
    shape = shape_of(config)
    network = EmbeddingNetwork(shape)
    network.load_state_dict(torch.load(run / "best.pt", weights_only=True))
    data = tensors_to_bytes({key: _small(tensor) for key, tensor in network.state_dict().items()})
    card = {"id": model_id, "shape": shape.to_dict(), "sha256": hashlib.sha256(data).hexdigest()}
    card |= {"about": config["about"], "limits": config["limits"], "trained": _TRAINED}
    RELEASED.mkdir(exist_ok=True)
    with atomic_output(path) as temporary:
        temporary.write_bytes(data)
    with atomic_output(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(card, indent=1) + "\n")
    return path


def _small(tensor: Tensor) -> Tensor:
    """Half precision where it is precise enough: everything but a plan's orthonormal mix, its steps and its noise."""
    precise = tensor.dim() < 2 or tensor.shape[0] == tensor.shape[1] or not tensor.is_floating_point()
    return tensor.contiguous() if precise else tensor.half().contiguous()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the network, see networks.toml")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--id")
    args = parser.parse_args()
    try:
        print(release(args.name, args.run, args.id or f"{args.name}-1"))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

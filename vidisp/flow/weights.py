"""Weights as safetensors: a network as bytes and back, and the networks that were released, which ship with vidisp.

A released file is immutable: an improvement gets a new id, and every older id stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from vidisp.errors import InputError
from vidisp.flow.network import Network, Sizes

_FOLDER: Traversable = files("vidisp.flow") / "released"
_SUFFIX = ".safetensors"
_LARGEST = 512
"""Of any of a network's sizes: the largest network planned has widths of 48."""


def network_to_bytes(network: Network, *, model_id: str, card: Mapping[str, str]) -> bytes:
    """The network as a safetensors file.

    Args:
        model_id: such as "flow-s-1".
        card: what people should know about the weights: training data, figures, licence.
    """
    metadata = {**card, "model_id": model_id, "sizes": json.dumps(network.sizes.to_dict())}
    state = {name: tensor.detach().float().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return tensors_to_bytes(state, metadata)


def network_from_bytes(data: bytes) -> Network:
    """The network that `network_to_bytes` wrote down, to be used, not trained.

    Raises:
        InputError: damaged, or not the weights of a network.
    """
    try:
        state = tensors_from_bytes(data)
        network = Network(_sizes(json.loads(_metadata(data)["sizes"])))
        network.load_state_dict(state)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise InputError(f"the weights are damaged: {error!s:.80}", hint="install vidisp again") from error
    if not all(bool(tensor.isfinite().all()) for tensor in state.values()):
        raise InputError("the weights are damaged: they hold values that are no numbers", hint="install vidisp again")
    return network.eval().requires_grad_(False)


def released() -> tuple[str, ...]:
    """Ids of all networks that are there, sorted."""
    if not _FOLDER.is_dir():
        return ()
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


RELEASED: Mapping[str, str] = {
    name: model_id for name, model_id in {"flow-s": "flow-s-2", "flow": "flow-1"}.items() if model_id in released()
}
"""What a user calls a model -> id of its newest network."""


@lru_cache
def load(model_id: str) -> Network:
    """A released network, on the CPU. One and the same for all callers, who leave it as it is.

    Raises:
        InputError: there is none of that id, or its file is damaged.
    """
    network = network_from_bytes(_read(model_id))
    # Convolutions run on this layout without copies.
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


@lru_cache
def weights_hash(model_id: str) -> str:
    """SHA-256 of a released network's file, in hex. Raises InputError if there is none of that id."""
    return hashlib.sha256(_read(model_id)).hexdigest()


def _read(model_id: str) -> bytes:
    # Only what is there is ever opened: an id may come out of a file from anywhere.
    if model_id not in released():
        raise InputError(f"this version has no weights of the model {model_id!r:.40}", hint="update vidisp")
    return (_FOLDER / f"{model_id}{_SUFFIX}").read_bytes()


def _metadata(data: bytes) -> dict[str, Any]:
    """safetensors: eight bytes of length, then a JSON header that may hold text of one's own."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    metadata: dict[str, Any] = header["__metadata__"]
    return metadata


def _sizes(values: Mapping[str, Any]) -> Sizes:
    numbers = [n for value in values.values() for n in (value if isinstance(value, list) else [value])]
    if not all(type(n) is int and 0 <= n <= _LARGEST for n in numbers):
        raise ValueError("sizes are whole numbers within reason")
    sizes: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return Sizes(**sizes)

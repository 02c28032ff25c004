"""The networks that ship with vidisp: safetensors, each beside a model card as JSON.

A released file is immutable: an improvement gets a new id, and every older id stays. A card has `id`, `shape` (of the
network), `sha256` (of the weights' file), `about`, `limits` and `trained`, the last three for people.
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

from vidisp.embed.conversion import Task
from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape
from vidisp.embed.iicnet.squeeze import Carrier
from vidisp.errors import InputError

_FOLDER: Traversable = files("vidisp.embed.iicnet") / "weights"
_CARD, _WEIGHTS = ".json", ".safetensors"
_KINDS: Mapping[Task, str] = {
    "frames": "frames",
    "stereo": "pair",
    "dual": "pair",
    "hidden": "hide",
    "layers": "layers",
}


def newest(task: Task, carrier: Carrier) -> str:
    """The id of the network that embeds for a task in a kind of file: the one with the highest number.

    Raises:
        InputError: there is none.
    """
    name = f"{_KINDS[task]}-{carrier}"
    numbers = [int(number) for kind, _, number in (each.rpartition("-") for each in released()) if kind == name]
    if not numbers:
        raise InputError(f"the weights of the network {name} are missing", hint="install vidisp again")
    return f"{name}-{max(numbers)}"


def released() -> tuple[str, ...]:
    """Ids of all networks that are there, sorted."""
    if not _FOLDER.is_dir():
        return ()
    return tuple(sorted(e.name.removesuffix(_CARD) for e in _FOLDER.iterdir() if e.name.endswith(_CARD)))


def weights_hash(model_id: str) -> str:
    """SHA-256 of the weights' file as its card has it, in hex. Raises: InputError as `network_of`."""
    return str(_card(model_id)["sha256"])


@lru_cache
def network_of(model_id: str) -> EmbeddingNetwork:
    """A released network, on the CPU, to be used, not trained. One and the same for all callers.

    Raises:
        InputError: there is none of that id, or its files are damaged.
    """
    card = _card(model_id)
    data = _read(model_id + _WEIGHTS)
    if hashlib.sha256(data).hexdigest() != card["sha256"]:
        raise _damaged(model_id, "they are not those that were released")
    try:
        state = tensors_from_bytes(data)
        network = EmbeddingNetwork(Shape.from_dict(card["shape"]))
        network.load_state_dict(state)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _damaged(model_id, f"{error!s:.80}") from error
    if not all(bool(torch.isfinite(tensor).all()) for tensor in state.values()):
        raise _damaged(model_id, "they hold values that are no numbers")
    return network.eval().requires_grad_(False)


@lru_cache
def _card(model_id: str) -> dict[str, Any]:
    # Only what is there is ever opened: an id may come out of a file from anywhere.
    if model_id not in released():
        raise InputError(f"this version has no weights of the network {model_id!r:.40}", hint="update vidisp")
    try:
        card: dict[str, Any] = json.loads(_read(model_id + _CARD))
        if card["id"] == model_id and isinstance(card["sha256"], str) and isinstance(card["shape"], dict):
            return card
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(model_id, "their card cannot be read") from error
    raise _damaged(model_id, "their card is another one's")


def _read(name: str) -> bytes:
    try:
        return (_FOLDER / name).read_bytes()
    except OSError as error:
        raise InputError(f"the weights {name} are missing", hint="install vidisp again") from error


def _damaged(model_id: str, why: str) -> InputError:
    return InputError(f"the weights of the network {model_id} are damaged: {why}", hint="install vidisp again")

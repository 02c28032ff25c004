"""A model with weights to test the engine with: random ones, and none of them does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vidisp.flow import Network, Sizes, weights
from vidisp.stream import models

SIZES = Sizes(chroma=(4, 2), couplings=2, coupling_width=4, temporal_layers=1, temporal_width=4, restorer=(4, 2))


def random_network(seed: int = 0) -> Network:
    """A small network in which every layer does something, the last ones included."""
    network = Network(SIZES)
    generator = torch.Generator().manual_seed(seed)
    for name, weight in network.named_parameters():
        size = 0.05 if "last" in name or "lower" in name or "upper" in name else 0.2
        weight.data.copy_(torch.randn(weight.shape, generator=generator) * size)
    return network.eval().requires_grad_(False)


def release(folder: Path, model_id: str, network: Network) -> None:
    """Put weights where vidisp looks for them in a test; what was read before is forgotten."""
    folder.mkdir(exist_ok=True)
    (folder / f"{model_id}.safetensors").write_bytes(weights.network_to_bytes(network, model_id=model_id, card={}))
    weights.load.cache_clear()
    weights.weights_hash.cache_clear()


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the released weights, with a random network as the model "flow-s"."""
    folder = tmp_path / "released"
    monkeypatch.setattr(weights, "_FOLDER", folder)
    monkeypatch.setitem(models.MODELS, "flow-s", "flow-s-1")
    release(folder, "flow-s-1", random_network())
    yield folder
    weights.load.cache_clear()
    weights.weights_hash.cache_clear()

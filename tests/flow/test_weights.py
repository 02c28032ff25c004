"""Weights as bytes and back, and the folder of those that were released."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from flow_kit import SIZES, randomised
from hypothesis import given, settings
from hypothesis import strategies as st

from vidisp.errors import InputError
from vidisp.flow import Network, weights

DATA = weights.network_to_bytes(randomised(Network(SIZES)), model_id="flow-s-1", card={"licence": "MIT"})


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(weights, "_FOLDER", tmp_path)
    weights.load.cache_clear()
    weights.weights_hash.cache_clear()
    yield tmp_path
    weights.load.cache_clear()
    weights.weights_hash.cache_clear()


def with_metadata(**changes: str) -> bytes:
    size = int.from_bytes(DATA[:8], "little")
    header = json.loads(DATA[8 : 8 + size])
    header["__metadata__"] |= changes
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + DATA[8 + size :]


def test_a_network_comes_back_as_it_was() -> None:
    before, after = randomised(Network(SIZES)), weights.network_from_bytes(DATA)
    assert after.sizes == SIZES
    assert not after.training
    assert not any(p.requires_grad for p in after.parameters())
    assert before.state_dict().keys() == after.state_dict().keys()
    assert all(torch.equal(tensor, after.state_dict()[name]) for name, tensor in before.state_dict().items())


def test_the_card_and_the_id_travel_with_the_weights() -> None:
    header = json.loads(DATA[8 : 8 + int.from_bytes(DATA[:8], "little")])["__metadata__"]
    assert (header["licence"], header["model_id"]) == ("MIT", "flow-s-1")


@given(st.integers(0, len(DATA) - 1))
@settings(deadline=None, max_examples=20)
def test_a_cut_off_file_is_one_clear_line(at: int) -> None:
    with pytest.raises(InputError, match="weights are damaged"):
        weights.network_from_bytes(DATA[:at])


@pytest.mark.parametrize(
    "sizes",
    ["{}", "[]", "nonsense", json.dumps(SIZES.to_dict() | {"couplings": 1}), json.dumps(SIZES.to_dict() | {"x": 1}),
     json.dumps(SIZES.to_dict() | {"coupling_width": 10**9}), json.dumps(SIZES.to_dict() | {"restorer": "24"})],
)  # fmt: skip
def test_sizes_that_do_not_fit_are_one_clear_line(sizes: str) -> None:
    with pytest.raises(InputError, match="weights are damaged"):
        weights.network_from_bytes(with_metadata(sizes=sizes))


def test_weights_that_are_no_numbers_are_refused() -> None:
    network = randomised(Network(SIZES))
    network.restorer.net.last.bias.data[0] = torch.nan
    data = weights.network_to_bytes(network, model_id="x", card={})
    with pytest.raises(InputError, match="no numbers"):
        weights.network_from_bytes(data)


def test_a_released_file_is_loaded_once_and_hashed(folder: Path) -> None:
    (folder / "flow-s-1.safetensors").write_bytes(DATA)
    (folder / "README.md").write_text("cards")
    assert weights.released() == ("flow-s-1",)
    assert weights.load("flow-s-1") is weights.load("flow-s-1")
    assert weights.weights_hash("flow-s-1") == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("name", ["flow-1", "", "../flow-s-1", "/etc/passwd", "README", "flow-s-1.safetensors"])
def test_only_what_is_released_is_ever_opened(folder: Path, name: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (folder / "flow-s-1.safetensors").write_bytes(DATA)
    (folder / "README.md").write_text("cards")
    for read in (weights.load, weights.weights_hash):
        with pytest.raises(InputError, match="no weights of the model"):
            read(name)


def test_without_a_folder_nothing_is_released(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_FOLDER", folder / "none")
    assert weights.released() == ()
    with pytest.raises(InputError, match="no weights of the model 'flow-1'"):
        weights.load("flow-1")


def test_every_name_has_its_file() -> None:
    assert set(weights.RELEASED.values()) <= set(weights.released())
    for model_id in weights.released():
        assert weights.load(model_id).sizes

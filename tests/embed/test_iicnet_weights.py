"""The folder of released networks: only whole ones, only by name."""

from __future__ import annotations

import json

import iicnet_kit
import pytest
import torch

from vidisp.embed.conversion import TASKS
from vidisp.embed.iicnet import weights
from vidisp.errors import InputError

NAME = "pair-jpeg-1"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    iicnet_kit.release(tmp_path / "released")
    monkeypatch.setattr(weights, "_FOLDER", tmp_path / "released")
    iicnet_kit.forget()
    yield tmp_path / "released"
    iicnet_kit.forget()


def test_a_network_is_there_for_every_task_and_carrier(folder):
    assert weights.released() == tuple(sorted(iicnet_kit.NAMES))
    for task in TASKS:
        for carrier in ("png", "jpeg"):
            network = weights.network_of(weights.newest(task, carrier))
            assert network is weights.network_of(weights.newest(task, carrier))
            assert network.shape.carrier == carrier
            assert not network.training
    assert weights.newest("stereo", "png") == weights.newest("dual", "png")


def test_the_highest_number_is_the_newest(folder):
    for number in (2, 10):
        rewritten = json.loads((folder / f"{NAME}.json").read_text()) | {"id": f"pair-jpeg-{number}"}
        (folder / f"pair-jpeg-{number}.json").write_text(json.dumps(rewritten))
    assert weights.newest("stereo", "jpeg") == "pair-jpeg-10"
    for path in folder.glob("hide-png-*"):
        path.unlink()
    with pytest.raises(InputError, match="hide-png are missing"):
        weights.newest("hidden", "png")


def test_it_is_the_network_that_was_written_down(folder):
    before, after = iicnet_kit.network(NAME).state_dict(), weights.network_of(NAME).state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


@pytest.mark.parametrize("name", ["pair-jpeg-2", "", "../released/pair-jpeg-1", "/etc/passwd", f"{NAME}.json"])
def test_only_what_is_released_is_ever_opened(folder, name):
    for read in (weights.network_of, weights.weights_hash):
        with pytest.raises(InputError, match="no weights of the network"):
            read(name)


def rewritten(folder, **changes):
    card = json.loads((folder / f"{NAME}.json").read_text())
    (folder / f"{NAME}.json").write_text(json.dumps(card | changes))


@pytest.mark.parametrize("shape", [{}, {"others": 1}, {"others": 10**9, "carrier": "jpeg", "window": [0, 0, 0, 0]}, []])
def test_a_card_that_does_not_fit(folder, shape):
    rewritten(folder, shape=shape)
    with pytest.raises(InputError, match="are damaged"):
        weights.network_of(NAME)


def test_files_that_do_not_belong_together(folder):
    (folder / f"{NAME}.safetensors").write_bytes((folder / "pair-png-1.safetensors").read_bytes())
    with pytest.raises(InputError, match="not those that were released"):
        weights.network_of(NAME)
    (folder / f"{NAME}.safetensors").unlink()
    with pytest.raises(InputError, match=r"are missing \(install vidisp again\)"):
        weights.network_of(NAME)
    for text in ("{", "[]", json.dumps({"id": "other", "sha256": "", "shape": {}})):
        (folder / f"{NAME}.json").write_text(text)
        iicnet_kit.forget()
        with pytest.raises(InputError, match="are damaged"):
            weights.network_of(NAME)


def test_without_a_folder_nothing_is_released(folder, monkeypatch):
    monkeypatch.setattr(weights, "_FOLDER", folder / "none")
    assert weights.released() == ()

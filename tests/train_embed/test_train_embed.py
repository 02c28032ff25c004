"""Fitting plans, training the relation module and releasing a network, at the smallest size."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape
from vidisp.embed.iicnet.plan import NOWHERE
from vidisp.embed.iicnet.squeeze import place
from vidisp.errors import InputError, UsageError

Scripts = dict[str, ModuleType]
CONFIG: dict[str, Any] = {
    "family": "hide",
    "steps": [10.0, 12.0],
    "side": [32, 32],
    "updates": 4,
    "validate_every": 2,
    "pool": 4,
    "judged": 4,
    "draws": 3,
    "shape": {"others": 2, "carrier": "png", "window": [-1, 1, -1, 1], "moving": 1, "classes": 2, "width": 4},
    "about": "A test.",
    "limits": "None.",
}


@pytest.mark.parametrize(("family", "count"), [("frames", 4), ("pair", 1), ("hide", 2), ("layers", 3)])
def test_samples_are_of_one_size_and_follow_the_seed(scripts: Scripts, data: Path, family: str, count: int) -> None:
    draws = [scripts["samples"].Sampler(data, "train", (48, 64), seed) for seed in (1, 1, 2)]
    same = []
    for _ in range(4):
        a, b, c = (sampler.draw(family, count) for sampler in draws)
        assert a.reference.shape == (48, 64, 3)
        assert a.others.shape == (count, 48, 64, 3)
        assert a.reference.dtype == a.others.dtype == np.uint8
        assert np.array_equal(a.others, b.others)
        same.append(np.array_equal(a.others, c.others))
    assert not all(same)


def test_validation_shows_nothing_of_the_training_parts(scripts: Scripts, data: Path) -> None:
    train, validation = (scripts["samples"].Sampler(data, split, (48, 64), 1) for split in ("train", "validation"))
    for a, b in zip(train._pictures, validation._pictures, strict=True):
        assert a.shape[1] + b.shape[1] == 256


def test_missing_data_is_one_clear_line(scripts: Scripts, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        scripts["samples"].Sampler(tmp_path, "train", (48, 64), 1)


@pytest.mark.parametrize("quality", [None, 90, 75])
def test_slots_are_within_what_a_file_tells_apart(scripts: Scripts, quality: int | None) -> None:
    shape = Shape(2, "png" if quality is None else "jpeg", () if quality is None else (quality,), classes=3)
    plan = EmbeddingNetwork(shape).plan(2)
    scripts["fit"].set_slots(plan, 24.0, quality)
    used = plan.step > 0
    assert int(used.sum()) > 10
    assert plan.step[place(0, 0, 0)] == 0
    assert bool((plan.levels[used] % 2 == 1).all())
    assert bool((plan.reach[used] < plan.step[used] / 2).all())
    assert bool((plan.step[used] / plan.levels[used] >= 2 * plan.noise[used].sqrt()).all())
    assert bool((plan.numbers >= 0).any())


def test_what_is_worth_most_travels_and_in_the_most_slots(scripts: Scripts) -> None:
    plan = EmbeddingNetwork(Shape(1, "png", classes=1)).plan(1)
    scripts["fit"].set_slots(plan, 11.0, None)
    power = torch.linspace(3, -2, 192).exp() ** 2
    scripts["fit"].allocate(plan, 0, power, torch.ones(192))
    carried = plan.source[0][plan.source[0] != NOWHERE].long() % 192
    slots = carried.bincount(minlength=192)
    assert slots[0] >= 2
    assert slots[-1] == 0
    assert bool((slots[:-1] >= slots[1:]).all())


def test_a_run_goes_on_where_it_stopped_and_is_released_once(
    scripts: Scripts, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, release = scripts["train"].Training, scripts["release"]
    first = training(CONFIG | {"updates": 2}, data, tmp_path)
    first.run(math.inf)
    second = training(CONFIG, data, tmp_path)
    assert second.step == 2
    assert torch.equal(first.average.last.weight, second.average.last.weight)
    second.run(math.inf)
    with (tmp_path / "log.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "validation"]
    assert rows[-1]["step"] == "4"
    assert float(rows[0]["before"]) == pytest.approx(float(rows[0]["after"]), abs=1e-3)
    assert (tmp_path / "log.png").exists()
    monkeypatch.setattr(release, "RELEASED", tmp_path / "weights")
    monkeypatch.setattr(release, "configuration", lambda name: CONFIG)
    path = release.release("test", tmp_path)
    assert path.stem == "test-1"
    card = json.loads(path.with_suffix(".json").read_text())
    assert card["about"] == "A test."
    assert Shape.from_dict(card["shape"]) == scripts["train"].shape_of(CONFIG)
    released = path.read_bytes()
    assert release.release("test", tmp_path).stem == "test-2"
    assert path.read_bytes() == released


def test_every_configured_network_can_be_made(scripts: Scripts) -> None:
    import tomllib

    for name in tomllib.loads(scripts["train"].NETWORKS.read_text()):
        config = scripts["train"].configuration(name)
        network = EmbeddingNetwork(scripts["train"].shape_of(config))
        counts = scripts["samples"].COUNTS[config["family"]]
        assert len(config["steps"]) == len(counts) * len(network.shape.qualities or (None,))
        assert max(counts) == network.shape.others
        assert name == f"{config['family']}-{network.shape.carrier}"
    with pytest.raises(UsageError, match="no network 'other'"):
        scripts["train"].configuration("other")

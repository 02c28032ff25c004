from __future__ import annotations

import csv
import math
from dataclasses import replace
from typing import Any

import pytest
import release as release_script
import torch
from objective import decibels_per_doubling, judge
from samples import Sampler, load_bank
from train import Training, network
from widen import widened

from vidisp.codec.simulate.h26x import moved
from vidisp.errors import InputError, UsageError
from vidisp.flow import Network, Passage, Sizes
from vidisp.flow.conditions import FACTS
from vidisp.flow.weights import network_from_bytes

CONFIG: dict[str, Any] = {
    "id": "test-1",
    "steps": 4,
    "rate": 1e-3,
    "seed": 1,
    "clips": 2,
    "frames": 3,
    "size": 16,
    "validate_every": 2,
    "network": {
        "chroma": [4, 2],
        "couplings": 2,
        "coupling_width": 4,
        "temporal_layers": 1,
        "temporal_width": 4,
        "restorer": [4, 2],
    },
    "shares": {"still": 0.5, "video": 0.5},
    "card": {"about": "A test.", "limits": "None."},
}


def sampler(bank, shares, seed=0):
    return Sampler(load_bank(bank, "train"), 2, 3, 16, seed, shares)


def test_a_still_scene_moves_as_the_batch_says(bank):
    """Without fresh noise each frame is the one before it, moved."""
    draws = sampler(bank, {"still": 1.0})
    checked = 0
    for _ in range(40):
        batch = draws.draw("h264", 10.0)
        clips = batch.quads.unflatten(0, (2, 3))
        if batch.look.foot == 0.01 and batch.speed != (0, 0):
            inner = (slice(3, -3), slice(3, -3))
            difference = (moved(clips[:, :-1], *batch.speed) - clips[:, 1:])[..., *inner].abs().max()
            checked += float(difference) < 1e-6
    assert checked > 2


def test_batches_are_of_one_size_and_range_and_follow_the_seed(bank):
    shares = {"still": 0.5, "video": 0.5}
    one, two, other = (sampler(bank, shares, seed) for seed in (5, 5, 6))
    for _ in range(12):
        a, b, c = one.draw("h264"), two.draw("h264"), other.draw("h264")
        assert a.quads.shape == (6, 4, 16, 16)
        assert float(a.quads.max()) <= 1
        assert torch.equal(a.quads, b.quads)
        assert not torch.equal(a.quads, c.quads)
        assert a.look == b.look
        assert a.passage.joined == (False, True, True, False, True, True)


def test_an_empty_bank_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="holds no train scenes"):
        load_bank(tmp_path, "train")


def test_a_doubling_is_worth_more_at_higher_rates():
    assert decibels_per_doubling(0.1) == pytest.approx(1.45, abs=0.01)
    assert 6 < decibels_per_doubling(3.7) < decibels_per_doubling(100) == 7


@pytest.mark.parametrize("loop", ["real", "simulated"])
def test_every_weight_gets_a_gradient(bank, loop):
    model = network(CONFIG)
    for parameter in model.parameters():
        parameter.data.add_(0.01 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)))
    score = judge(model, sampler(bank, {"still": 1.0}).draw("h264", 8.0), loop)
    score.loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert sum(bool(p.grad.any()) for p in model.parameters()) > 0.9 * len(list(model.parameters()))
    assert 20 < score.linear < 70
    assert (score.bits > 0) == (loop == "real")


def test_a_run_goes_on_where_it_stopped(bank, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    first = Training(CONFIG, bank, out, "cpu", "real")
    first.config = CONFIG | {"steps": 2}
    first.run(math.inf)
    second = Training(CONFIG, bank, out, "cpu", "real")
    assert second.step == 2
    for a, b in zip(first.average.parameters(), second.average.parameters(), strict=True):
        assert torch.equal(a, b)
    second.run(math.inf)
    with (out / "log.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "validation"]
    assert rows[-1]["step"] == "4"
    assert (out / "log.png").exists()


def test_a_release_is_written_once(bank, tmp_path, monkeypatch):
    monkeypatch.setattr(release_script, "RELEASED", tmp_path / "released")
    out = tmp_path / "run"
    out.mkdir()
    training = Training(CONFIG, bank, out, "cpu", "real")
    training.run(math.inf)
    path = release_script.release(CONFIG, out)
    released = network_from_bytes(path.read_bytes()).state_dict()
    best = torch.load(out / "best.pt", weights_only=True)
    assert all(torch.equal(released[name], tensor) for name, tensor in best.items())
    assert "A test." in path.with_suffix(".md").read_text()
    with pytest.raises(UsageError, match="stays as it is"):
        release_script.release(CONFIG, out)


def test_a_wider_network_begins_as_the_smaller_one():
    torch.manual_seed(2)
    sizes = Sizes((8, 4), 1, 6, 1, 4, (6, 3))
    small = Network(sizes)
    for parameter in small.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    large = Network(replace(sizes, chroma=(12, 4), couplings=3, coupling_width=9, restorer=(8, 3)))
    large.load_state_dict(widened(small.state_dict(), large.state_dict()))
    luma, chroma, facts = torch.rand(3, 4, 12, 12), torch.rand(3, 2, 12, 12) - 0.5, torch.rand(3, FACTS)
    passage = Passage.whole(3)
    assert torch.allclose(small(luma, chroma, facts[0], passage), large(luma, chroma, facts[0], passage), atol=1e-5)
    planes = torch.cat([luma, chroma], 1)
    seen = planes, chroma / 9, torch.full((3,), 0.02), facts
    assert torch.allclose(small.restorer(*seen), large.restorer(*seen), atol=1e-5)
    with pytest.raises(ValueError, match="does not fit"):
        widened(large.state_dict(), small.state_dict())

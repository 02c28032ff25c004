from __future__ import annotations

import itertools

import flow_speed
import pytest
import torch
from flow_speed import Case, Scene, cases, measure, network_of, peak_memory, run, text

from vidisp.errors import UsageError
from vidisp.flow import Network
from vidisp.flow.weights import RELEASED

SMALL, TINY = Scene(4, 32, 24), Scene(1, 16, 16)


def test_the_models_keep_within_the_sizes_that_were_promised() -> None:
    most = {"flow-s": 30_500, "flow": 200_000}
    for name in RELEASED:
        assert sum(p.numel() for p in network_of(name).parameters()) <= most[name]


def test_every_way_through_every_model_is_measured() -> None:
    found = cases(["flow-s"], SMALL, TINY)
    rows = measure(found, threads=1, rounds=1)
    assert [(row["model"], row["way"]) for row in rows] == [
        ("invisp", "forward"),
        ("invisp", "inverse"),
        *itertools.product(("lift", "flow-s"), ("forward", "inverse", "recover")),
    ]
    assert all(row["s_per_mp"] > 0 for row in rows)


def test_figures_are_per_megapixel_and_ratios_those_of_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cases(["flow-s"], SMALL, TINY)
    cost = {"forward": 2.0, "inverse": 6.0, "recover": 3.0}
    factor = {"invisp": 10.0, "lift": 1.0, "flow-s": 4.0}
    threads = torch.get_num_threads()
    monkeypatch.setattr(Case, "prepare", lambda case: cost[case.way] * factor[case.model] * case.scene.megapixels)
    monkeypatch.setattr(flow_speed, "_seconds", lambda prepared: prepared)
    rows = {(row["model"], row["way"]): row for row in measure(found, threads=1, rounds=3)}
    assert rows["lift", "forward"]["s_per_mp"] == pytest.approx(2)
    assert rows["lift", "forward"]["times_faster"] == pytest.approx(10)
    assert rows["flow-s", "recover"]["times_faster"] == pytest.approx(60 / 12)
    assert rows["invisp", "inverse"]["times_faster"] == 1
    assert torch.get_num_threads() == threads


def test_recovery_counts_both_inverses(monkeypatch: pytest.MonkeyPatch) -> None:
    inverses = []
    original = Network.back_through_space
    monkeypatch.setattr(Network, "back_through_space", lambda *args: inverses.append(1) or original(*args))
    with torch.inference_mode():
        Case("flow-s", "recover", SMALL).prepare()()
    assert len(inverses) == 2


def test_peak_memory_grows_with_the_picture() -> None:
    small, large = peak_memory([Case("lift", "forward", Scene(1, side, side)) for side in (512, 2048)])
    assert large > max(2 * small, 4 * 4 * 1024**2 / 1e6)  # at least one set of quads in float32


def test_unknown_names_are_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match="no released model 'flow-x'"):
        network_of("flow-x")


def test_all_figures_come_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_speed, "peak_memory", lambda found: [1.0 for _ in found])  # has a test of its own
    figures = run([Case("invisp", way, TINY) for way in ("forward", "inverse")], rounds=1)
    assert set(figures["peak_mb"]) == {"invisp forward", "invisp inverse"}
    assert {row["threads"] for row in figures["rows"]} >= {1}
    assert len(text(figures).splitlines()) == 3 + len(figures["rows"])

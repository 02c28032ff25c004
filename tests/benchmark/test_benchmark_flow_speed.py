from __future__ import annotations

import itertools

import flow_speed
import pytest
import torch
from flow_speed import PRESETS, Case, Scene, cases, measure, network_of, peak_memory, run, text

from vidisp.errors import UsageError

SMALL, TINY = Scene(4, 32, 24), Scene(1, 16, 16)


def test_the_presets_keep_within_the_sizes_that_were_promised() -> None:
    weights = {name: sum(p.numel() for p in network_of(name, True).parameters()) for name in PRESETS}
    assert weights["flow-s"] < 31_000
    assert weights["flow"] < 205_000


def test_every_way_through_every_model_is_measured() -> None:
    found = cases(["flow-s"], SMALL, TINY, random=True)
    rows = measure(found, threads=1, rounds=1)
    assert [(row["model"], row["way"]) for row in rows] == [
        ("invisp", "forward"),
        ("invisp", "inverse"),
        *itertools.product(("lift", "flow-s"), ("forward", "inverse", "recover")),
    ]
    assert all(row["s_per_mp"] > 0 for row in rows)


def test_figures_are_per_megapixel_and_ratios_those_of_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cases(["flow-s"], SMALL, TINY, random=True)
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
    original = flow_speed.Network.inverse
    monkeypatch.setattr(flow_speed.Network, "inverse", lambda self, *args: inverses.append(1) or original(self, *args))
    with torch.inference_mode():
        Case("flow-s", "recover", SMALL, True).prepare()()
    assert len(inverses) == 2


def test_peak_memory_grows_with_the_picture() -> None:
    small, large = peak_memory([Case("lift", "forward", Scene(1, side, side), True) for side in (512, 2048)])
    assert large > max(2 * small, 4 * 4 * 1024**2 / 1e6)  # at least one set of quads in float32


def test_unknown_names_are_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match="no size preset 'flow-x'"):
        network_of("flow-x", random=True)


def test_all_figures_come_together() -> None:
    figures = run([Case("invisp", way, TINY, True) for way in ("forward", "inverse")], rounds=1)
    assert set(figures["peak_mb"]) == {"invisp forward", "invisp inverse"}
    assert {row["threads"] for row in figures["rows"]} >= {1}
    assert len(text(figures).splitlines()) == 3 + len(figures["rows"])

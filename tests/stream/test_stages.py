"""The engine's building blocks: ordered, bounded, and gone when they are closed."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from vidisp.stream.stages import background, batched, parallel_map


def test_parallel_map_keeps_the_order():
    def slow_if_even(n: int) -> int:
        time.sleep(0.01 * (n % 2 == 0))
        return n * n

    assert list(parallel_map(slow_if_even, range(20), workers=4, depth=6)) == [n * n for n in range(20)]


def test_parallel_map_reads_no_further_ahead_than_its_depth():
    taken = []
    items = (taken.append(n) or n for n in range(100))
    with closing(parallel_map(lambda n: n, items, workers=2, depth=5)) as results:
        next(results)
        assert len(taken) <= 5


def test_background_runs_no_further_ahead_than_its_depth():
    taken = []
    items = (taken.append(n) or n for n in range(100))
    with closing(background(items, depth=3)) as results:
        next(results)
        time.sleep(0.3)
        assert len(taken) <= 6


@pytest.mark.parametrize("stage", [lambda i: background(i, depth=2), lambda i: batched(i, 2)])
def test_stages_pass_items_and_errors_on(stage):
    def items():
        yield 1
        yield 2
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        list(stage(items()))


def test_parallel_map_passes_errors_on():
    with pytest.raises(ZeroDivisionError):
        list(parallel_map(lambda n: 1 // n, [1, 0, 1], workers=2, depth=2))


def test_closing_the_last_stage_closes_the_source_and_its_threads():
    closed = threading.Event()
    before = threading.active_count()

    def source():
        try:
            yield from range(1000)
        finally:
            closed.set()

    stages = background(batched(parallel_map(lambda n: n, source(), workers=2, depth=4), 3), depth=2)
    assert next(stages) == [0, 1, 2]
    stages.close()
    assert closed.wait(1)
    assert threading.active_count() == before


def test_batched_ends_with_a_shorter_list():
    assert list(batched(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]

"""Lanes share their work, and an error or an interrupt in one of them ends all."""

from __future__ import annotations

import threading

import pytest

from vidisp.errors import InputError, InterruptedRun
from vidisp.stream.lanes import Supply, run_lanes


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_item_is_taken_once(jobs):
    taken, lock = [], threading.Lock()

    def lane(supply: Supply[int]) -> None:
        for item in supply:
            with lock:
                taken.append(item)

    run_lanes(lane, range(50), jobs=jobs)
    assert sorted(taken) == list(range(50))


def test_the_first_error_stops_the_other_lanes_and_is_the_one_that_is_raised():
    waiting = threading.Event()

    def lane(supply: Supply[int]) -> None:
        for item in supply:
            if item == 0:
                assert waiting.wait(5)
                raise InputError("broken")
            waiting.set()
            while True:
                supply.check()

    with pytest.raises(InputError, match="broken"):
        run_lanes(lane, range(2), jobs=2)


def test_a_stopped_supply_gives_nothing():
    supply = Supply([1, 2])
    supply.stop()
    with pytest.raises(InterruptedRun):
        next(supply)

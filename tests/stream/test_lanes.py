"""Lanes share their work, and an error or an interrupt in one of them ends all."""

from __future__ import annotations

import signal
import threading
import time

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


@pytest.fixture
def heard_interrupts():
    """A shell's background jobs start deaf to them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_interrupts")
def test_an_interrupt_does_not_wait_for_what_cannot_be_broken_off():
    busy, over, heard = threading.Event(), threading.Event(), threading.Event()

    def lane(supply: Supply[int]) -> None:
        next(supply)
        busy.set()
        over.wait(30)
        try:
            supply.check()
        except InterruptedRun:
            heard.set()

    def press() -> None:
        assert busy.wait(5)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=press).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_lanes(lane, [1], jobs=1)
    assert time.monotonic() - start < 10
    over.set()
    assert heard.wait(5)

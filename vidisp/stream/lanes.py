"""Segments are independent, so several lanes can work on them side by side, each taking the next one that is left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from vidisp.errors import InterruptedRun

T = TypeVar("T")

# The main thread looks up this often, so that an error in one lane is noticed at once.
_POLL_SECONDS = 0.2
# After an interrupt, lanes have this long to tidy up. A lane inside the encoder or a network hears of it when that has
# finished a picture or a chunk, which may take many seconds, and neither has a way to break off.
_GRACE_SECONDS = 1.0


class Supply(Iterator[T]):
    """Hands out items to any number of threads. After `stop`, iteration and `check` raise InterruptedRun."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def __next__(self) -> T:
        self.check()
        with self._lock:
            return next(self._items)

    def stop(self) -> None:
        """No more work: every lane ends at its next frame."""
        self._stopped.set()

    def check(self) -> None:
        """Raise InterruptedRun if the work was stopped."""
        if self._stopped.is_set():
            raise InterruptedRun("stopped")


def run_lanes(lane: Callable[[Supply[T]], None], items: Iterable[T], *, jobs: int) -> None:
    """Run `jobs` threads of `lane(supply)`. The first error, or an interrupt, stops all of them and is raised.

    After an interrupt, a lane that is amid something long is not waited for: it ends by itself.
    """
    supply = Supply(items)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="vidisp-lane")
    lanes = [pool.submit(lane, supply) for _ in range(jobs)]
    try:
        while wait(lanes, _POLL_SECONDS).not_done:
            if any(each.done() and each.exception() for each in lanes):
                supply.stop()
    except KeyboardInterrupt:
        supply.stop()
        wait(lanes, _GRACE_SECONDS)
        raise
    finally:
        pool.shutdown(wait=False)
    for error in sorted((e for e in (each.exception() for each in lanes) if e), key=_is_consequence):
        raise error


def _is_consequence(error: BaseException) -> bool:
    return isinstance(error, InterruptedRun)

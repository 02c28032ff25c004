"""The two building blocks of the engine: `source -> parallel_map -> background -> sink`.

Both are ordered, bounded generators: a slow sink holds the source back, so memory does not grow with clip length.
Closing the last generator (or an error anywhere) stops every stage and joins its threads.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def parallel_map(function: Callable[[T], U], items: Iterable[T], *, workers: int, depth: int) -> Generator[U]:
    """Yield `function(item)` in order, computed by `workers` threads, at most `depth` items ahead."""
    pending: deque[Future[U]] = deque()
    with closing(iterate(items)) as source, ThreadPoolExecutor(workers) as pool:
        try:
            for item in source:
                pending.append(pool.submit(function, item))
                if len(pending) >= depth:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def background(items: Iterable[T], *, depth: int) -> Generator[T]:
    """Yield the items, produced by a thread of its own that runs at most `depth` items ahead."""
    ready: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(entry: tuple[bool, T | BaseException | None]) -> None:
        while not stopped.is_set():
            try:
                return ready.put(entry, timeout=0.1)
            except queue.Full:
                continue

    def produce() -> None:
        try:
            with closing(iterate(items)) as source:
                for item in source:
                    put((True, item))
                    if stopped.is_set():
                        return
            put((False, None))
        except BaseException as error:  # handed to the consumer, who raises it
            put((False, error))

    thread = threading.Thread(target=produce, name="vidisp-stage", daemon=True)
    thread.start()
    try:
        yield from _consume(ready)
    finally:
        stopped.set()
        thread.join()


def _consume(ready: queue.Queue) -> Generator:
    while True:
        more, item = ready.get()
        if more:
            yield item
        elif item is None:
            return
        else:
            raise item


def batched(items: Iterable[T], size: int) -> Generator[list[T]]:
    """Yield lists of `size` items, the last one shorter."""
    batch: list[T] = []
    with closing(iterate(items)) as source:
        for item in source:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


def iterate(items: Iterable[T]) -> Generator[T]:
    """A generator over any iterable, so that closing it closes what stands before it."""
    yield from items

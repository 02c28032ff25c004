"""What a long run tells while it works: frames done, frames a second, time left, bytes so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A moment of a run. `done` and `total` count frames (or what `unit` says), `bytes` what is written so far,
    `seconds` since the start.

    `resumed` of the `done` frames were there before this run began and say nothing about its speed.
    """

    stage: str
    done: int
    total: int
    bytes: int
    seconds: float
    resumed: int = 0
    unit: str = "frames"

    @property
    def fps(self) -> float:
        """Frames a second of this run, 0 before the first frame."""
        return (self.done - self.resumed) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Time left at this speed, None while nothing is known."""
        return (self.total - self.done) / self.fps if self.fps > 0 else None


Reporter = Callable[[Progress], None]


class Meter:
    """Counts frames and bytes from any thread and calls the reporter on each change."""

    def __init__(self, stage: str, total: int, reporter: Reporter | None, unit: str = "frames") -> None:
        self._stage, self._total, self._reporter, self._unit = stage, total, reporter, unit
        self._lock = threading.Lock()
        self._start = time.perf_counter()
        self._done = self._bytes = self._resumed = 0

    def resume(self, frames: int, size: int) -> None:
        """Count what an earlier run left whole."""
        with self._lock:
            self._resumed += frames
        self.add(frames, size)

    def add(self, frames: int = 0, size: int = 0) -> None:
        """Count more frames done and more bytes written."""
        with self._lock:
            self._done += frames
            self._bytes += size
            if self._reporter is not None:
                self._reporter(self.now())

    def now(self) -> Progress:
        """The present moment."""
        seconds = time.perf_counter() - self._start
        return Progress(self._stage, self._done, self._total, self._bytes, seconds, self._resumed, self._unit)

"""How a run's progress is shown: a bar on a terminal, a line now and then elsewhere, or JSON lines. All on stderr."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tqdm import tqdm

from vidisp.stream.progress import Progress, Reporter

Style = Literal["auto", "bar", "lines", "json", "none"]

_SECONDS_BETWEEN_LINES = {"lines": 5.0, "json": 0.5}


@contextmanager
def reporter(style: Style, *, quiet: bool) -> Iterator[Reporter | None]:
    """A reporter of that style; "auto" is a bar on a terminal and a line every few seconds elsewhere."""
    if style == "auto":
        style = "none" if quiet else "bar" if sys.stderr.isatty() else "lines"
    if style == "none":
        yield None
    elif style == "bar":
        with _Bar() as bar:
            yield bar
    else:
        yield _Lines(style)


class _Bar:
    """A tqdm bar that is made with the first report, when the number of frames is known."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, now: Progress) -> None:
        with self._lock:
            if self._bar is None:
                self._bar = tqdm(total=now.total, initial=now.resumed, desc=now.stage, unit=f" {now.unit}")
            self._bar.set_postfix_str(_size(now.bytes), refresh=False)
            self._bar.update(now.done - self._bar.n)


class _Lines:
    """One line now and then, and one at the end: for people reading a log ("lines") or for programs ("json")."""

    def __init__(self, style: Style) -> None:
        self._json = style == "json"
        self._pause = _SECONDS_BETWEEN_LINES[style]
        self._last = time.monotonic()
        self._finished = False
        self._lock = threading.Lock()

    def __call__(self, now: Progress) -> None:
        with self._lock:
            due = time.monotonic() - self._last >= self._pause
            finished, self._finished = now.done == now.total and not self._finished, now.done == now.total
            if due or finished:
                self._last = time.monotonic()
                print(_as_json(now) if self._json else _as_line(now), file=sys.stderr, flush=True)


def _as_json(now: Progress) -> str:
    fields = {"stage": now.stage, "frames": now.done, "total": now.total, "fps": round(now.fps, 3)}
    return json.dumps(fields | {"seconds_left": _rounded(now.seconds_left), "bytes": now.bytes})


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _as_line(now: Progress) -> str:
    left = "" if now.seconds_left is None else f", {now.seconds_left:.0f} s left"
    return f"{now.stage}: {now.done}/{now.total} {now.unit}, {now.fps:.1f} a second{left}, {_size(now.bytes)}"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"

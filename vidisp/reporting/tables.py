"""The figures as a table: rows for the page, and the same as CSV and JSON."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

from vidisp.metrics.catalogue import Metric, metrics_of
from vidisp.metrics.measures import Measures, rounded

LARGEST = 700_000
"""Bytes of a file that the page carries; beyond that the values of single frames are left out."""


@dataclass(frozen=True)
class Row:
    """One metric: its value, and what it is for the reference itself and for two noisy shots; None where undefined."""

    metric: Metric
    value: float
    reference: float | None
    noise: float | None


@dataclass(frozen=True)
class Download:
    """A file inside the page."""

    name: str
    title: str
    href: str


def rows(measures: Measures) -> list[Row]:
    """A row for each metric of the kind that has a value, in the order of `METRICS`."""
    found = []
    for metric in metrics_of(measures.kind):
        value = rounded(measures.summary.get(metric.key))
        others = (rounded(values.get(metric.key)) for values in (measures.reference_summary, measures.noise_summary))
        found += [Row(metric, value, *others)] if value is not None else []
    return found


def downloads(measures: Measures) -> list[Download]:
    """The table as CSV, the frames as CSV, everything as JSON; for a long clip without the frames."""
    files = [("metrics.csv", "Table, CSV", table_csv(measures), "text/csv")]
    if len(frames := frames_csv(measures)) <= LARGEST:
        files.append(("frames.csv", "Every frame, CSV", frames, "text/csv"))
    files.append(("metrics.json", "Everything, JSON", _json(measures), "application/json"))
    return [Download(name, title, _href(text, kind)) for name, title, text, kind in files]


def table_csv(measures: Measures) -> str:
    """A line for each row of the table."""
    head = ("metric", "label", "value", "original", "two_noisy_shots", "unit", "better", "about")
    lines = ((r.metric, r.value, r.reference, r.noise) for r in rows(measures))
    return _csv(head, ((m.key, m.label, a, b, c, m.unit, m.better, m.about) for m, a, b, c in lines))


def frames_csv(measures: Measures) -> str:
    """A line for each frame: its number, then one column for each metric."""
    values = zip(measures.numbers, *measures.curves.values(), strict=True)
    return _csv(("frame", *measures.curves), ((number, *map(rounded, rest)) for number, *rest in values))


def _json(measures: Measures) -> str:
    values = measures.to_dict()
    text = json.dumps(values, allow_nan=False)
    return text if len(text) <= LARGEST else json.dumps({k: v for k, v in values.items() if k != "per_frame"})


def _csv(head: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    """RFC 4180; an undefined value is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue()


def _href(text: str, kind: str) -> str:
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"

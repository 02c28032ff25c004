"""The page: what stands where, made from the measures, the shots and the histograms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from vidisp import __version__
from vidisp.metrics.catalogue import METRICS
from vidisp.metrics.measures import Measures
from vidisp.metrics.verdict import judge
from vidisp.reporting.charts import charts, figure
from vidisp.reporting.encoded import EncodedShot
from vidisp.reporting.histogram import Histogram
from vidisp.reporting.tables import downloads, rows
from vidisp.reporting.worst import Chosen

TILES = {"raw": ("raw_psnr", "raw_tpsnr", "raw_flicker"), "video": ("vmaf", "psnr", "ssim", "flicker")}
MOST_TILES = 4


@dataclass(frozen=True)
class Words:
    """What the two sides are called, and how their pictures came about."""

    original: str
    recovered: str
    shown: str


WORDS = {
    "raw": Words("Original", "Recovered", "Both are developed alike, with the exposure chosen for the original."),
    "video": Words("Original", "Video", "The pictures are scaled to the page and stored as JPEG."),
}


@dataclass(frozen=True)
class Tile:
    """One figure to see at a glance."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True)
class Column:
    """Of the table: its heading, and the field of a row that it shows."""

    title: str
    field: str


@dataclass(frozen=True)
class Frame:
    """A shot with its place on the page: `index` among all, what it is there for, and what ranked it."""

    index: int
    role: str
    value: float | None
    shot: EncodedShot


def page(
    measures: Measures,
    chosen: Chosen,
    shots: Sequence[EncodedShot],
    factor: int,
    histograms: Sequence[Histogram] = (),
) -> str:
    """The whole report as one HTML document that needs nothing from outside.

    Args:
        measures: of a video or RAW clip against a reference.
        chosen: the frames that are shown.
        shots: their pictures, in the order of the clip.
        factor: by which their error maps are amplified.
        histograms: of RAW clips.
    """
    curves = charts(measures, chosen.worst)
    frames = [
        Frame(index, _role(shot.number, chosen), chosen.values[shot.number], shot) for index, shot in enumerate(shots)
    ]
    by_number = {frame.shot.number: frame for frame in frames}
    return (
        _environment()
        .get_template("report.html")
        .render(
            verdict=judge(measures),
            words=WORDS[measures.kind],
            measures=measures,
            extent=_extent(measures),
            tiles=_tiles(measures, chosen),
            frames=frames,
            first=by_number[chosen.typical],
            worst=[by_number[number] for number in chosen.worst],
            ranked=chosen.metric,
            factor=factor,
            charts=curves,
            points=[chart.points for chart in curves],
            histograms=histograms,
            columns=_columns(measures),
            rows=rows(measures),
            downloads=downloads(measures),
            version=__version__,
        )
    )


def _environment() -> Environment:
    """Everything is escaped: names of files are not to be trusted."""
    environment = Environment(
        loader=PackageLoader("vidisp.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "sentence": sentence}
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment


def sentence(label: str) -> str:
    """With a capital, unless the first word has capitals of its own, as tOF has."""
    return label[:1].upper() + label[1:] if label[:2].islower() else label


def _role(number: int, chosen: Chosen) -> str:
    if number == chosen.typical:
        return "typical"
    return "the worst" if number == chosen.worst[0] else "among the worst"


def _extent(measures: Measures) -> str:
    first, last = measures.numbers[0], measures.numbers[-1]
    kind = {"raw": "RAW frames", "video": "pictures"}[measures.kind]
    return f"frame {first}" if first == last else f"{measures.frames} {kind}, {first} to {last}"


def _columns(measures: Measures) -> list[Column]:
    columns = [Column(WORDS[measures.kind].recovered, "value")]
    columns += [Column("Original", "reference")] if measures.reference_summary else []
    return columns + ([Column("Two shots", "noise")] if measures.noise_summary else [])


def _tiles(measures: Measures, chosen: Chosen) -> list[Tile]:
    keys = [key for key in TILES[measures.kind] if measures.summary.get(key) is not None]
    tiles = [_tile(measures, key) for key in keys]
    if chosen.worst:
        worst, metric = chosen.worst[0], chosen.metric
        tiles.insert(
            1, Tile("Worst frame", figure(chosen.values[worst]), metric.unit, f"frame {worst}, {metric.label}")
        )
    return tiles[:MOST_TILES]


def _tile(measures: Measures, key: str) -> Tile:
    metric = METRICS[key]
    before, shots = measures.reference_summary.get(key), measures.noise_summary.get(key)
    if before is not None:
        note = f"original: {figure(before)}"
    elif shots is not None:
        note = f"two shots of the scene: {figure(shots)}"
    else:
        note = metric.about
    return Tile(sentence(metric.label), figure(measures.summary[key]), metric.unit, note)

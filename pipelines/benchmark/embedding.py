"""How good stills are and what comes back out of them: every task and method, in PNG and JPEG, and trivial rivals.

    python pipelines/benchmark/embedding.py --data DIR --out FOLDER [--only WORD]

`DIR` has video/, stereo/ and images/. Writes FOLDER/embedding.json and FOLDER/table.md, and goes on from the rows that
are there. dB and SSIM are of 8-bit R'G'B', SSIM the mean over its three colours; of what comes back, the mean over
pictures. Seconds are of CPU, by megapixel of the still, to embed and to extract. The method that `--method auto` takes
bears its name.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from bench import environment
from embedding_contents import Content, contents
from embedding_rivals import appended, tiled
from PIL import Image

import vidisp
from vidisp.embed.fidelity import decibels, mean_squared_error
from vidisp.embed.methods import METHODS, choose_method
from vidisp.embed.results import EmbedResult
from vidisp.errors import InputError, VidispError
from vidisp.metrics.structure import similarity, ssim

log = logging.getLogger("embedding")
CARRIERS: dict[str, int | None] = {"PNG": None, "JPEG 90": 90, "JPEG 75": 75}


@dataclass(frozen=True)
class Row:
    """One still. None where there is no such figure."""

    task: str
    content: str
    carrier: str
    method: str
    still_db: float | None
    still_ssim: float | None
    restored_db: float
    restored_ssim: float
    bytes: int
    seconds_embed: float | None
    seconds_extract: float | None


def rows(content: Content, known: Sequence[Row]) -> Iterator[Row]:
    """Of every carrier and method, those that are known as they are."""
    for carrier, quality in CARRIERS.items():
        for method in METHODS:
            yield from _same(known, content, carrier, method) or _embedded(content, carrier, quality, method)
        if content.task == "frames":
            yield from _same(known, content, carrier, "MP4 in a chunk") or _appended(content, carrier, quality)
        if content.task == "frames" and quality is not None:
            yield from _same(known, content, carrier, "tiled") or _tiled(content, carrier, quality)


def _same(known: Sequence[Row], content: Content, carrier: str, method: str) -> list[Row]:
    return [row for row in known if _place(row) == (content.name, carrier, method)]


def _place(row: Row) -> tuple[str, str, str]:
    """In the table."""
    return row.content, row.carrier, row.method


def _appended(content: Content, carrier: str, quality: int | None) -> Iterator[Row]:
    size, still, back = appended(content.pictures, content.conversion.reference, quality)
    yield _row(content, carrier, "MP4 in a chunk", still, back, size)


def _tiled(content: Content, carrier: str, quality: int) -> Iterator[Row]:
    size, back = tiled(content.pictures, quality)
    yield _row(content, carrier, "tiled", None, back, size)


def _embedded(content: Content, carrier: str, quality: int | None, method: str) -> Iterator[Row]:
    """Nothing if the method does not take the content."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        still = folder / ("still.png" if quality is None else "still.jpg")
        start = time.process_time()
        try:
            result = embed(content, folder, still, quality, method)
        except InputError as error:
            return log.warning("%s, %s: %s", content.name, carrier, error)
        middle = time.process_time()
        outputs = vidisp.extract(still, folder / "out").outputs
        end = time.process_time()
        seen, back = load(still), [load(path) for path in outputs]
        megapixels = seen.shape[0] * seen.shape[1] / 1e6
        seconds = ((middle - start) / megapixels, (end - middle) / megapixels)
        yield _row(content, carrier, method, seen, back, result.bytes, *seconds)


def embed(content: Content, folder: Path, still: Path, quality: int | None, method: str) -> EmbedResult:
    """Write a still by way of files in a folder."""
    source = folder / "source"
    source.mkdir()
    paths = [source / f"{number:02d}.png" for number in range(len(content.pictures))]
    for path, picture in zip(paths, content.pictures, strict=True):
        Image.fromarray(picture).save(path)
    if content.task == "frames":
        return vidisp.embed_gif(source, still, quality=quality, method=method)
    if content.cover is not None:
        Image.fromarray(content.cover).save(folder / "cover.png")
        return vidisp.hide(folder / "cover.png", paths, still, quality=quality, method=method)
    views = {"stereo": vidisp.embed_stereo, "dual": vidisp.embed_dual, "layers": vidisp.embed_layers}[content.task]
    return views(*paths, still, quality=quality, method=method)


def _row(
    content: Content,
    carrier: str,
    method: str,
    still: np.ndarray | None,
    back: Sequence[np.ndarray],
    size: int,
    embed: float | None = None,
    extract: float | None = None,
) -> Row:
    pairs = [_visible(before, after) for before, after in zip(content.pictures, back, strict=True)]
    db, structure = restored_db(content, back), float(np.mean([_ssim(*pair) for pair in pairs]))
    reference = content.conversion.reference
    still = None if still is None else still[: reference.shape[0], : reference.shape[1]]
    shown = (None, None) if still is None else (_psnr(reference, still), _ssim(reference, still))
    return Row(content.task, content.name, carrier, method, *shown, db, structure, size, embed, extract)


def restored_db(content: Content, back: Sequence[np.ndarray]) -> float:
    """PSNR of what came back, the mean over pictures."""
    return float(np.mean([_psnr(*_visible(a, b)) for a, b in zip(content.pictures, back, strict=True)]))


def _visible(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both without what a foreground's transparency hides."""
    if before.shape[2] == 3:
        return before, after
    seen = before[..., 3:] > 0
    return before[..., :3] * seen, after[..., :3] * seen


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    return decibels(mean_squared_error(a, b))


def _ssim(a: np.ndarray, b: np.ndarray) -> float:
    planes = zip(*(torch.from_numpy(np.moveaxis(each, -1, 0) / np.float32(255)) for each in (a, b)), strict=True)
    return float(np.mean([ssim(similarity(*pair)) for pair in planes]))


def load(path: Path) -> np.ndarray:
    """As it is in the file."""
    with Image.open(path) as image:
        return np.asarray(image)


def table(found: Sequence[Row]) -> str:
    """Markdown."""
    head = "| task | content | carrier | method | still dB | SSIM | restored dB | SSIM | kB | CPU s/MP embed, extract |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|---|"]
    auto = choose_method("auto").name
    for row in found:
        still = f"{row.still_db:.2f} | {row.still_ssim:.4f}" if row.still_db is not None else "- | -"
        seconds = "-" if row.seconds_embed is None else f"{row.seconds_embed:.1f}, {row.seconds_extract:.1f}"
        names = f"{row.task} | {row.content} | {row.carrier} | {row.method}{' (auto)' * (row.method == auto)}"
        restored = f"{row.restored_db:.2f} | {row.restored_ssim:.4f}"
        lines.append(f"| {names} | {still} | {restored} | {row.bytes / 1000:.0f} | {seconds} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="contents whose task or name has this word")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    saved = args.out / "embedding.json"
    known = [Row(**values) for values in json.loads(saved.read_text())["rows"]] if saved.exists() else []
    try:
        for content in contents(args.data):
            if args.only in f"{content.task} {content.name}":
                log.warning("%s", content.name)
                for row in rows(content, known):
                    known = [each for each in known if _place(each) != _place(row)] + [row]
                    values = {"environment": environment(), "rows": [asdict(row) for row in known]}
                    saved.write_text(json.dumps(values, indent=1))
                    (args.out / "table.md").write_text(table(known))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    sys.exit(main())

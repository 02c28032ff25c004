"""How good stills are and what comes back out of them: every task, in PNG and JPEG, beside the trivial rivals.

    python pipelines/benchmark/embedding.py --data DIR --out FOLDER [--only WORD]

`DIR` has video/, stereo/ and images/. Writes FOLDER/embedding.json and FOLDER/embedding.md. dB and SSIM are of 8-bit
R'G'B', SSIM the mean over its three colours; of what comes back, the mean over pictures. Seconds are of CPU, by
megapixel of the still, to embed and to extract.
"""

from __future__ import annotations

import argparse
import json
import logging
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
from vidisp.embed.conversion import compose
from vidisp.embed.fidelity import decibels, mean_squared_error
from vidisp.embed.results import EmbedResult
from vidisp.errors import InputError
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


def rows(content: Content, still_psnr: float | None) -> Iterator[Row]:
    """Of every carrier and method."""
    for carrier, quality in CARRIERS.items():
        try:
            yield _embedded(content, carrier, quality, still_psnr)
        except InputError as error:
            log.warning("%s, %s: %s", content.name, carrier, error)
        if content.task == "frames":
            size, still, back = appended(content.pictures, _reference(content), quality)
            yield _row(content, carrier, "MP4 in a chunk", still, back, size)
        if content.task == "frames" and quality is not None:
            size, back = tiled(content.pictures, quality)
            yield _row(content, carrier, "tiled", None, back, size)


def _embedded(content: Content, carrier: str, quality: int | None, still_psnr: float | None) -> Row:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        still = folder / ("still.png" if quality is None else "still.jpg")
        start = time.process_time()
        result = _embed(content, folder, still, quality, still_psnr)
        middle = time.process_time()
        outputs = vidisp.extract(still, folder / "out").outputs
        end = time.process_time()
        seen, back = _load(still), [_load(path) for path in outputs]
        megapixels = seen.shape[0] * seen.shape[1] / 1e6
        seconds = ((middle - start) / megapixels, (end - middle) / megapixels)
        return _row(content, carrier, result.method, seen, back, result.bytes, *seconds)


def _embed(content: Content, folder: Path, still: Path, quality: int | None, still_psnr: float | None) -> EmbedResult:
    source = folder / "source"
    source.mkdir()
    paths = [source / f"{number:02d}.png" for number in range(len(content.pictures))]
    for path, picture in zip(paths, content.pictures, strict=True):
        Image.fromarray(picture).save(path)
    if content.task == "frames":
        return vidisp.embed_gif(source, still, quality=quality, still_psnr=still_psnr)
    if content.cover is not None:
        Image.fromarray(content.cover).save(folder / "cover.png")
        return vidisp.hide(folder / "cover.png", paths, still, quality=quality, still_psnr=still_psnr)
    embed = {"stereo": vidisp.embed_stereo, "dual": vidisp.embed_dual, "layers": vidisp.embed_layers}[content.task]
    return embed(*paths, still, quality=quality, still_psnr=still_psnr)


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
    db, structure = (float(np.mean([measure(*pair) for pair in pairs])) for measure in (_psnr, _ssim))
    reference = _reference(content)
    shown = (None, None) if still is None else (_psnr(reference, still), _ssim(reference, still))
    return Row(content.task, content.name, carrier, method, *shown, db, structure, size, embed, extract)


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


def _reference(content: Content) -> np.ndarray:
    """What the still shall look like."""
    first, *others = content.pictures
    if content.task == "layers":
        return compose(first[..., :3], first[..., 3], others[0])
    if content.cover is not None:
        return content.cover
    return content.pictures[(len(content.pictures) - 1) // 2] if content.task == "frames" else first


def _load(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def table(found: Sequence[Row]) -> str:
    """Markdown."""
    head = "| task | content | carrier | method | still dB | SSIM | restored dB | SSIM | kB | CPU s/MP embed, extract |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|---|"]
    for row in found:
        still = f"{row.still_db:.2f} | {row.still_ssim:.4f}" if row.still_db is not None else "- | -"
        seconds = "-" if row.seconds_embed is None else f"{row.seconds_embed:.1f}, {row.seconds_extract:.1f}"
        names = f"{row.task} | {row.content} | {row.carrier} | {row.method}"
        restored = f"{row.restored_db:.2f} | {row.restored_ssim:.4f}"
        lines.append(f"| {names} | {still} | {restored} | {row.bytes / 1000:.0f} | {seconds} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="contents whose task or name has this word")
    parser.add_argument("--still-psnr", type=float, help="as in vidisp embed; default: balanced")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    found: list[Row] = []
    for content in contents(args.data):
        if args.only in f"{content.task} {content.name}":
            found += rows(content, args.still_psnr)
            log.warning("%s", table(found[-1:]).splitlines()[-1])
            values = {"environment": environment(), "rows": [asdict(row) for row in found]}
            (args.out / "embedding.json").write_text(json.dumps(values, indent=1))
            (args.out / "embedding.md").write_text(table(found))


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    main()

"""What the stills of the method iicnet outlive, and whether vidisp tells it: saved again, edited, painted over.

    python pipelines/benchmark/embedding_damage.py --data DIR --out FOLDER [--only WORD]

Writes FOLDER/damage.md. For each change: how much of the mark is seen in the worst part of the still, mean PSNR of what
the network makes of it, asked or not, and whether `vidisp extract` gives it out. Its threshold (`_LEGIBLE` of
`vidisp/embed/iicnet/method.py`) is to lie where what comes back is still like the pictures.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from embedding import embed, restored_db
from embedding_contents import Content, contents
from PIL import Image, ImageDraw, ImageFilter

from vidisp.embed.canvas import Pixels
from vidisp.embed.files.still import open_still
from vidisp.embed.iicnet import method
from vidisp.errors import VidispError

log = logging.getLogger("damage")
_CONTENTS = ("car-detection, 5 frames", "motorcycle, left and right", "23 in 21")
Change = Callable[[Image.Image], Image.Image]


def _saved(quality: int, subsampling: int = 0) -> Change:
    def change(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, subsampling=subsampling)
        return Image.open(file).convert("RGB")

    return change


def _scaled(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        small = image.resize([round(share * side) for side in image.size], Image.Resampling.LANCZOS)
        return small.resize(image.size, Image.Resampling.BICUBIC)

    return change


def _painted(image: Image.Image) -> Image.Image:
    painted = image.copy()
    ImageDraw.Draw(painted).rectangle((40, 40, 200, 160), fill=(200, 60, 40))
    return painted


CHANGES: Mapping[str, Change] = {
    "none": lambda image: image,
    **{f"JPEG {quality}": _saved(quality) for quality in (98, 95, 90, 85, 80, 75, 70, 60, 50)},
    **{f"JPEG {quality}, 4:2:0": _saved(quality, 2) for quality in (95, 90, 75)},
    "brighter by 4": lambda image: image.point(lambda code: min(255, code + 4)),
    "contrast times 1.05": lambda image: image.point(lambda code: int(1.05 * code)),
    "contrast times 1.2": lambda image: image.point(lambda code: int(1.2 * code)),
    "blurred by 0.5": lambda image: image.filter(ImageFilter.GaussianBlur(0.5)),
    "blurred by 1": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "sharpened": lambda image: image.filter(ImageFilter.SHARPEN),
    "scaled to 3/4 and back": _scaled(0.75),
    "painted over": _painted,
    "moved by a pixel": lambda image: Image.fromarray(np.roll(np.asarray(image), 1, 1)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "upside down": lambda image: Image.fromarray(np.asarray(image)[::-1]),
}


@dataclass(frozen=True)
class Row:
    """One change of one still: what comes back, how legible the mark is, and whether that is enough for vidisp."""

    content: str
    carrier: str
    change: str
    db: float
    legible: float
    given: bool


def rows(content: Content, quality: int | None) -> Iterator[Row]:
    """Of every change."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "still.png" if quality is None else "still.jpg")
        embed(content, path.parent, path, quality, "iicnet")
        still = open_still(path)
        coder = next(each for each in method.coders() if each.own.items() <= still.header.own.items())
        for name, change in CHANGES.items():
            changed = Pixels(np.asarray(change(Image.fromarray(still.canvas.picture()))))
            facts = still.header.facts
            db = restored_db(content, coder.restored(changed, facts).pictures)
            legible = (coder.legibility(changed, facts), coder.legible(changed, facts))
            yield Row(content.name, _carrier(quality), name, db, *legible)


def _carrier(quality: int | None) -> str:
    return "PNG" if quality is None else f"JPEG {quality}"


def table(found: list[Row]) -> str:
    """Markdown: a line for each change, a column for each still."""
    stills = list(dict.fromkeys((row.content, row.carrier) for row in found))
    cells = {(row.content, row.carrier, row.change): row for row in found}
    lines = ["| change | " + " | ".join(f"{name}, {carrier}" for name, carrier in stills) + " |"]
    lines.append("|---" * (1 + len(stills)) + "|")
    for change in CHANGES:
        these = [cells[(*still, change)] for still in stills if (*still, change) in cells]
        texts = [f"{row.db:.1f} dB, mark {row.legible:.2f}{'' if row.given else ': refused'}" for row in these]
        lines.append(f"| {change} | " + " | ".join(texts) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="contents whose name has this word")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    found: list[Row] = []
    try:
        for content in contents(args.data):
            if content.name in _CONTENTS and args.only in content.name:
                for quality in (None, 90, 75):
                    found += rows(content, quality)
                    log.warning("%s, %s", content.name, _carrier(quality))
                    (args.out / "damage.md").write_text(table(found))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    sys.exit(main())

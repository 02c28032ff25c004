"""What the benchmark of embedding embeds: frames of clips, a stereo pair, photographs, all from a folder of data.

None of it has been seen in training (`pipelines/train_embed/`). The clip does not move much, and was compressed before;
`pan` stands in for one that is neither: a photograph, panned and zoomed by fractions of a pixel, with fresh noise in
every frame (*simulated motion*).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vidisp.embed.conversion import Conversion, Task, hiding, layers, sequence, views
from vidisp.errors import InputError


@dataclass(frozen=True)
class Content:
    """Pictures for one still.

    Args:
        name: for the table, such as "car-detection, 5 frames".
        task: as in `vidisp.embed.conversion`.
        pictures: (H, W, 3) uint8, what shall come back; of layers the foreground is (H, W, 4).
        cover: of hidden pictures, what the still shall look like.
    """

    name: str
    task: Task
    pictures: tuple[np.ndarray, ...]
    cover: np.ndarray | None = None

    @property
    def conversion(self) -> Conversion:
        """The same for vidisp; frames last 40 ms."""
        first, *others = self.pictures
        if self.task == "frames":
            return sequence(self.pictures, [40] * len(self.pictures))
        if self.task == "layers":
            return layers(first[..., :3], first[..., 3], others[0])
        return views(self.task, *self.pictures) if self.cover is None else hiding(self.cover, self.pictures)


def contents(data: Path) -> Iterator[Content]:
    """All of them, one at a time."""
    yield from _clips(data / "video" / "car-detection.mp4")
    left, right = (_rgb(data / "stereo" / f"motorcycle_{side}.png") for side in ("left", "right"))
    yield Content("motorcycle, left and right", "stereo", (left, right))
    yield from _duals(data)
    yield from _hidings(data)
    yield _layers(_photo(data, "23"), _photo(data, "21"))
    yield from _pans(_photo(data, "21"), 2.0)


def _clips(path: Path) -> Iterator[Content]:
    for count in (2, 5, 9, 16):
        yield Content(f"{path.stem}, {count} frames", "frames", _frames(path, 100, count))


def _frames(path: Path, start: int, count: int) -> tuple[np.ndarray, ...]:
    with av.open(str(path)) as source:
        wanted = islice(source.decode(video=0), start, start + count)
        frames = tuple(frame.to_ndarray(format="rgb24") for frame in wanted)
    if len(frames) != count:
        raise InputError(f"has no frames {start} to {start + count - 1}", path=path)
    return frames


def _pans(photo: np.ndarray, noise: float) -> Iterator[Content]:
    """Moving windows of 640x400 with noise of that many codes."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(photo)
    for count in (2, 5, 9):
        frames = []
        for number in range(count):
            zoom = 1 - 0.004 * number
            corners = (zoom, 0, 20 + 2.7 * number, 0, zoom, 30 + 1.3 * number)
            moved = np.asarray(image.transform((640, 400), Image.Transform.AFFINE, corners, Image.Resampling.BICUBIC))
            frames.append(np.clip(np.rint(moved + rng.normal(0, noise, moved.shape)), 0, 255).astype(np.uint8))
        yield Content(f"pan (simulated), {count} frames", "frames", tuple(frames))


def _duals(data: Path) -> Iterator[Content]:
    """A wide view and the middle of the same photograph, enlarged twice: what a phone's two cameras see."""
    wide = _photo(data, "21")
    height, width = wide.shape[:2]
    box = (width / 4, height / 4, 3 * width / 4, 3 * height / 4)
    tele = np.asarray(Image.fromarray(wide).resize((width, height), Image.Resampling.LANCZOS, box))
    yield Content("wide and tele (simulated)", "dual", (wide, tele))


def _hidings(data: Path) -> Iterator[Content]:
    for names, cover in ((["23"], "21"), (["19"], "23"), (["23", "19"], "21")):
        secrets = tuple(_photo(data, name) for name in names)
        yield Content(f"{'+'.join(names)} in {cover}", "hidden", secrets, _photo(data, cover))


def _layers(front: np.ndarray, back: np.ndarray) -> Content:
    """An ellipse with soft borders in front of a landscape."""
    height, width = front.shape[:2]
    alpha = Image.new("L", (width, height))
    ImageDraw.Draw(alpha).ellipse((width // 5, height // 8, 4 * width // 5, 15 * height // 16), fill=255)
    soft = np.asarray(alpha.filter(ImageFilter.GaussianBlur(3)))
    return Content("23 over 21", "layers", (np.dstack([front, soft]), back))


def _photo(data: Path, name: str) -> np.ndarray:
    """Lying, if need be on its side."""
    photo = _rgb(data / "images" / f"{name}.png")
    return photo if photo.shape[0] < photo.shape[1] else np.ascontiguousarray(np.rot90(photo))


def _rgb(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))

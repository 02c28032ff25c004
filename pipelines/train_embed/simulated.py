"""Simulated relations between pictures, made of single photographs: motion, a second view, a transparent layer."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from torch.nn import functional as F

from vidisp.embed.conversion import compose

NEAREST = 100
"""Pixels of the largest disparity."""


def panned(photo: np.ndarray, frames: int, side: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Frames of a slow pan with zoom over a photograph that is larger than they by 24 pixels on every side, each with
    fresh noise of at most two codes."""
    middle = (frames - 1) / 2
    speed = rng.normal(0, 1.5, 2).clip(-20 / middle if middle else -20, 20 / middle if middle else 20)
    zoom, noise = rng.normal(0, 0.003), rng.uniform(0, 2)
    rows, columns = side
    found = []
    for number in range(frames):
        away = number - middle
        y = torch.arange(rows) * (1 + zoom * away) + 24 + float(speed[0]) * away
        x = torch.arange(columns) * (1 + zoom * away) + 24 + float(speed[1]) * away
        found.append(_sampled(photo, *torch.meshgrid(y, x, indexing="ij")))
    moving = np.stack(found)
    return _codes(moving + rng.normal(0, noise, moving.shape))


def displaced(photo: np.ndarray, side: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Two views, the left first, of a photograph that is larger by 8 rows and 112 columns on every side: what is nearer
    lies further left in the second, whose exposure differs a little."""
    rows, columns = side
    y, x = torch.meshgrid(torch.arange(rows) + 8.0, torch.arange(columns) + 112.0, indexing="ij")
    disparity = torch.from_numpy(_disparity(side, rng)).float()
    rise = float(rng.choice([0.0, 0.0, 1.0, -1.0]))
    second = _sampled(photo, y + rise, (x + disparity).clamp(max=photo.shape[1] - 2)) * rng.normal(1, 0.015)
    views = np.stack([_sampled(photo, y, x), second])
    return _codes(views + rng.normal(0, rng.uniform(0, 1.5), views.shape))


def alpha_mask(side: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W) uint8: ellipses and polygons with borders that are sharp to soft."""
    mask = _shapes(side, rng, int(rng.integers(1, 4)), 255)
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 5)))))


def composed(front: np.ndarray, alpha: np.ndarray, back: np.ndarray) -> np.ndarray:
    """The composition, then foreground, background and alpha as the network is given them: the foreground without
    holes, for what is in those is never seen."""
    whole = compose(front, alpha, back)
    share = alpha[..., None]
    return np.stack([whole, np.where(share > 0, front, whole), back, share.repeat(3, 2)])


def _disparity(side: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(H, W) pixels: a slanted ground and some nearer things on it."""
    rows, columns = side
    far, near = np.sort(rng.uniform(0, NEAREST - 20, 2))
    ground = far + (near - far) * np.linspace(0, 1, rows)[:, None] ** rng.uniform(0.7, 2)
    field = np.broadcast_to(ground, side).copy()
    for _ in range(int(rng.integers(0, 5))):
        things = np.asarray(_shapes(side, rng, 1, 255)) > 0
        slant = rng.normal(0, 4) * np.linspace(-1, 1, columns)
        field = np.where(things, np.maximum(field, rng.uniform(far, NEAREST - 10) + slant), field)
    return field.clip(0, NEAREST)


def _shapes(side: tuple[int, int], rng: np.random.Generator, count: int, value: int) -> Image.Image:
    rows, columns = side
    image = Image.new("L", (columns, rows))
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        y, x = rng.uniform(0, rows), rng.uniform(0, columns)
        height, width = rng.uniform(0.15, 0.6, 2) * (rows, columns)
        if rng.random() < 0.5:
            draw.ellipse((x - width, y - height, x + width, y + height), fill=value)
        else:
            corners = rng.uniform(-1, 1, (5, 2)) * (width, height) + (x, y)
            draw.polygon([tuple(corner) for corner in corners], fill=value)
    return image


def _sampled(photo: np.ndarray, y: torch.Tensor, x: torch.Tensor) -> np.ndarray:
    """Bicubic, at pixel positions."""
    source = torch.from_numpy(photo.astype(np.float32)).permute(2, 0, 1)[None]
    rows, columns = photo.shape[:2]
    grid = torch.stack([(2 * x + 1) / columns - 1, (2 * y + 1) / rows - 1], -1)[None]
    found = F.grid_sample(source, grid.float(), mode="bicubic", padding_mode="border", align_corners=False)
    return found[0].permute(1, 2, 0).numpy()


def _codes(pictures: np.ndarray) -> np.ndarray:
    return np.rint(pictures).clip(0, 255).astype(np.uint8)

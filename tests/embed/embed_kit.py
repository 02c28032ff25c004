"""Small pictures and clips to embed, and the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vidisp.cli.main import main

SIZE = (112, 96)


def picture(seed: int = 0, size: tuple[int, int] = SIZE, shift: float = 0.0) -> np.ndarray:
    """(H, W, 3) uint8: waves, edges, a saturated patch, a little noise; `shift` moves it sideways."""
    width, height = size
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x = x + shift
    waves = [np.sin(x / rng.uniform(3, 20) + rng.uniform(0, 6)) * np.cos(y / rng.uniform(3, 20)) for _ in range(3)]
    codes = 120 + 70 * np.stack(waves, -1) + 40 * ((x + y) % 31 > 15)[..., None]
    codes[5:15, 5:25], codes[-15:-5, 5:25] = 300, -40
    return np.clip(np.rint(codes + rng.normal(size=codes.shape)), 0, 255).astype(np.uint8)


def clip(count: int, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """Frames of a moving picture."""
    return [picture(3, size, shift=1.5 * number) for number in range(count)]


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    """As Pillow writes it."""
    Image.fromarray(pixels).save(path, **options)
    return path


def load(path: Path) -> np.ndarray:
    """As it is in the file."""
    with Image.open(path) as image:
        return np.asarray(image)


def folder_of(path: Path, frames: list[np.ndarray]) -> Path:
    """A folder of PNG files."""
    path.mkdir()
    for number, frame in enumerate(frames):
        save(path / f"{number:03d}.png", frame)
    return path


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB of 8-bit codes."""
    return float(10 * np.log10(65025 / max(np.square(a.astype(float) - b).mean(), 1e-9)))


def run(capsys, *args: object) -> tuple[int, str, str]:
    """One command line: exit code, stdout, stderr."""
    code = main([str(arg) for arg in args])
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys, code: int, words: str, *args: object) -> None:
    """It ends with that code, and one line that holds the words."""
    found, out, err = run(capsys, *args)
    assert (found, out) == (code, ""), err
    assert words in err, err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err

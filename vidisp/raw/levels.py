"""From stored samples to linear DN of the active area: linearisation, area, colour filter, black and white level.

DNG specification 1.7.1, chapter "Mapping Raw Values to Linear Reference Values". Patterns of CFA and black level
start at the top left of the *active area*, wherever that lies on the sensor.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vidisp.errors import InputError
from vidisp.raw.frame import CFA, CFA_PATTERNS
from vidisp.raw.notice import warn_once
from vidisp.raw.tiff import Ifd

_COLORS = "RGBCMYW"
CFA_PHOTOMETRIC, LINEAR_PHOTOMETRIC = 32803, 34892

Black = tuple[float, float, float, float]
Area = tuple[int, int, int, int]


def cfa_of(ifd: Ifd) -> CFA:
    """The 2x2 colour filter pattern.

    Raises: InputError for every other kind of sensor, with its name.
    """
    rows, columns = (*ifd.ints(33421), 0, 0)[:2] if 33421 in ifd else (2, 2)
    planes = ifd.data(50710) or bytes((0, 1, 2))
    cells = ifd.data(33422)
    if not cells or len(cells) != rows * columns or ifd.first(50711, 1) != 1:
        raise InputError("has no rectangular colour filter pattern", hint=_ONLY_BAYER)
    if max(cells) >= len(_COLORS) or not set(cells) <= set(planes):
        raise InputError("has a colour filter pattern of unknown colours", hint=_ONLY_BAYER)
    return bayer_pattern(np.array([_COLORS[cell] for cell in cells]).reshape(rows, columns))


_ONLY_BAYER = "vidisp takes Bayer sensors: RGGB, GRBG, GBRG, BGGR"


def bayer_pattern(cells: np.ndarray) -> CFA:
    """A pattern of colour letters as one of the four Bayer patterns.

    Raises: InputError when it is something else.
    """
    rows, columns = cells.shape
    top = cells[:2, :2]
    if top.shape == (2, 2) and rows % 2 == 0 and columns % 2 == 0:
        pattern = "".join(top.ravel())
        repeats = bool((np.tile(top, (rows // 2, columns // 2)) == cells).all())
        if pattern in CFA_PATTERNS and repeats:
            return pattern
    raise InputError(f"comes from {_sensor_name(cells)}", hint=_ONLY_BAYER)


def _sensor_name(cells: np.ndarray) -> str:
    letters = set(cells.ravel().tolist())
    if letters & set("CMY"):
        return "a CMY sensor"
    if len(letters) == 1:
        return "a monochrome sensor"
    if cells.shape == (4, 4) and all((cells[r::2, c::2] == cells[::2, ::2]).all() for r in (0, 1) for c in (0, 1)):
        return "a Quad-Bayer sensor"
    if cells.shape == (6, 6):
        return "an X-Trans sensor"
    return f"a sensor with the filter pattern {'/'.join(''.join(row) for row in cells.tolist())}"


def active_area(ifd: Ifd, width: int, height: int, path: Path) -> Area:
    """Top, left, bottom, right of the active area; one that does not fit is taken as far as it does."""
    area = ifd.ints(50829)
    if len(area) != 4:
        return 0, 0, height, width
    top, left, bottom, right = (min(max(a, 0), limit) for a, limit in zip(area, (height, width) * 2, strict=True))
    if bottom - top < 2 or right - left < 2:
        warn_once(path, f"the active area {area} lies outside the picture of {width}x{height}, ignored")
        return 0, 0, height, width
    return top, left, bottom, right


def linearise(image: np.ndarray, ifd: Ifd) -> np.ndarray:
    """Stored values through LinearizationTable; values beyond its end take its last entry."""
    table = np.array(ifd.ints(50712), np.int64)
    if table.size == 0:
        return image
    table = np.clip(table, 0, 65535).astype(np.uint16)
    whole = np.full(65536, table[-1], np.uint16)
    whole[: min(table.size, 65536)] = table[:65536]
    linear: np.ndarray = whole[image]
    return linear


def white_level(ifd: Ifd, bits: int) -> int:
    """DN of saturation: WhiteLevel, or the largest value that the samples can take."""
    levels = ifd.reals(50717)
    if levels and np.isfinite(levels[0]) and levels[0] > 0:
        return min(round(levels[0]), 65535)
    table = ifd.ints(50712)
    return max(table) if table else (1 << bits) - 1


def black_level(ifd: Ifd) -> Black:
    """Black of the four sites; a pattern larger than 2x2 is averaged onto them."""
    levels = ifd.reals(50714) or (0.0,)
    rows, columns = (*ifd.ints(50713), 1, 1)[:2]
    if rows < 1 or columns < 1 or len(levels) < rows * columns:
        rows = columns = 1
    pattern = np.array(levels[: rows * columns]).reshape(rows, columns)
    if not np.isfinite(pattern).all():
        raise InputError("has a black level that is no number")
    whole = np.tile(pattern, (1 + rows % 2, 1 + columns % 2))
    return _sites(np.array([[whole[r::2, c::2].mean() for c in (0, 1)] for r in (0, 1)]))


def _sites(levels: np.ndarray) -> Black:
    # In steps of 1/4096 DN, which a rational holds exactly.
    a, b, c, d = (round(float(v) * 4096) / 4096 for v in levels.ravel())
    return a, b, c, d


def fold_black_deltas(mosaic: np.ndarray, black: Black, ifd: Ifd) -> tuple[np.ndarray, Black]:
    """Take BlackLevelDeltaH (a value a column) and BlackLevelDeltaV (a value a row) into account.

    Their mean over each of the four sites joins the black level; what is left over is subtracted from the samples,
    rounded to whole DN, so that rows and columns share one black afterwards.
    """
    height, width = mosaic.shape
    across, down = _delta(ifd, 50715, width), _delta(ifd, 50716, height)
    if not across.any() and not down.any():
        return mosaic, black
    mean_h, mean_v = (np.array([d[0::2].mean(), d[1::2].mean()]) for d in (across, down))
    levels = np.array(black).reshape(2, 2) + mean_v[:, None] + mean_h[None, :]
    rest_h, rest_v = across - np.resize(mean_h, width), down - np.resize(mean_v, height)
    rest = np.rint(rest_v[:, None] + rest_h[None, :]).astype(np.int32)
    if rest.any():
        mosaic = np.clip(mosaic - rest, 0, 65535).astype(np.uint16)
    return mosaic, _sites(levels)


def _delta(ifd: Ifd, code: int, size: int) -> np.ndarray:
    values = np.array(ifd.reals(code))
    return values if values.size == size and np.isfinite(values).all() else np.zeros(size)

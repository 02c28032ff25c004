"""Colour of a DNG: which matrix, which white.

DNG specification 1.7.1, chapter 6 "Mapping Camera Color Space to CIE XYZ Space".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vidisp.raw.notice import warn_once
from vidisp.raw.tiff import Ifd

D65 = 21
_STANDARD_A = 17
_MIRED_D65 = 1e6 / 6504
# Correlated colour temperatures of EXIF LightSource codes; the DNG SDK takes much the same.
_TEMPERATURE = {
    **{1: 5500, 2: 4150, 3: 2850, 4: 5500, 9: 5500, 10: 6500, 11: 7500, 12: 6400, 13: 5050, 14: 4150, 15: 3450},
    **{16: 2940, 17: 2856, 18: 4874, 19: 6774, 20: 5503, 21: 6504, 22: 7504, 23: 5003, 24: 3200},
}
_SLOTS = ((50721, 50778, 50723), (50722, 50779, 50724), (52531, 52529, 52530))  # matrix, illuminant, calibration
SRGB_MATRIX = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
"""XYZ to linear sRGB (IEC 61966-2-1): what a camera without a matrix is taken for."""

_DIGITS = 9  # so much survives being written as a rational, so a frame that was written reads back equal

Neutral = tuple[float, float, float]


def color_matrix_of(ifd: Ifd) -> tuple[tuple[float, ...], int] | None:
    """XYZ to camera RGB for the illuminant nearest D65, and that illuminant; None when there is no usable matrix.

    AnalogBalance, and CameraCalibration where its signature matches the profile's, are multiplied in.
    """
    found = []
    for slot, (matrix_code, illuminant_code, calibration_code) in enumerate(_SLOTS):
        matrix = _matrix(ifd, matrix_code)
        if matrix is not None:
            illuminant = ifd.first(illuminant_code, 0)
            if illuminant not in _TEMPERATURE:
                illuminant = _STANDARD_A if slot == 0 and 50722 in ifd else D65
            found.append((matrix, illuminant, calibration_code))
    if not found:
        return None
    matrix, illuminant, calibration_code = min(found, key=lambda item: _from_d65(item[1]))
    balanced = _balance(ifd, calibration_code, matrix)
    return tuple(round(float(v), _DIGITS) for v in balanced.ravel()), illuminant


def _from_d65(illuminant: int) -> float:
    return abs(1e6 / _TEMPERATURE[illuminant] - _MIRED_D65)


def _matrix(ifd: Ifd, code: int) -> np.ndarray | None:
    values = np.array(ifd.reals(code))
    usable = values.size == 9 and np.isfinite(values).all() and abs(np.linalg.det(values.reshape(3, 3))) > 1e-6
    return values.reshape(3, 3) if usable else None


def _balance(ifd: Ifd, calibration_code: int, matrix: np.ndarray) -> np.ndarray:
    calibration = _matrix(ifd, calibration_code)
    if calibration is not None and ifd.text(50931) == ifd.text(50932):
        matrix = calibration @ matrix
    analog = np.array(ifd.reals(50727))
    usable = analog.size == 3 and np.isfinite(analog).all() and (analog > 0).all() and not (analog == 1).all()
    return analog[:, None] * matrix if usable else matrix


def neutral_of(ifd: Ifd, matrix: tuple[float, ...], path: Path) -> Neutral:
    """Camera response to the scene's white, green 1, from AsShotNeutral, AsShotWhiteXY or, without both, D65."""
    given = _usable(ifd.reals(50728))
    if given is not None:
        return plausible_neutral(given, matrix, path)
    xy = ifd.reals(50729)
    if len(xy) == 2 and all(0.05 < v < 0.9 for v in xy):
        return _response(matrix, xy[0], xy[1])
    return neutral_from_matrix(matrix)


def neutral_from_gains(gains: Sequence[float]) -> Neutral | None:
    """The neutral that red, green and blue gains stand for, None when one of them is missing."""
    usable = min(gains[:3]) > 0 and all(np.isfinite(gains[:3]))
    return _usable((1 / gains[0], 1 / gains[1], 1 / gains[2])) if usable else None


def neutral_from_matrix(matrix: tuple[float, ...]) -> Neutral:
    """The camera's response to D65, green 1."""
    return _response(matrix, 0.3127, 0.3290)


def _usable(values: tuple[float, ...]) -> Neutral | None:
    if len(values) != 3 or not all(np.isfinite(v) and v > 0 for v in values):
        return None
    r, g, b = values
    return round(r / g, _DIGITS), 1.0, round(b / g, _DIGITS)


def _response(matrix: tuple[float, ...], x: float, y: float) -> Neutral:
    white = np.array(matrix).reshape(3, 3) @ (x / y, 1.0, (1 - x - y) / y)
    return _usable(tuple(float(v) for v in white)) or (1.0, 1.0, 1.0)


def plausible_neutral(neutral: Neutral, matrix: tuple[float, ...], path: Path) -> Neutral:
    """`neutral`, or its reciprocal where some program wrote white balance gains into the tag.

    Sensors see less red and blue than green, so R and B both above G mean gains unless the colour matrix agrees.
    The reading nearer to the matrix's own response to some white between 2000 K and 15000 K wins.
    """
    red, _, blue = neutral
    if min(red, blue) < 1.1:
        return neutral
    inverse = (1 / red, 1.0, 1 / blue)
    if _distance(inverse, matrix) >= _distance(neutral, matrix):
        return neutral
    warn_once(path, f"AsShotNeutral {red:.3f}, 1, {blue:.3f} can only be gains; taken as its reciprocal")
    return inverse


def _distance(neutral: Neutral, matrix: tuple[float, ...]) -> float:
    # In log2 of R/G and B/G, over the Planckian locus.
    responses = np.array([_response(matrix, *_planck_xy(kelvin)) for kelvin in np.geomspace(2000, 15000, 24)])
    return float(np.abs(np.log2(responses[:, ::2] / np.array(neutral)[::2])).sum(axis=1).min())


def _planck_xy(kelvin: float) -> tuple[float, float]:
    """Chromaticity of a black body, 1667 K to 25000 K (Kim et al., US patent 7024034, 2006)."""
    t = 1e3 / kelvin
    if kelvin < 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin < 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin < 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return x, y

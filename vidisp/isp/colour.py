"""From a sensor's calibration to white balance gains and to the matrix into linear BT.709."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidisp.errors import InputError

XYZ_FROM_BT709 = np.array(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)
"""Linear BT.709 to CIE XYZ, white D65 (BT.709-6, items 1.3 and 1.4; IEC 61966-2-1)."""
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""XYZ to the cone response in which the DNG specification (chapter 6) adapts white points."""
D65 = (0.3127, 0.3290)
LEAST_RESPONSE = -0.04
"""The most negative share that a primary may have in what a white-balanced camera channel sees."""
WHITES = {
    1: (0.33242, 0.34743),  # daylight, as D55
    3: (0.44758, 0.40745),  # tungsten, as A
    17: (0.44758, 0.40745),  # A
    18: (0.34842, 0.35161),  # B
    19: (0.31006, 0.31616),  # C
    20: (0.33242, 0.34743),  # D55
    21: D65,
    22: (0.29902, 0.31485),  # D75
    23: (0.34567, 0.35850),  # D50
    24: (0.42340, 0.39900),  # ISO studio tungsten, 3200 K
}
"""EXIF LightSource codes and their CIE 1931 chromaticities (CIE 15, table T.3); others count as D65."""

_UNUSABLE = "the camera's colour matrix cannot be inverted"
_HINT = "is ColorMatrix1 damaged?"


def white_balance(neutral: Sequence[float]) -> tuple[float, float, float]:
    """Gains of R, G, B, the smallest 1, that turn the camera's response to white into grey."""
    gains = 1 / np.asarray(neutral, dtype=np.float64)
    r, g, b = (float(gain) for gain in gains / gains.min())
    return r, g, b


def camera_to_bt709(color_matrix: Sequence[float], illuminant: int = 21) -> tuple[float, ...]:
    """The matrix from white-balanced camera RGB to linear BT.709: 9 numbers row by row, rows summing to 1.

    This is dcraw's normalisation (`cam_xyz_coeff`): camera RGB of BT.709's primaries, rows divided by their sums
    so that grey is (1, 1, 1) on both sides, inverted. The camera's white balance does the adaptation to the
    scene's light, so the matrix belongs to the camera alone: it holds for any white balance that a user asks for,
    and a file with an odd AsShotNeutral cannot spoil it. As in the DNG specification, chapter 6, a matrix that was
    calibrated under another light than D65 is first adapted from that light (Bradford).

    A camera does not respond negatively to light. Small negative responses to a primary come from the fit and are
    kept; larger ones are held at `LEAST_RESPONSE`, which the lifting ISP rests on.

    Raises:
        InputError: the matrix cannot be inverted.
    """
    to_camera = np.asarray(color_matrix, dtype=np.float64).reshape(3, 3)
    response = to_camera @ _adaptation(WHITES.get(illuminant, D65)) @ XYZ_FROM_BT709
    sums = response.sum(axis=1, keepdims=True)
    if not np.isfinite(response).all() or (sums <= 0).any():
        raise InputError(_UNUSABLE, hint=_HINT)
    response = (response / sums).clip(0.999 * LEAST_RESPONSE)
    response /= response.sum(axis=1, keepdims=True)
    if np.linalg.cond(response) > 100:
        raise InputError(_UNUSABLE, hint=_HINT)
    matrix = np.linalg.inv(response)
    return tuple(float(value) for value in (matrix / matrix.sum(axis=1, keepdims=True)).ravel())


def _adaptation(white: tuple[float, float]) -> np.ndarray:
    """XYZ under D65 to XYZ under `white`, Bradford (DNG specification, chapter 6; ICC.1:2022, annex E)."""
    target, source = (BRADFORD @ np.array([x / y, 1, (1 - x - y) / y]) for x, y in (white, D65))
    return np.asarray(np.linalg.inv(BRADFORD) @ np.diag(target / source) @ BRADFORD)

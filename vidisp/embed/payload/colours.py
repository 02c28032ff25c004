"""Pictures as planes for a video codec: an orthonormal change of colours, in 12 bits.

An error in one of the planes is then as large in R'G'B', so that a codec that minimises squared errors minimises what
PSNR counts; the axes are those along which the pictures' detail varies, so that little is coded twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

BITS = 12
_PEAK = (1 << BITS) - 1
SCALE = _PEAK / (255 * 3**0.5)
"""The largest scale at which any change of colours fits into the planes: codes by R'G'B' codes."""
_ROWS = 64
_DECIMALS = 6


Axes = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Colours:
    """`axes` are three orthonormal rows of three numbers, the planes' directions in R'G'B'; `scale` is in codes of the
    planes by codes of R'G'B', up to `SCALE`."""

    axes: Axes
    scale: float

    def planes(self, picture: np.ndarray) -> tuple[np.ndarray, ...]:
        """Three planes (H, W) uint16 of (H, W, 3) uint8."""
        planes = tuple(np.empty(picture.shape[:2], np.uint16) for _ in self.axes)
        for rows in _strips(len(picture)):
            codes = picture[rows].astype(np.float32) @ self._matrix.T + self._offset
            for plane, code in zip(planes, np.moveaxis(codes, -1, 0), strict=True):
                plane[rows] = np.rint(code).clip(0, _PEAK)
        return planes

    def picture(self, planes: Sequence[np.ndarray]) -> np.ndarray:
        """The picture of decoded planes, (H, W, 3) uint8."""
        picture = np.empty((*planes[0].shape, 3), np.uint8)
        for rows in _strips(len(picture)):
            codes = np.stack([plane[rows] for plane in planes], -1).astype(np.float32) - self._offset
            picture[rows] = np.rint(codes @ self._inverse.T).clip(0, 255)
        return picture

    @property
    def orthonormal(self) -> bool:
        """As axes must be that come out of a file."""
        axes = np.array(self.axes)
        return bool(np.allclose(axes @ axes.T, np.eye(3), atol=1e-3))

    @cached_property
    def _matrix(self) -> np.ndarray:
        return np.array(self.axes, np.float32) * np.array(self.scale, np.float32)

    @cached_property
    def _inverse(self) -> np.ndarray:
        inverse: np.ndarray = np.linalg.inv(self._matrix.astype(np.float64)).astype(np.float32)
        return inverse

    @cached_property
    def _offset(self) -> np.ndarray:
        """What centres the range of each plane."""
        return np.array([_PEAK / 2 - 255 * self.scale * sum(axis) / 2 for axis in self.axes], np.float32)


def principal_axes(pictures: Sequence[np.ndarray]) -> Axes:
    """The axes along which the detail of pictures varies, the strongest first: the eigenvectors of the covariance of
    the differences between neighbours."""
    covariance = sum(_covariance(np.diff(rows, axis=axis)) for rows in _samples(pictures) for axis in (0, 1))
    _, vectors = np.linalg.eigh(covariance)
    axes = vectors.T[::-1]
    axes = axes * np.where(axes.sum(1, keepdims=True) < 0, -1, 1)
    return tuple(tuple(float(number) for number in row) for row in np.round(axes, _DECIMALS))


def _samples(pictures: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    for picture in pictures:
        for rows in _strips(len(picture)):
            yield picture[rows].astype(np.float64)


def _covariance(differences: np.ndarray) -> np.ndarray:
    flat = differences.reshape(-1, 3)
    return np.asarray(flat.T @ flat)


def _strips(rows: int) -> Iterator[slice]:
    return (slice(start, start + _ROWS) for start in range(0, rows, _ROWS))

"""White balance and colour matrices."""

from __future__ import annotations

import numpy as np
import pytest

from vidisp.errors import InputError
from vidisp.isp.colour import LEAST_RESPONSE, XYZ_FROM_BT709, camera_to_bt709, white_balance

GOPRO = (1.0344, -0.4210, -0.0620, -0.2315, 1.0625, 0.1948, 0.0093, 0.1058, 0.5541)


def test_smallest_gain_is_one() -> None:
    assert white_balance((0.5, 1.0, 0.25)) == (2.0, 1.0, 4.0)
    assert white_balance((1.0, 2.0, 1.0)) == (2.0, 1.0, 2.0)


def test_a_camera_that_sees_bt709_needs_no_matrix() -> None:
    matrix = camera_to_bt709(np.linalg.inv(XYZ_FROM_BT709).ravel())
    assert matrix == pytest.approx(np.eye(3).ravel(), abs=1e-5)


@pytest.mark.parametrize("illuminant", [0, 17, 21, 23])
def test_grey_stays_grey_and_no_response_is_very_negative(illuminant: int) -> None:
    matrix = np.array(camera_to_bt709(GOPRO, illuminant)).reshape(3, 3)
    assert matrix.sum(1) == pytest.approx([1, 1, 1])
    assert np.linalg.inv(matrix).min() > LEAST_RESPONSE


def test_an_extreme_matrix_is_brought_into_range() -> None:
    response = np.array([[1.2, -0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]])
    matrix = camera_to_bt709((response @ np.linalg.inv(XYZ_FROM_BT709)).ravel())
    assert np.linalg.inv(np.array(matrix).reshape(3, 3)).min() > LEAST_RESPONSE


def test_known_camera() -> None:
    """dcraw's `rgb_cam` for the same matrix."""
    expected = (1.533, -0.179, -0.354, -0.285, 1.679, -0.394, -0.029, -0.442, 1.471)
    assert camera_to_bt709(GOPRO) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("matrix", [(0.0,) * 9, (1.0,) * 9, (float("nan"),) + (1.0,) * 8, (-1.0, 0, 0) * 3])
def test_useless_matrices_are_refused(matrix: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="matrix"):
        camera_to_bt709(matrix)

"""Blocks with steps of their own in a file of one table."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vidisp.codec.jpeg import Components, adapt, adaptive, decode, encode, fit, table_step
from vidisp.codec.simulate.h26x import block_dct

STEP = 8


def a_picture(width: int = 96, height: int = 64, subsampling: str = "420", noise: float = 12) -> Components:
    """Soft noise about a slope, away from the ends of the codes."""
    rng = np.random.default_rng(0)
    small = (height, width) if subsampling == "444" else (height // 2, width // 2)
    slope = np.linspace(90, 160, width)
    planes = (rng.normal(0, noise, size) + (slope if size[1] == width else slope[::2]) for size in
              ((height, width), small, small))  # fmt: skip
    return Components(*(plane.clip(0, 255).astype(np.uint8) for plane in planes))


def offsets(picture: Components, value: int = 0) -> np.ndarray:
    width, height = picture.size
    return np.full((-(-height // 16), -(-width // 16)), value, np.int8)


def coded(picture: Components, steps: np.ndarray, step: int = STEP) -> tuple[Components, int]:
    data = encode(adapt(picture, steps, step), table_step(step))
    return fit(decode(data), picture.subsampling), len(data)


def mse(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.square(a.astype(float) - b).mean())


@pytest.mark.parametrize("subsampling", ["420", "444"])
@pytest.mark.parametrize("size", [(96, 64), (34, 18), (2, 2), (16, 300)])
def test_the_encoder_finds_the_coefficients_again(size: tuple[int, int], subsampling: str) -> None:
    """In whole blocks; the encoder fills those at the border in its own way."""
    picture = a_picture(*size, subsampling=subsampling)
    wanted = adapt(picture, offsets(picture), STEP)
    found = fit(decode(encode(wanted, table_step(STEP))), subsampling)
    for plane, other in zip(wanted.planes, found.planes, strict=True):
        rows, columns = (side // 8 * 8 for side in plane.shape)
        difference = np.abs(plane.astype(int) - other)
        assert difference[:rows, :columns].max(initial=0) <= 1
        assert difference.max() <= STEP


def test_coefficients_are_multiples_of_the_blocks_own_step() -> None:
    picture = a_picture()
    decoded, _ = coded(picture, offsets(picture))
    blocks = block_dct(torch.from_numpy(decoded.y)[None].float() - 128)[0].flatten(2)
    units = blocks[..., 1:] / STEP
    assert (units - units.round()).abs().max() < 0.3
    means = blocks[..., 0] / (STEP / 2)
    assert (means - means.round()).abs().max() < 0.3


def test_finer_blocks_are_finer_and_cost_more() -> None:
    picture = a_picture()
    some = offsets(picture)
    some[:, :3] = -6
    plain, size = coded(picture, offsets(picture))
    finer, larger = coded(picture, some)
    left, right = slice(0, 48), slice(48, 96)
    assert mse(finer.y[:, left], picture.y[:, left]) < 0.5 * mse(plain.y[:, left], picture.y[:, left])
    assert mse(finer.u[:, :24], picture.u[:, :24]) < 0.5 * mse(plain.u[:, :24], picture.u[:, :24])
    assert np.array_equal(finer.y[:, right], plain.y[:, right])
    assert larger > size


def test_blocks_are_never_much_coarser() -> None:
    picture = a_picture()
    assert coded(picture, offsets(picture, 8))[1] == coded(picture, offsets(picture, 2))[1]


def test_zeros_instead_of_small_coefficients_pay() -> None:
    """Fewer bits at the same error than a file of one table and nothing else."""
    picture = a_picture(256, 256, noise=4)
    decoded, size = coded(picture, offsets(picture))
    error = mse(decoded.y, picture.y)
    plain = {len(data := encode(picture, step)): mse(decode(data)[0], picture.y) for step in (8, 9, 10, 11)}
    assert all(size < other for other, worse in plain.items() if worse <= error)


def test_rows_at_a_time_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, rng = a_picture(64, 330), np.random.default_rng(0)
    steps = rng.integers(-8, 8, offsets(picture).shape)
    whole = adapt(picture, steps, STEP)
    monkeypatch.setattr(adaptive, "_ROWS", 16)
    for plane, other in zip(adapt(picture, steps, STEP).planes, whole.planes, strict=True):
        assert np.array_equal(plane, other)


def test_the_finest_steps_leave_the_picture_alone() -> None:
    picture = a_picture()
    assert adapt(picture, offsets(picture), 2) is picture
    assert [table_step(step) for step in (1, 2, 3, 4, 7, 14)] == [1, 2, 2, 2, 4, 7]

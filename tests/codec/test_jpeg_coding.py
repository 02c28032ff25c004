"""Components in and out of JPEG files untouched, and the one step that all quantisers are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vidisp.codec.jpeg import Components, decode, encode, fit, parse_quality, step_of_quality, thumbnail
from vidisp.codec.jpeg.components import Subsampling
from vidisp.errors import InputError, NotRecoverableError, UsageError


def noise(width: int, height: int, subsampling: Subsampling, contrast: float = 20, seed: int = 0) -> Components:
    rng = np.random.default_rng(seed)
    small = (height, width) if subsampling == "444" else (height // 2, width // 2)
    return Components(*(rng.normal(128, contrast, size).clip(0, 255).astype(np.uint8) for size in
                        ((height, width), small, small)))  # fmt: skip


def largest_error(a: Components, b: Components) -> int:
    return max(int(np.abs(x.astype(int) - y).max()) for x, y in zip(a.planes, b.planes, strict=True))


@pytest.mark.parametrize("subsampling", ["420", "444"])
@settings(max_examples=15, deadline=None)
@given(width=st.integers(1, 40), height=st.integers(1, 40), seed=st.integers(0, 99))
def test_a_step_of_one_gives_the_components_back(width: int, height: int, seed: int, subsampling: Subsampling) -> None:
    """But for the rounding of the DCT: no colour matrix, no resampling, whatever the size."""
    picture = noise(2 * width, 2 * height, subsampling, seed=seed)
    back = fit(decode(encode(picture, 1)), subsampling)
    assert largest_error(back, picture) <= 2


def test_noise_in_every_component_does_not_run_out_of_room() -> None:
    """More bits than Pillow reserves for a progressive file."""
    picture = noise(512, 256, "444", contrast=80)
    assert len(encode(picture, 1)) > 2.5 * picture.y.size


def test_the_file_is_what_viewers_expect() -> None:
    """Progressive 4:2:0 in JFIF, every quantiser the step; grey is grey in sRGB."""
    grey = Components(np.full((16, 32), 150, np.uint8), *[np.full((8, 16), 128, np.uint8)] * 2)
    with Image.open(io.BytesIO(encode(grey, 7))) as image:
        assert image.info["progressive"]
        assert "jfif" in image.info
        assert {value for table in image.quantization.values() for value in table} == {7}
        assert image.convert("RGB").getextrema() == ((150, 150),) * 3


def test_a_coarser_step_makes_smaller_files_and_larger_errors() -> None:
    picture = noise(64, 64, "420")
    fine, coarse = (encode(picture, step) for step in (2, 8))
    assert len(coarse) < 0.75 * len(fine)
    errors = [np.square(fit(decode(data), "420").y.astype(float) - picture.y).mean() for data in (fine, coarse)]
    assert errors[1] == pytest.approx(8**2 / 12, rel=0.3)
    assert errors[0] < 1


def test_chroma_of_another_subsampling_is_brought_to_ours() -> None:
    full = noise(32, 16, "444")
    half = fit(full.planes, "420")
    assert half.u.shape == (8, 16)
    assert np.abs(half.u - full.u.reshape(8, 2, 16, 2).mean((1, 3))).max() <= 0.5
    assert fit(half.planes, "444").u.shape == (16, 32)


def test_a_picture_without_chroma_is_refused() -> None:
    file = io.BytesIO()
    Image.new("L", (16, 16)).save(file, "JPEG")
    with pytest.raises(NotRecoverableError, match="1 colour components"):
        fit(decode(file.getvalue()), "420")


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_file_that_is_cut_off_is_not_decoded(cut: float) -> None:
    data = encode(noise(64, 64, "420"), 4)
    with pytest.raises(InputError, match="cut off"):
        decode(data[: int(cut * len(data))])


def test_planes_that_do_not_fit_together() -> None:
    y, u = np.zeros((8, 8), np.uint8), np.zeros((4, 8), np.uint8)
    with pytest.raises(InputError, match="no 4:2:0 or 4:4:4"):
        Components(y, u, u)
    with pytest.raises(InputError, match="even"):
        Components(y[:7], u[:4], u[:4])
    with pytest.raises(InputError, match="uint8"):
        Components(y, y.astype(np.uint16), y.astype(np.uint16))


@pytest.mark.parametrize(("size", "longest"), [((4000, 3000), (160, 120)), ((30, 90), (30, 90)), ((900, 2), (160, 1))])
def test_thumbnails_keep_the_shape(size: tuple[int, int], longest: tuple[int, int]) -> None:
    width, height = size
    flat = Components(np.full((height, width), 90, np.uint8), *[np.full((height // 2, width // 2), 128, np.uint8)] * 2)
    with Image.open(io.BytesIO(thumbnail(flat, 160))) as image:
        assert image.size == longest
        assert image.convert("RGB").getpixel((0, 0)) == (90, 90, 90)


def test_steps_of_qualities() -> None:
    assert [step_of_quality(q) for q in (75, 85, 90, 95, 98, 100)] == [11, 9, 7, 4, 2, 1]
    steps = [step_of_quality(q) for q in range(1, 101)]
    assert steps == sorted(steps, reverse=True)
    assert [parse_quality(q) for q in (85, "85", "standard", "master")] == [85, 85, 90, 100]


@pytest.mark.parametrize("wrong", [0, 101, "fine", "90.5", "", -1])
def test_no_quality_at_all(wrong: int | str) -> None:
    with pytest.raises(UsageError):
        parse_quality(wrong)

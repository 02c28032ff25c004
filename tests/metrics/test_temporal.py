from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from vidisp.errors import InputError, VidispError
from vidisp.metrics import temporal
from vidisp.metrics.temporal import beat, optical_flow, temporal_psnr, visible, warp, warping_error

HEIGHT, WIDTH = 96, 128
RNG = np.random.default_rng(0)
PHASES = RNG.uniform(0, 6.28, (24, 1, 1))
WAVES = RNG.uniform(-0.25, 0.25, (24, 2, 1, 1))


def texture(dx: float = 0, dy: float = 0) -> np.ndarray:
    """A smooth random texture of about 50..200, moved by (dx, dy)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return 125 + 9 * np.sin(WAVES[:, 0] * (x - dx) + WAVES[:, 1] * (y - dy) + PHASES).sum(0)


def moving(count: int = 6) -> list[np.ndarray]:
    return [texture(2 * i, i) for i in range(count)]


def flicker(frames: list[np.ndarray], by: float) -> list[np.ndarray]:
    """Odd frames brighter by `by`."""
    return [frame + by * (i % 2) for i, frame in enumerate(frames)]


def test_a_static_video_has_no_warping_error() -> None:
    assert warping_error([texture()] * 3) == 0


def test_motion_alone_is_no_warping_error() -> None:
    plain = np.mean([np.square((a - b) / 255).mean() for a, b in pairwise(moving())])
    assert warping_error(moving()) < plain / 500


def test_flicker_of_known_size_is_its_square() -> None:
    frames = moving()
    assert warping_error(flicker(frames, 5), frames) == pytest.approx((5 / 255) ** 2, rel=0.02)
    assert warping_error(flicker([texture()] * 4, 5), [texture()] * 4) == pytest.approx((5 / 255) ** 2, rel=1e-4)


def test_noise_that_is_new_in_every_frame_counts_twice() -> None:
    still, rng = [texture()] * 4, np.random.default_rng(1)
    noisy = [frame + rng.normal(0, 4, frame.shape) for frame in still]
    assert warping_error(noisy, still) == pytest.approx(2 * (4 / 255) ** 2, rel=0.03)


def test_the_peak_sets_the_scale() -> None:
    frames = flicker(moving(), 5)
    tens = [frame * 1023 / 255 for frame in frames]
    assert warping_error(tens, peak=1023) == pytest.approx(warping_error(frames), rel=1e-3)
    assert temporal_psnr(tens, [0 * t for t in tens], peak=1023) == pytest.approx(
        temporal_psnr(frames, [0 * f for f in frames]), abs=1e-3
    )


def test_the_flow_is_the_motion() -> None:
    flow = optical_flow(*(np.rint(texture(dx, dy)).astype(np.uint8) for dx, dy in ((0, 0), (3, -2))))
    assert np.median(flow[..., 0]) == pytest.approx(3, abs=0.1)
    assert np.median(flow[..., 1]) == pytest.approx(-2, abs=0.1)


def test_warping_fetches_from_where_the_flow_points() -> None:
    image = np.arange(12.0).reshape(3, 4)
    flow = np.zeros((3, 4, 2), np.float32)
    flow[..., 0] = 1
    assert warp(image, flow)[:, :3] == pytest.approx(image[:, 1:])
    flow[..., 0] = 0.5
    assert warp(image, flow)[1, :3] == pytest.approx([4.5, 5.5, 6.5])


def test_samples_that_leave_or_do_not_return_are_not_visible() -> None:
    forward = np.zeros((20, 30, 2), np.float32)
    forward[..., 0] = 5
    backward = -forward
    backward[:, 10:15] = 0
    mask = visible(forward, backward)
    assert mask[:, :5].all()
    assert not mask[:, 5:10].any()
    assert mask[:, 10:25].all()
    assert not mask[:, 25:].any()


def test_what_gets_covered_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bright square moves by six over a still ground; the flow is the true one, to and fro."""
    frames, flows = [texture(), texture()], []
    for left, by in ((40, 6), (46, -6)):
        frames[len(flows)][30:60, left : left + 30] = 220
        flows.append(np.zeros((HEIGHT, WIDTH, 2), np.float32))
        flows[-1][30:60, left : left + 30, 0] = by
    monkeypatch.setattr(temporal, "optical_flow", lambda *_: flows.pop(0))
    assert np.square(frames[0] - frames[1]).mean() > 100
    assert warping_error(frames) == 0


def test_tpsnr_of_known_flicker() -> None:
    assert temporal_psnr(flicker(moving(), 10), moving()) == pytest.approx(-20 * np.log10(10 / 255), abs=1e-4)


def test_tpsnr_does_not_see_an_error_that_stays() -> None:
    off = RNG.normal(0, 10, (HEIGHT, WIDTH)).round()
    assert temporal_psnr([f.round() + off for f in moving()], [f.round() for f in moving()]) == np.inf


def waves(values: list[float]) -> list[np.ndarray]:
    return [texture() + value for value in values]


def test_pure_beat_in_level() -> None:
    found = beat(flicker([texture()] * 9, 3), [texture()] * 9)
    assert (found.level, found.level_ratio) == (pytest.approx(3, abs=1e-4), pytest.approx(2, abs=1e-4))
    assert found.sharpness == pytest.approx(0, abs=1e-4)


def test_pure_beat_in_sharpness() -> None:
    def soften(frame: np.ndarray) -> np.ndarray:
        return frame + 0.5 * (frame.mean() - frame)

    frames = [texture() if i % 2 else soften(texture()) for i in range(9)]
    found = beat(frames, [texture()] * 9)
    assert found.sharpness_ratio == pytest.approx(2, abs=1e-3)
    assert found.sharpness > 0.1
    assert found.level == pytest.approx(0, abs=1e-3)


def test_a_drift_is_no_beat() -> None:
    assert beat(waves([0.0, 1, 2, 3, 4, 5]), [texture()] * 6).level_ratio == pytest.approx(2 / 3, abs=1e-4)


def test_random_frames_do_not_beat() -> None:
    values = list(np.random.default_rng(5).normal(0, 2, 400))
    small = [np.full((3, 3), 100 + value) for value in values]
    assert beat(small, [np.full((3, 3), 100.0)] * 400).level_ratio == pytest.approx(1, abs=0.1)


def test_what_does_not_differ_does_not_beat() -> None:
    found = beat(moving(), moving())
    assert (found.level, found.level_ratio, found.sharpness, found.sharpness_ratio) == (0, 1, 0, 1)


def test_frames_are_read_one_by_one() -> None:
    given: list[weakref.ref] = []

    def stream() -> Iterator[np.ndarray]:
        for _ in range(12):
            frame = np.full((16, 16), 7.0, np.float32)
            given.append(weakref.ref(frame))
            yield frame
            del frame
            assert sum(ref() is not None for ref in given) <= 4

    assert temporal_psnr(stream(), stream()) == np.inf
    assert len(given) == 24


def test_lengths_and_sizes_have_to_agree() -> None:
    with pytest.raises(InputError, match="same number"):
        temporal_psnr(moving(3), moving(4))
    with pytest.raises(InputError, match=r"frame 1: luma of shape"):
        temporal_psnr([texture(), texture()[:-2]], moving(2))
    with pytest.raises(InputError, match="single frame"):
        warping_error([texture()])
    with pytest.raises(InputError, match="three frames"):
        beat(moving(2), moving(2))


def test_a_missing_opencv_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(VidispError, match=r"needs OpenCV \(pip install 'vidisp\[tools\]'\)"):
        warping_error(moving(2))

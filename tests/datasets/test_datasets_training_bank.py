from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from excerpts import read_excerpt, with_decord, with_pyav
from make_benchmark_clips import MANIFEST as BENCHMARK
from make_sample import SAMPLE
from training_bank import EXCERPT, MANIFEST, main, make_scene
from unprocess import random_camera

from vidisp.errors import InputError
from vidisp.isp.mosaic import mosaic_to_quads
from vidisp.raw import read_frame

STILL = {"name": "sample", "source": SAMPLE.name, "kinds": ["still", "binned"]}
VIDEO = {"name": "moving", "source": "moving.mp4", "kinds": ["video"], "seed": 70}
SHARES = {"train": 0.8, "validation": 0.2, "held_out": ["secret/"]}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 frames 64x48 in H.264 with a GOP of 10: a ramp that moves, so that every frame is another."""
    path = tmp_path_factory.mktemp("video") / "moving.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        yy, xx = np.mgrid[:48, :64]
        for n in range(30):
            rgb = np.stack([(3 * xx + 6 * n) % 200, (4 * yy + 20) % 220, np.full_like(xx, 90)], axis=-1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb.astype(np.uint8), format="rgb24")))
        container.mux(stream.encode())
    return path


def load(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Stored samples, linear quads and the card."""
    with np.load(path) as stored:
        samples = stored["quads"]
        linear = (samples - float(stored["pedestal"])) / float(stored["scale"])
    return samples, linear, json.loads(path.with_suffix(".json").read_text())


def test_the_manifest_keeps_test_scenes_out() -> None:
    manifest, benchmark = (tomllib.loads(path.read_text()) for path in (MANIFEST, BENCHMARK))
    held = tuple(manifest["held_out"])
    assert "train_raw/hero6_mural.dng" in held
    assert all(source.startswith(held) for source in benchmark["scenes"]["test"])
    assert not [scene for scene in manifest["scene"] if scene["source"].startswith(held)]


def test_the_manifest_is_sound() -> None:
    manifest = tomllib.loads(MANIFEST.read_text())
    assert len({scene["name"] for scene in manifest["scene"]}) == len(manifest["scene"])
    seeds = [scene["seed"] + start for scene in manifest["scene"] if "seed" in scene for start in all_starts(scene)]
    assert len(set(seeds)) == len(seeds) > 40
    for scene in manifest["scene"]:
        assert scene.get("train", manifest["train"]) + scene.get("validation", manifest["validation"]) <= 1
        assert (np.diff(sorted(all_starts(scene))) >= EXCERPT).all()  # nothing is in two excerpts


def all_starts(scene: dict[str, Any]) -> list[int]:
    """Where a video's excerpts start; a picture has its one frame."""
    return scene["starts"] + scene["validation_starts"] if "starts" in scene else [0]


def test_a_held_out_scene_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="held out"):
        next(make_scene(STILL | {"source": "secret/a.dng"}, SHARES, SAMPLE.parent, tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_still_becomes_four_entries(tmp_path: Path) -> None:
    paths = list(make_scene(STILL, SHARES, SAMPLE.parent, tmp_path))
    cards = [load(path)[2] for path in paths]
    assert [(card["kind"], card["split"]) for card in cards] == [
        ("still", "train"),
        ("still", "validation"),
        ("binned", "train"),
        ("binned", "validation"),
    ]
    sensor = read_frame(SAMPLE).sensor
    for path, card in zip(paths, cards, strict=True):
        samples, linear, _ = load(path)
        assert samples.dtype == np.uint16
        assert samples.shape[:2] == (1, 4)
        assert linear.min() > -4000 / 60000
        assert 0.001 < linear.mean() < linear.max() <= 1.03
        assert card["sha256"] == hashlib.sha256(samples.astype("<u2").tobytes()).hexdigest()
        assert (tuple(card["neutral"]), tuple(card["color_matrix"])) == (sensor.neutral, sensor.color_matrix)
        assert card["illuminant"] == sensor.illuminant
        assert card["seed"] is None
    assert sensor.noise is not None
    assert cards[0]["noise"] == list(sensor.noise)
    assert cards[2]["noise"] == pytest.approx([0.75 * v for v in sensor.noise])


def test_the_parts_of_a_still_are_its_samples_and_do_not_overlap(tmp_path: Path) -> None:
    left, right, small_left, small_right = (load(p)[1] for p in make_scene(STILL, SHARES, SAMPLE.parent, tmp_path))
    frame = read_frame(SAMPLE)
    sensor = frame.sensor
    quads = mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], sensor.cfa, sensor.black, sensor.white).numpy()
    np.testing.assert_allclose(np.concatenate([left, right], axis=-1), quads, atol=1e-5)
    assert right.shape[-1] / quads.shape[-1] == pytest.approx(0.2, abs=0.02)
    assert (2 * small_left.shape[-1], 2 * small_right.shape[-1]) == pytest.approx(
        (left.shape[-1], right.shape[-1]), abs=3
    )
    assert 2 * small_left.shape[-1] <= left.shape[-1]  # nothing right of the border in what is trained on


def test_a_scene_without_validation_gives_its_left_part_only(tmp_path: Path) -> None:
    scene = STILL | {"kinds": ["still"], "train": 0.5, "validation": 0.0}
    (path,) = make_scene(scene, SHARES, SAMPLE.parent, tmp_path)
    assert load(path)[0].shape[-1] == pytest.approx(read_frame(SAMPLE).sensor.width / 4, abs=2)


def test_a_video_becomes_excerpts_with_a_camera_each(video: Path, tmp_path: Path) -> None:
    scene = VIDEO | {"starts": [0, 7], "validation_starts": [20]}
    paths = list(make_scene(scene, SHARES, video.parent, tmp_path))
    assert [path.stem for path in paths] == ["moving_0000", "moving_0007", "moving_0020_validation"]
    for path, start in zip(paths, (0, 7, 20), strict=True):
        samples, linear, card = load(path)
        assert samples.shape == (EXCERPT, 4, 12, 16)  # halved, then quads
        assert card["seed"] == 70 + start
        assert tuple(card["neutral"]) == random_camera(70 + start).neutral
        assert linear.min() >= 0
        assert np.abs(np.diff(linear, axis=0)).mean() > 0.003  # consecutive frames, not one frame five times
    assert load(paths[2])[2]["split"] == "validation"


def test_a_picture_is_unprocessed_whole(video: Path, tmp_path: Path) -> None:
    scene = VIDEO | {"kinds": ["picture"], "validation": 0.25, "train": 0.75}
    left, right = (load(path) for path in make_scene(scene, SHARES, video.parent, tmp_path))
    assert (left[0].shape, right[0].shape) == ((1, 4, 24, 24), (1, 4, 24, 8))
    assert left[2]["kind"] == "still"


def test_the_same_data_make_the_same_bank(video: Path, tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made = make_scene(VIDEO | {"starts": [3], "validation_starts": []}, SHARES, video.parent, tmp_path / name)
        digests.append(load(next(made))[2]["sha256"])
    assert digests[0] == digests[1]


def test_missing_data_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.argv", ["bank", "--data", str(tmp_path), "--out", str(tmp_path / "bank")])
    assert main() == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_both_readers_give_the_same_numbers(video: Path) -> None:
    pytest.importorskip("decord", reason="decord has wheels for Linux on x86-64 only")
    for start in (0, 9, 13, 25):
        np.testing.assert_array_equal(with_decord(video, start, 5), with_pyav(video, start, 5))


def test_an_excerpt_starts_where_it_should(video: Path) -> None:
    red = read_excerpt(video, 12, 3)[..., 0].astype(float)
    assert red.shape == (3, 48, 64)
    expected = [(3 * 10 + 6 * n) % 200 for n in (12, 13, 14)]
    np.testing.assert_allclose(red[:, 10:38, 10].mean(1), expected, atol=12)


@pytest.mark.parametrize("reader", ["pyav", "decord"])
def test_unusable_videos_are_one_line(video: Path, tmp_path: Path, reader: str) -> None:
    if reader == "decord":
        pytest.importorskip("decord", reason="decord has wheels for Linux on x86-64 only")
    read = with_pyav if reader == "pyav" else with_decord
    with pytest.raises(InputError, match="ends before frame 30"):
        read(video, 26, 5)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    for path in (tmp_path / "broken.mp4", tmp_path / "missing.mp4"):
        with pytest.raises(InputError, match="not a video"):
            read(path, 0, 1)

from __future__ import annotations

import tomllib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from make_benchmark_clips import MANIFEST, check
from make_sample import HEIGHT, SAMPLE, WIDTH
from motion import Motion
from simulated_motion import make_clip, noise_of, smpte_timecode

from vidisp.errors import OutputError, UsageError, VidispError
from vidisp.raw import Clip, read_frame

SMALL = Motion("crop", (1e-4, 3e-8), frames=3, width=96, height=64)


def test_a_clip_of_the_sample_is_a_whole_dng_clip(tmp_path: Path) -> None:
    made = make_clip(read_frame(SAMPLE), tmp_path / "c", SMALL, fps=Fraction(25))
    clip = Clip.open(tmp_path / "c")
    assert clip.numbers == (0, 1, 2)
    assert clip.fps == 25
    assert clip.read(1).timecode == smpte_timecode(1, Fraction(25))
    assert (clip.sensor.width, clip.sensor.height, clip.sensor.cfa) == (96, 64, "RGGB")
    assert clip.sensor.noise is not None
    assert clip.sensor.noise[0] == pytest.approx(1.562e-4 + 1e-4, rel=1e-3)
    assert made.dng_bytes == sum(f.stat().st_size for f in (tmp_path / "c").iterdir())


def test_the_digest_follows_the_samples(tmp_path: Path) -> None:
    source = read_frame(SAMPLE)
    first, again, other = (
        make_clip(source, tmp_path / name, replace(SMALL, seed=seed)).sha256
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again != other


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="not empty"):
        make_clip(read_frame(SAMPLE), tmp_path, SMALL)


def test_noise_levels() -> None:
    sensor = read_frame(SAMPLE).sensor
    assert noise_of("profile", sensor) == sensor.noise
    assert noise_of("1e-4, 2e-8", sensor) == (1e-4, 2e-8)
    with pytest.raises(UsageError, match="NoiseProfile"):
        noise_of("profile", replace(sensor, noise=None))
    with pytest.raises(UsageError, match="loud"):
        noise_of("loud", sensor)


def test_timecodes_are_binary_coded_decimals() -> None:
    assert smpte_timecode(24 * 3661 + 13, Fraction(24)) == bytes([0x13, 0x01, 0x01, 0x01, 0, 0, 0, 0])


def test_the_sample_is_what_its_maker_says() -> None:
    frame = read_frame(SAMPLE)
    assert frame.mosaic.shape == (HEIGHT, WIDTH)
    assert np.ptp(frame.mosaic) > 1000
    assert SAMPLE.stat().st_size < 1_200_000


def test_the_manifest_keeps_scenes_apart_and_has_a_saturated_clip() -> None:
    manifest = tomllib.loads(MANIFEST.read_text())
    train, test = (set(manifest["scenes"][side]) for side in ("train", "test"))
    assert not train & test
    assert {clip["source"] for clip in manifest["clip"]} <= train | test
    assert len({clip["name"] for clip in manifest["clip"]}) == len(manifest["clip"])
    kinds = {(clip["kind"], clip["source"] in test) for clip in manifest["clip"]}
    assert kinds == {("crop", True), ("crop", False), ("warp", True), ("warp", False)}
    assert any(clip.get("min_saturated", 0) >= 0.01 for clip in manifest["clip"])


def test_a_clip_with_too_little_saturation_is_an_error(tmp_path: Path) -> None:
    made = make_clip(read_frame(SAMPLE), tmp_path / "c", SMALL)
    with pytest.raises(VidispError, match=r"only 0\.00 % .* 1 % were promised"):
        check({"min_saturated": 0.01}, made)

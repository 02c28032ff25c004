"""RAW editors develop what vidisp writes: right size, neutral greys, neither black nor magenta.

RawTherapee 5.9 takes no file under 100 kB for RAW, whoever wrote it, so frames are not tiny here.

Needs dcraw, darktable-cli, rawtherapee-cli and exiftool (Debian: dcraw darktable rawtherapee libimage-exiftool-perl).
"""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import raw_maker as maker
import tifffile

from vidisp.raw import RawFrame, Sensor, Tag, read_frame, write_dng

pytestmark = pytest.mark.external

SENSOR = Sensor(
    **{"width": 640, "height": 480, "cfa": "RGGB", "black": (512.0, 512.0, 512.0, 512.0), "white": 16383},
    **{"neutral": (0.45, 1.0, 0.62), "color_matrix": maker.MATRIX, "noise": (1e-4, 1e-7), "iso": 200},
    **{"make": "Test", "model": "Camera"},
)
TAGS = (
    *(Tag(33432, 2, 4, "(c)"), Tag(50730, 10, 1, (0, 1)), Tag(33434, 5, 1, (1, 50), "exif")),
    *(Tag(33437, 5, 1, (28, 10), "exif"), Tag(36867, 2, 20, "2024:05:06 07:08:09", "exif")),
)


def scene(sensor):
    """Grey of 30 % with a brighter square, its samples in linear DN."""
    y, x = np.mgrid[0 : sensor.height, 0 : sensor.width]
    light = np.where((x > 400) & (y > 300), 0.6, 0.3)
    site = np.array(["RGB".index(c) for c in sensor.cfa]).reshape(2, 2)[y % 2, x % 2]
    values = np.array(sensor.black)[2 * (y % 2) + x % 2] + light * np.array(sensor.neutral)[site] * 15000
    mosaic = (values + np.random.default_rng(1).normal(0, 20, values.shape)).astype(np.uint16)
    return RawFrame(mosaic, sensor, fps=Fraction(25), timecode=bytes(8), tags=TAGS)


def tool(name):
    if shutil.which(name) is None:
        pytest.fail(f"{name} is not installed")
    return name


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=120, **options)


def dcraw(path):
    return tifffile.imread(io.BytesIO(run(tool("dcraw"), "-w", "-T", "-c", path).stdout))


def darktable(path):
    out = path.with_suffix(".darktable.png")
    settings = ["--core", "--configdir", path.parent / "config", "--library", ":memory:"]
    run(tool("darktable-cli"), path, out, "--apply-custom-presets", "false", *settings)
    return imagecodecs.png_decode(out.read_bytes())


def rawtherapee(path):
    out = path.with_suffix(".rawtherapee.png")
    run(tool("rawtherapee-cli"), "-o", out, "-n", "-b8", "-Y", "-c", path)
    return imagecodecs.png_decode(out.read_bytes())


@pytest.mark.parametrize("develop", [dcraw, darktable, rawtherapee])
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(("cfa", "size"), [("RGGB", (480, 640)), ("GBRG", (481, 639))])
def test_an_editor_develops_it(tmp_path, develop, compress, cfa, size):
    path = tmp_path / "shot_0001.dng"
    write_dng(path, scene(replace(SENSOR, cfa=cfa, height=size[0], width=size[1])), compress=compress)
    picture = develop(path)
    assert all(0 <= want - got <= 9 for got, want in zip(picture.shape[:2], size, strict=True)), picture.shape
    grey, bright = picture[20:280, 20:380].mean((0, 1)), picture[330:450, 430:610].mean((0, 1))
    assert 40 < grey.mean() < 220
    assert bright.mean() > grey.mean() + 15
    assert grey.max() / grey.min() < 1.06, f"not neutral: {grey}"


@pytest.mark.parametrize("compress", [True, False])
def test_exiftool_finds_every_tag_and_no_fault(tmp_path, compress):
    path = tmp_path / "a.dng"
    write_dng(path, scene(SENSOR), compress=compress)
    (verdict,) = json.loads(run(tool("exiftool"), "-json", "-validate", "-warning", "-error", "-a", path).stdout)
    (whole,) = json.loads(run(tool("exiftool"), "-json", "-n", path).stdout)
    assert verdict["Validate"] == "OK"
    assert (whole["ImageWidth"], whole["ImageHeight"]) == (640, 480)
    assert (whole["Make"], whole["Model"], whole["ISO"], whole["FNumber"]) == ("Test", "Camera", 200, 2.8)
    assert (whole["ExposureTime"], whole["FrameRate"], whole["Copyright"]) == (0.02, 25, "(c)")
    assert whole["DateTimeOriginal"] == "2024:05:06 07:08:09"


def test_editors_see_no_difference_to_the_source(tmp_path):
    """A real frame, read and written again: dcraw, which knows nothing of vidisp, renders both the same."""
    source = Path(__file__).parents[2] / "datasets" / "sample" / "mural.dng"
    write_dng(tmp_path / "again.dng", read_frame(source))
    np.testing.assert_array_equal(dcraw(tmp_path / "again.dng"), dcraw(source))
    for develop in (darktable, rawtherapee):
        shutil.copy(source, tmp_path / "source.dng")
        a, b = develop(tmp_path / "again.dng"), develop(tmp_path / "source.dng")
        assert np.abs(a.astype(int) - b).mean() < 0.05

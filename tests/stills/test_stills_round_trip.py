"""A RAW photo to an ordinary JPEG and back."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

import vidisp
from tests.stills.conftest import photo
from vidisp.codec.jpeg import assemble, coded_checksum, encode, open_jpeg
from vidisp.errors import InputError, NotRecoverableError, OutputError, UsageError
from vidisp.flow.weights import RELEASED
from vidisp.metrics.fidelity import bayer_errors
from vidisp.raw import CFA_PATTERNS, read_frame
from vidisp.stills import developer as developers
from vidisp.stills.developer import StillDeveloper
from vidisp.stills.render import StillSettings, plan_record

CPU = torch.device("cpu")


def psnr(original, recovered) -> float:
    return bayer_errors(read_frame(original), read_frame(recovered)).psnr_bayer


def settings(subsampling="420", model="lift", **changes) -> StillSettings:
    values = {"step": 7, "exposure": "auto", "wb": "camera", "keep_private": False}
    return StillSettings(subsampling=subsampling, model=model, **(values | changes))


@pytest.mark.parametrize("subsampling", ["420", "444"])
@pytest.mark.parametrize("cfa", CFA_PATTERNS)
@pytest.mark.parametrize("size", [(96, 64), (67, 45)])
def test_every_pattern_and_size_comes_back(make_photo, tmp_path, cfa, size, subsampling):
    source = make_photo(width=size[0], height=size[1], cfa=cfa)
    vidisp.render(source, tmp_path / "a.jpg", quality=100, subsampling=subsampling)
    vidisp.recover(tmp_path / "a.jpg", tmp_path / "back.dng")
    assert psnr(source, tmp_path / "back.dng") > 46
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.size == (size[0] + size[0] % 2, size[1] + size[1] % 2)


def test_the_flow_works_on_photos(make_photo, tmp_path):
    """It is told the step that the file is coded with."""
    source = make_photo(width=320, height=240)
    vidisp.render(source, tmp_path / "flow-s.jpg", model="flow-s")
    vidisp.recover(tmp_path / "flow-s.jpg", tmp_path / "flow-s.dng")
    assert psnr(source, tmp_path / "flow-s.dng") > 41
    record = open_jpeg(tmp_path / "flow-s.jpg").record
    assert record.model == RELEASED["flow-s"]
    assert record.conditions["step"] == record.step == 7
    assert record.conditions["noise"] > 0


def test_learned_models_take_420(make_photo, tmp_path):
    with pytest.raises(UsageError, match="flow-s makes 4:2:0 only"):
        vidisp.render(make_photo(), tmp_path / "a.jpg", model="flow-s", subsampling="444")
    with pytest.raises(UsageError, match="no model"):
        vidisp.render(make_photo(), tmp_path / "a.jpg", model="magic")


def test_better_quality_is_more_of_both(make_photo, tmp_path):
    source = make_photo(width=160, height=96)
    sizes, fidelity = [], []
    for quality in ("75", 90, "high"):
        sizes.append(vidisp.render(source, tmp_path / "a.jpg", quality=quality, overwrite=True).photos[0].bytes)
        vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.dng", overwrite=True)
        fidelity.append(psnr(source, tmp_path / "a.dng"))
    assert sizes == sorted(sizes)
    assert fidelity == sorted(fidelity)


def test_the_dng_is_the_cameras_own_again(make_photo, tmp_path):
    source = make_photo()
    vidisp.render(source, tmp_path / "a.jpg")
    vidisp.recover(tmp_path / "a.jpg", tmp_path / "back.dng")
    before, after = read_frame(source), read_frame(tmp_path / "back.dng")
    assert after.sensor == before.sensor
    assert after.fps is None
    assert {t.code for t in before.tags} - {t.code for t in after.tags} == {42033, 2}
    assert {t for t in after.tags} <= set(before.tags)


def test_what_viewers_and_photographers_see(make_photo, tmp_path):
    made = vidisp.render(make_photo(width=320, height=200), tmp_path / "a.jpg").photos[0]
    with Image.open(tmp_path / "a.jpg") as image:
        exif, main = image.getexif().get_ifd(ExifTags.IFD.Exif), image.getexif()
        assert (main[271], main[272], main[274]) == ("Nikon", "D700", 6)
        assert (exif[33437], exif[40961], exif[40962], exif[40963]) == (2.8, 1, 320, 200)
        assert 42033 not in exif
        assert not main.get_ifd(ExifTags.IFD.GPSInfo)
        small = main.get_ifd(ExifTags.IFD.IFD1)
        data = image.info["exif"][6 + small[513] :][: small[514]]
        picture = np.asarray(image.convert("RGB").resize((160, 100)), float)
    with Image.open(io.BytesIO(data)) as thumbnail:
        assert thumbnail.size == (160, 100)
        assert np.abs(np.asarray(thumbnail.convert("RGB"), float) - picture).mean() < 6
    assert (made.width, made.height, made.bytes) == (320, 200, (tmp_path / "a.jpg").stat().st_size)


def test_private_tags_go_along_when_asked(make_photo, tmp_path):
    vidisp.render(make_photo(), tmp_path / "a.jpg", keep_private=True)
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif().get_ifd(ExifTags.IFD.Exif)[42033] == "12345"
        assert image.getexif().get_ifd(ExifTags.IFD.GPSInfo)[2] == (50, 6, 0)
    assert "BodySerialNumber" in vidisp.probe(tmp_path / "a.jpg").details["private"]


def test_saturated_photos_come_back(make_photo, tmp_path):
    frame = photo()
    frame.mosaic[:] = frame.sensor.white
    for subsampling in ("420", "444"):
        record = plan_record(frame, (), settings(subsampling))
        picture, clipped = StillDeveloper(record, CPU, 1).render(frame.mosaic)
        assert clipped == 0
        back = StillDeveloper(record, CPU, 1).recover(picture, record.extent)
        assert np.array_equal(back, frame.mosaic)


@pytest.mark.parametrize(("model", "subsampling"), [("lift", "420"), ("lift", "444"), ("flow-s", "420")])
def test_tiles_change_nothing(monkeypatch, model, subsampling):
    frame = photo(width=700, height=430, cfa="GBRG")
    record = plan_record(frame, (), settings(subsampling, model))
    whole = StillDeveloper(record, CPU, 1)
    monkeypatch.setattr(StillDeveloper, "_tiles", lambda self: developers.tiles(215, 350, 400, 1 << 30))
    assert len(whole._tiles()) == 1
    picture, clipped = whole.render(frame.mosaic)
    mosaic = whole.recover(picture, record.extent)
    monkeypatch.undo()
    monkeypatch.setattr("vidisp.stream.strips._QUADS", 1 << 13)
    monkeypatch.setattr(developers, "_QUADS", {"cpu": 45_000})
    parts = StillDeveloper(record, CPU, 3)
    assert len(parts._tiles()) >= 3
    again, again_clipped = parts.render(frame.mosaic)
    # The order in which a convolution sums may differ with the size of a tile, and with it the last digit.
    differs = max(float((a != b).mean()) for a, b in zip(again.planes, picture.planes, strict=True))
    assert differs <= (1e-3 if model == "flow-s" else 0)
    assert clipped == again_clipped
    apart = np.abs(parts.recover(picture, record.extent).astype(int) - mosaic)
    assert apart.max() <= (1 if model == "flow-s" else 0)


def test_an_unwritable_place_and_outputs_that_are_there(make_photo, tmp_path):
    source = make_photo()
    vidisp.render(source, tmp_path / "a.jpg")
    before = (tmp_path / "a.jpg").read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        vidisp.render(source, tmp_path / "a.jpg", quality=50)
    with pytest.raises(OutputError, match="does not exist"):
        vidisp.render(source, tmp_path / "nowhere" / "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"photo.dng", "a.jpg"}


def test_a_dry_run_writes_nothing(make_photo, tmp_path):
    made = vidisp.render(make_photo(), tmp_path / "a.jpg", dry_run=True)
    assert "would be 160x96, JPEG 4:2:0" in str(made)
    assert not (tmp_path / "a.jpg").exists()


def test_a_jpeg_of_somebody_else_is_refused(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.jpg")
    with pytest.raises(NotRecoverableError, match="not rendered by vidisp"):
        vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.dng", force=True)
    probed = vidisp.probe(tmp_path / "a.jpg")
    assert not probed.recoverable
    assert probed.details == {"size": "32x32"}
    assert not (tmp_path / "a.dng").exists()


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("ours", ["420", "444"])
def test_saved_again_is_noticed_and_forced(make_photo, tmp_path, ours, subsampling):
    source = make_photo(width=320, height=240)
    vidisp.render(source, tmp_path / "a.jpg", quality=95, subsampling=ours)
    with Image.open(tmp_path / "a.jpg") as image:
        comment = image.info["comment"]
        image.save(tmp_path / "b.jpg", quality=92, subsampling=subsampling, comment=comment)
    with pytest.raises(NotRecoverableError, match="saved the picture again"):
        vidisp.recover(tmp_path / "b.jpg", tmp_path / "b.dng")
    result = vidisp.recover(tmp_path / "b.jpg", tmp_path / "b.dng", force=True)
    assert result.photos[0].approximate
    assert "approximate" in str(result)
    vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.dng")
    assert 33 < psnr(source, tmp_path / "b.dng") < psnr(source, tmp_path / "a.dng")


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"model": "lift-9"}, "does not have"), ({"model": "lift-444-1"}, "no 420 pictures"), ({"look": {}}, "look"),
     ({"model_hash": "0"}, "weights"), ({"tags": ({"code": "x"},)}, "tag")],
)  # fmt: skip
def test_records_that_this_version_cannot_use(tmp_path, changes, message):
    frame = photo()
    record = plan_record(frame, (), settings())
    picture, _ = StillDeveloper(record, CPU, 1).render(frame.mosaic)
    coded = encode(picture, 7)
    bad = replace(record, coded=coded_checksum(coded), **changes)
    (tmp_path / "a.jpg").write_bytes(assemble(coded, b"II*\0", bad))
    with pytest.raises(InputError, match=f"a.jpg: .*{message}"):
        vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.dng")
    assert "tags" not in changes or not vidisp.probe(tmp_path / "a.jpg").recoverable


def test_npy_and_plain_dng(make_photo, tmp_path):
    vidisp.render(make_photo(), tmp_path / "a.jpg")
    packed = vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.dng").photos[0].bytes
    plain = vidisp.recover(tmp_path / "a.jpg", tmp_path / "b.dng", compress=False).photos[0].bytes
    assert plain > packed
    vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.npy", format="npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), read_frame(tmp_path / "a.dng").mosaic)
    with pytest.raises(UsageError, match="no dng file"):
        vidisp.recover(tmp_path / "a.jpg", tmp_path / "a.tif")

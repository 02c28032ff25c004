"""Whatever is wrong ends with one line that says it, and with no file half written or falsely restored."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from embed_kit import clip, folder_of, load, picture, refused, run, save
from PIL import Image

import vidisp


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Stills, and the pictures they were made of."""
    folder = tmp_path_factory.mktemp("made")
    left, right = (save(folder / f"{seed}.png", picture(seed)) for seed in (0, 1))
    vidisp.embed_stereo(left, right, folder / "still.png", still_psnr=40)
    vidisp.embed_stereo(left, right, folder / "still.jpg")
    return folder


def spoil(made, path, how):
    with Image.open(made / "still.png") as image:
        how(image.convert("RGB")).save(path, quality=98)
    return path


CHANGES = {
    "holds nothing that vidisp embedded": [
        lambda image: image.resize((150, 128)),
        lambda image: image.crop((8, 8, 100, 90)),
        lambda image: image.rotate(90, expand=True),
        lambda image: image.point(lambda code: max(0, code - 3)),
    ],
    "cropped or resized from 112x96 to 112x90": [lambda image: image.crop((0, 0, 112, 90))],
    "was changed since vidisp made it": [lambda image: image.point(lambda code: min(255, code + 2))],
}


@pytest.mark.parametrize(("words", "how"), [(words, how) for words, many in CHANGES.items() for how in many])
def test_a_changed_png(made, tmp_path, capsys, words, how):
    spoilt = spoil(made, tmp_path / "spoilt.png", how)
    refused(capsys, 4, words, "extract", spoilt, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_changed_sample(made, tmp_path, capsys):
    pixels = load(made / "still.png").copy()
    pixels[31, 60, 1] ^= 1
    save(tmp_path / "spoilt.png", pixels)
    refused(capsys, 4, "was changed since vidisp made it", "extract", tmp_path / "spoilt.png", tmp_path / "out")


def test_metadata_of_one_picture_on_another(made, tmp_path, capsys):
    from PIL.PngImagePlugin import PngInfo

    with Image.open(made / "still.png") as image:
        image.load()
        info = PngInfo()
        info.add_itxt("Description", image.info["Description"])
    save(tmp_path / "other.png", picture(4), pnginfo=info)
    refused(capsys, 4, "was changed since vidisp made it", "extract", tmp_path / "other.png", tmp_path / "out")


@pytest.mark.parametrize("options", [{"quality": 98}, {"quality": 90, "subsampling": 0}, {"quality": 60}])
def test_a_jpeg_that_was_saved_again(made, tmp_path, capsys, options):
    with Image.open(made / "still.jpg") as image:
        image.save(tmp_path / "again.jpg", **options)
    refused(capsys, 4, "was changed since vidisp made it", "extract", tmp_path / "again.jpg", tmp_path / "out")


def test_a_png_saved_as_a_jpeg_and_a_jpeg_as_a_png(made, tmp_path, capsys):
    Image.open(made / "still.png").save(tmp_path / "a.jpg", quality=95)
    Image.open(made / "still.jpg").save(tmp_path / "b.png")
    for name in ("a.jpg", "b.png"):
        refused(capsys, 4, "holds nothing", "extract", tmp_path / name, tmp_path / "out")
    Image.open(made / "still.png").save(tmp_path / "c.webp", lossless=True)
    refused(capsys, 4, "stills are PNG or JPEG", "extract", tmp_path / "c.webp", tmp_path / "out")


def test_files_that_are_no_stills(made, tmp_path, capsys):
    refused(capsys, 4, "holds nothing", "extract", made / "0.png", tmp_path / "out")
    refused(capsys, 1, "no such file", "extract", tmp_path / "none.png", tmp_path / "out")
    (tmp_path / "text.png").write_text("no picture")
    refused(capsys, 1, "no picture", "extract", tmp_path / "text.png", tmp_path / "out")
    for name in ("still.png", "still.jpg"):
        data = (made / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
        refused(capsys, 1, "damaged", "extract", tmp_path / name, tmp_path / "out")
    save(tmp_path / "tiny.png", picture(0, (8, 8)))
    refused(capsys, 4, "holds nothing", "extract", tmp_path / "tiny.png", tmp_path / "out")


def test_pictures_that_do_not_go_together(made, tmp_path, capsys):
    odd = save(tmp_path / "odd.png", picture(0, (100, 96)))
    out = tmp_path / "out.png"
    refused(capsys, 1, "odd.png: is 100x96, 0.png is 112x96 (all must be", "embed-stereo", made / "0.png", odd, out)
    refused(capsys, 1, "of one size", "hide", odd, made / "0.png", out)
    small = save(tmp_path / "small.png", picture(0, (40, 40)))
    refused(capsys, 1, "40x40", "embed-dual", small, small, out)
    refused(capsys, 1, "not transparent", "embed-layers", made / "0.png", made / "1.png", out)
    front = save(tmp_path / "front.png", np.dstack([picture(0), picture(1)[..., 0]]))
    refused(capsys, 1, "transparent in parts", "embed-dual", front, made / "0.png", out)
    refused(capsys, 1, "100x96", "embed-layers", front, odd, out)
    assert not out.exists()


def test_too_many_and_too_few_frames(tmp_path, capsys):
    many = folder_of(tmp_path / "many", clip(17, (64, 64)))
    out = tmp_path / "out.png"
    refused(capsys, 1, "17 frames, a still holds 16", "embed-gif", many, out)
    refused(capsys, 1, "1 pictures do not go into a still", "embed-gif", many, out, "--frames", "0:1")
    refused(capsys, 2, "names no frame", "embed-gif", many, out, "--frames", "30:40")
    (tmp_path / "empty").mkdir()
    refused(capsys, 1, "holds no pictures", "embed-gif", tmp_path / "empty", out)
    refused(capsys, 1, "no such file", "embed-gif", tmp_path / "none.mp4", out)


def test_what_does_not_fit(tmp_path, capsys):
    noise = [np.random.default_rng(seed).integers(0, 256, (96, 112, 3)).astype(np.uint8) for seed in range(4)]
    cover, *secrets = (save(tmp_path / f"{number}.png", each) for number, each in enumerate(noise))
    refused(
        capsys, 1, "do not fit into a still of 60 dB", "hide", cover, *secrets, tmp_path / "a.png", "--still-psnr", 60
    )
    assert not (tmp_path / "a.png").exists()


def test_wrong_usage(made, tmp_path, capsys):
    pair = (made / "0.png", made / "1.png")
    refused(capsys, 2, "a still is a .png or a .jpg", "embed-dual", *pair, tmp_path / "out.webp")
    refused(capsys, 2, "nothing for a PNG", "embed-dual", *pair, tmp_path / "out.png", "--quality", 90)
    refused(capsys, 2, "not from 1 to 100", "embed-dual", *pair, tmp_path / "out.jpg", "--quality", 0)
    refused(capsys, 2, "out of range", "embed-dual", *pair, tmp_path / "out.png", "--still-psnr", 5)
    refused(capsys, 2, "add --gif", "extract", made / "still.png", tmp_path / "out.gif")
    refused(capsys, 2, "no .gif", "extract", made / "still.png", tmp_path / "out", "--gif")
    refused(capsys, 2, "no frames", "extract", made / "still.png", tmp_path / "out.gif", "--gif")
    with pytest.raises(vidisp.errors.UsageError, match="no method"):
        vidisp.embed_dual(*pair, tmp_path / "out.png", method="magic")
    for wrong in (["hide", "a.png"], ["embed-gif", "a"], ["extract", "a", "b", "--gif", "--mp4"]):
        with pytest.raises(SystemExit):
            run(capsys, *wrong)


def test_nothing_is_lost(made, tmp_path, capsys):
    pair = (made / "0.png", made / "1.png")
    (tmp_path / "out.png").write_bytes(b"mine")
    refused(capsys, 1, "exists already", "embed-dual", *pair, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == b"mine"
    assert run(capsys, "embed-dual", *pair, tmp_path / "out.png", "--overwrite")[0] == 0
    refused(capsys, 1, "is one of the pictures", "embed-dual", *pair, made / "0.png", "--overwrite")
    folder = tmp_path / "out"
    assert run(capsys, "extract", tmp_path / "out.png", folder)[0] == 0
    refused(capsys, 1, "exists already", "extract", tmp_path / "out.png", folder)
    assert run(capsys, "extract", tmp_path / "out.png", folder, "--overwrite")[0] == 0
    (folder / "notes.txt").touch()
    refused(capsys, 1, "holds notes.txt", "extract", tmp_path / "out.png", folder, "--overwrite")
    refused(capsys, 1, "is a file", "extract", tmp_path / "out.png", tmp_path / "out.png", "--overwrite")
    refused(capsys, 1, "does not exist", "extract", tmp_path / "out.png", tmp_path / "no" / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.png"]


def test_without_jpeglib(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "jpeglib", None)
    refused(capsys, 2, "pip install jpeglib", "embed-dual", made / "0.png", made / "1.png", tmp_path / "a.jpg")
    refused(capsys, 2, "pip install jpeglib", "extract", made / "still.jpg", tmp_path / "out")

"""The method as a user meets it, with small networks: every command, what stills outlive, and every refusal."""

from __future__ import annotations

import json
from dataclasses import replace

import iicnet_kit
import numpy as np
import pytest
from embed_kit import clip, folder_of, load, picture, psnr, refused, run, save
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import vidisp
from vidisp.embed.files.png import save_png
from vidisp.embed.files.still import open_still
from vidisp.embed.iicnet import weights

SIZE = (197, 154)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights") / "released"
    iicnet_kit.release(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "_FOLDER", folder)
        iicnet_kit.forget()
        yield folder
    iicnet_kit.forget()


@pytest.fixture(scope="module")
def made(networks, tmp_path_factory):
    """Pictures, and stills of two of them."""
    folder = tmp_path_factory.mktemp("made")
    for seed in range(4):
        save(folder / f"{seed}.png", picture(seed, SIZE))
    for name in ("still.png", "still.jpg"):
        vidisp.embed_stereo(folder / "0.png", folder / "1.png", folder / name, method="iicnet")
    return folder


def jobs(made, tmp_path):
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    alpha = np.clip(255 * (60 - np.hypot(x - 90, y - 70)) / 8 + 128, 0, 255).astype(np.uint8)
    front = save(tmp_path / "front.png", np.dstack([picture(1, SIZE), alpha]))
    frames = folder_of(tmp_path / "frames", clip(5, SIZE))
    pictures = [made / f"{seed}.png" for seed in range(3)]
    yield "embed-gif", [frames], [f"frame_{n:04d}.png" for n in range(5)]
    yield "embed-stereo", pictures[:2], ["left.png", "right.png"]
    yield "embed-dual", pictures[:2], ["view_1.png", "view_2.png"]
    yield "hide", pictures, ["secret_1.png", "secret_2.png"]
    yield "embed-layers", [front, pictures[2]], ["background.png", "foreground.png"]


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_every_command(made, tmp_path, capsys, suffix):
    for command, inputs, names in jobs(made, tmp_path):
        still, out = tmp_path / f"{command}.{suffix}", tmp_path / command
        code, text, err = run(capsys, command, *inputs, still, "--method", "iicnet", "--json")
        assert (code, err) == (0, ""), err
        result = json.loads(text)
        assert result["method"] == "iicnet"
        assert result["still_psnr"] > 28
        code, _, err = run(capsys, "extract", still, out)
        assert (code, err) == (0, ""), err
        assert sorted(path.name for path in out.iterdir()) == names
        assert all(load(path).shape[:2] == SIZE[::-1] for path in out.iterdir())


def test_what_comes_back_is_what_was_said(made, tmp_path):
    result = vidisp.embed_stereo(made / "0.png", made / "1.png", tmp_path / "still.jpg", method="iicnet", quality=75)
    vidisp.extract(tmp_path / "still.jpg", tmp_path / "out")
    back = [load(tmp_path / "out" / name) for name in ("left.png", "right.png")]
    found = [psnr(a, picture(seed, SIZE)) for seed, a in enumerate(back)]
    assert result.restored_psnr == pytest.approx(found, abs=0.01)
    assert load(tmp_path / "still.jpg").shape == (160, 200, 3)
    assert result.still_psnr == pytest.approx(
        psnr(load(tmp_path / "still.jpg")[:154, :197], picture(0, SIZE)), abs=0.01
    )
    # The network brings something of the other picture: the mean of its blocks.
    first, second = (_means(picture(seed, SIZE)) for seed in (0, 1))
    assert psnr(_means(back[1]), second) > psnr(first, second) + 6


def _means(pixels: np.ndarray) -> np.ndarray:
    """Luma of blocks."""
    return (pixels[:152, :192] @ [0.299, 0.587, 0.114]).reshape(19, 8, 24, 8).mean((1, 3))


@pytest.mark.parametrize("kind", ["comment", "bare", "png", "coarser"])
def test_a_jpeg_that_was_saved_again_comes_back(made, tmp_path, capsys, caplog, kind):
    """With its comment or without any metadata, by another program, even as a PNG: with a word about it."""
    again = tmp_path / ("again.png" if kind == "png" else "again.jpg")
    with Image.open(made / "still.jpg") as image:
        bare = Image.fromarray(np.asarray(image))
        options = {"quality": 85 if kind == "coarser" else 90, "subsampling": 0}
        (image if kind == "comment" else bare).save(again, **({} if kind == "png" else options))
    before, after = tmp_path / "before", tmp_path / "after"
    assert run(capsys, "extract", made / "still.jpg", before)[0] == 0
    assert not caplog.messages
    assert run(capsys, "extract", again, after)[0] == 0
    (message,) = caplog.messages
    assert f"{again}: was changed since vidisp made it; what comes back is less exact" in message
    for name in ("left.png", "right.png"):
        assert psnr(load(after / name), load(before / name)) > 28


def spoilt(pixels: np.ndarray) -> dict[str, np.ndarray]:
    painted = pixels.copy()
    painted[:80, :80] = 90
    small = Image.fromarray(pixels).resize((100, 80), Image.Resampling.BOX)
    return {
        "cropped": pixels[:, :192],
        "resized": np.asarray(small),
        "moved": np.roll(pixels, 4, 1),
        "painted": painted,
        "grey": np.asarray(Image.fromarray(pixels).convert("L").convert("RGB")),
        "mirrored": pixels[:, ::-1],
    }


@pytest.mark.parametrize("noted", [False, True])
def test_garbage_is_never_shown(made, tmp_path, capsys, noted):
    """Whether the file still says what it held, or not."""
    with Image.open(made / "still.jpg") as image:
        pixels, comment = np.asarray(image), image.info["comment"].decode()
    info = PngInfo()
    info.add_text("comment", comment)
    for number, (name, changed) in enumerate(spoilt(pixels).items()):
        path = save(tmp_path / f"{number}.png", changed, pnginfo=info if noted else None)
        code, out, err = run(capsys, "extract", path, tmp_path / "out")
        assert (code, out, err.count("\n")) == (4, "", 1), (name, err)
        words = "cropped or resized" if changed.shape != pixels.shape else "was changed since vidisp made it"
        assert (words if noted else "") in err, (name, err)
    refused(capsys, 4, "holds nothing", "extract", made / "3.png", tmp_path / "out")
    other = save(tmp_path / "other.png", picture(3, (200, 160)), pnginfo=info)
    refused(capsys, 4, "was changed since vidisp made it", "extract", other, tmp_path / "out")
    for options in ({"quality": 5, "subsampling": 0}, {"quality": 70, "subsampling": 2}):
        Image.fromarray(pixels).save(tmp_path / "again.jpg", comment=comment if noted else "", **options)
        words = "was changed since vidisp made it" if noted else ""
        refused(capsys, 4, words, "extract", tmp_path / "again.jpg", tmp_path / "out")


def test_a_png_that_lost_its_metadata(made, tmp_path, capsys, caplog):
    """It may be spoilt in places too small to count, but not be made a coarse JPEG."""
    pixels = load(made / "still.png")
    assert run(capsys, "extract", made / "still.png", tmp_path / "before")[0] == 0
    assert not caplog.messages
    save(tmp_path / "bare.png", pixels)
    assert run(capsys, "extract", tmp_path / "bare.png", tmp_path / "after")[0] == 0
    assert "was changed since" in caplog.text
    for name in ("left.png", "right.png"):
        assert np.array_equal(load(tmp_path / "before" / name), load(tmp_path / "after" / name))
    Image.fromarray(pixels).save(tmp_path / "still.jpg", quality=10)
    refused(capsys, 4, "holds nothing", "extract", tmp_path / "still.jpg", tmp_path / "no")


def test_what_the_method_does_not_take(made, tmp_path, capsys):
    out, pair = tmp_path / "out.jpg", (made / "0.png", made / "1.png")
    frames = folder_of(tmp_path / "frames", clip(10))
    iicnet = ("--method", "iicnet")
    refused(capsys, 1, "10 pictures are too many for the method iicnet (at most 9", "embed-gif", frames, out, *iicnet)
    refused(capsys, 1, "at most 2, or", "hide", *(made / f"{n}.png" for n in range(4)), out, *iicnet)
    refused(capsys, 2, "cannot be chosen", "embed-dual", *pair, out, *iicnet, "--still-psnr", 40)
    refused(capsys, 2, "of quality 90 or 75 only", "embed-dual", *pair, out, *iicnet, "--quality", 92)
    assert not out.exists()


def test_the_newest_weights_are_not_those_that_made_the_still(made, networks, tmp_path, capsys):
    """An improved network has another id; a still whose network is gone is refused, whatever the new one would say."""
    gone = tmp_path / "gone"
    gone.mkdir()
    for file in networks.iterdir():
        if not file.name.startswith("pair"):
            (gone / file.name).write_bytes(file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "_FOLDER", gone)
        iicnet_kit.forget()
        words = "was made with weights that this vidisp does not have"
        refused(capsys, 4, words, "extract", made / "still.jpg", tmp_path / "out")
        pair = (made / "0.png", made / "1.png", tmp_path / "a.png")
        words = "the weights of the network pair-png are missing"
        refused(capsys, 1, words, "embed-dual", *pair, "--method", "iicnet")
    iicnet_kit.forget()


def test_a_header_that_lies(made, tmp_path, capsys):
    """It may come from anywhere."""
    still = open_still(made / "still.png")
    true, own, facts = still.header, still.header.own, still.header.facts
    frames = replace(facts, task="frames", count=9, durations=(40,) * 9)
    lies = [
        (1, "does not fit", replace(true, facts=frames)),
        (1, "does not fit", replace(true, facts=replace(facts, size=(180, 154)))),
        (4, "weights that this vidisp does not have", replace(true, own={**own, "weights": "0" * 12})),
        (1, "missing or of the wrong kind", replace(true, own={})),
        (1, "missing or of the wrong kind", replace(true, own={**own, "still": "x"})),
        (4, "was changed since", replace(true, own={**own, "still": 1}, facts=replace(facts, task="dual"))),
    ]
    for code, words, header in lies:
        save_png(tmp_path / "lie.png", still.canvas, header, None)
        refused(capsys, code, words, "extract", tmp_path / "lie.png", tmp_path / "out")


def test_auto_is_the_payload(made, tmp_path):
    assert vidisp.embed_dual(made / "0.png", made / "1.png", tmp_path / "a.png").method == "payload"

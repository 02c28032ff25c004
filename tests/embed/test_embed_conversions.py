"""Whole commands on small pictures: what goes into a still comes back, whatever is stripped from the file."""

from __future__ import annotations

import json

import av
import numpy as np
import pytest
from embed_kit import clip, folder_of, load, picture, psnr, run, save
from PIL import Image

import vidisp


def extracted(capsys, still, folder):
    """Names and pictures that come out."""
    code, out, err = run(capsys, "extract", still, folder)
    assert code == 0, err
    assert out.split() == [str(path) for path in sorted(folder.iterdir(), key=lambda path: out.index(path.name))]
    return {path.name: load(path) for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["still.png", "still.jpg"])
def test_a_folder_of_frames(tmp_path, capsys, name):
    frames = clip(5)
    code, out, err = run(capsys, "embed-gif", folder_of(tmp_path / "frames", frames), tmp_path / name, "--json")
    assert code == 0, err
    result = json.loads(out)
    back = extracted(capsys, tmp_path / name, tmp_path / "out")
    assert sorted(back) == [f"frame_{number:04d}.png" for number in range(5)]
    assert result["still_psnr"] == pytest.approx(psnr(load(tmp_path / name), frames[2]), abs=0.01)
    for number, value in enumerate(result["restored_psnr"]):
        assert value == pytest.approx(psnr(back[f"frame_{number:04d}.png"], frames[number]), abs=0.01)
    worst = 40 if name.endswith("png") else 28
    assert min(result["still_psnr"], *result["restored_psnr"]) > worst
    assert abs(result["still_psnr"] - result["mean_restored_psnr"]) < 1


def test_views_and_secrets(tmp_path, capsys):
    a, b, c = (save(tmp_path / f"{seed}.png", picture(seed)) for seed in range(3))
    jobs = {
        "embed-stereo": ([a, b], ["left.png", "right.png"], [0, 1]),
        "embed-dual": ([a, b], ["view_1.png", "view_2.png"], [0, 1]),
        "hide": ([a, b, c], ["secret_1.png", "secret_2.png"], [1, 2]),
    }
    for command, (inputs, names, seeds) in jobs.items():
        still = tmp_path / f"{command}.png"
        assert run(capsys, command, *inputs, still)[0] == 0
        back = extracted(capsys, still, tmp_path / command)
        assert sorted(back) == names
        assert psnr(load(still), picture(0)) > 35
        for name, seed in zip(names, seeds, strict=True):
            assert psnr(back[name], picture(seed)) > 35


def test_layers_come_back_with_an_exact_alpha(tmp_path, capsys):
    y, x = np.mgrid[:96, :112]
    alpha = np.clip(255 * (30 - np.hypot(x - 60, y - 50)) / 8 + 128, 0, 255).astype(np.uint8)
    front = save(tmp_path / "front.png", np.dstack([picture(1), alpha]))
    still = tmp_path / "still.png"
    assert run(capsys, "embed-layers", front, save(tmp_path / "back.png", picture(2)), still)[0] == 0
    back = extracted(capsys, still, tmp_path / "out")
    assert np.array_equal(back["foreground.png"][..., 3], alpha)
    assert psnr(back["foreground.png"][alpha > 0, :3], picture(1)[alpha > 0]) > 38
    assert psnr(back["background.png"], picture(2)) > 38
    assert psnr(load(still)[alpha == 255], picture(1)[alpha == 255]) > 38
    assert psnr(load(still)[alpha == 0], picture(2)[alpha == 0]) > 38


@pytest.mark.parametrize("wish", [38.0, 46.0])
def test_the_still_is_as_good_as_was_wished(tmp_path, wish):
    source = folder_of(tmp_path / "frames", clip(3))
    result = vidisp.embed_gif(source, tmp_path / "still.png", still_psnr=wish)
    assert wish - 0.02 <= result.still_psnr < wish + 2.5
    # A still that is much worse than what it holds: its own frame is coded as well and averaged with it.
    assert min(value for value in result.restored_psnr) > wish


def test_frames_of_a_gif_and_of_a_video(tmp_path, capsys):
    frames = [Image.fromarray(frame).quantize(64).convert("RGB") for frame in clip(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=[40, 80, 120, 200])
    assert run(capsys, "embed-gif", tmp_path / "a.gif", tmp_path / "a.png")[0] == 0
    assert run(capsys, "extract", tmp_path / "a.png", tmp_path / "b.gif", "--gif")[0] == 0
    with Image.open(tmp_path / "b.gif") as image:
        assert image.n_frames == 4
        durations = []
        for number in range(4):
            image.seek(number)
            durations.append(image.info["duration"])
    assert durations == [40, 80, 120, 200]
    assert run(capsys, "extract", tmp_path / "a.png", tmp_path / "c.mp4", "--mp4")[0] == 0
    with av.open(str(tmp_path / "c.mp4")) as video:
        times = [frame.time for frame in video.decode(video=0)]
    assert np.allclose(times, [0, 0.04, 0.12, 0.24], atol=0.002)
    code, out, _ = run(capsys, "embed-gif", tmp_path / "c.mp4", tmp_path / "d.png", "--frames", "1:3", "--json")
    facts = json.loads(out)["facts"]
    assert (code, facts["count"]) == (0, 2)
    assert facts["ms"] == [pytest.approx(80, abs=1), pytest.approx(120, abs=1)]


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    """A PNG and a JPEG that hold a stereo pair."""
    folder = tmp_path_factory.mktemp("stills")
    left, right = (save(folder / f"{seed}.png", picture(3, shift=shift)) for seed, shift in ((0, 0), (1, 4)))
    vidisp.embed_stereo(left, right, folder / "still.png")
    vidisp.embed_stereo(left, right, folder / "still.jpg", quality=75)
    return folder


def test_a_file_says_what_it_holds(stills):
    with Image.open(stills / "still.png") as image:
        assert "holds a stereo pair: `vidisp extract`" in image.info["Description"]
    with Image.open(stills / "still.jpg") as image:
        assert b"holds a stereo pair: `vidisp extract`" in image.info["comment"]
        assert any(name == "APP11" for name, _ in image.applist)


def test_a_png_survives_the_loss_of_its_metadata(stills, tmp_path, capsys):
    """Saved again without losses, by a program that keeps no chunks, in another mode and compression."""
    with Image.open(stills / "still.png") as image:
        image.convert("RGBA").save(tmp_path / "bare.png", compress_level=1)
        assert not {"Description"} & set(Image.open(tmp_path / "bare.png").info)
    before = extracted(capsys, stills / "still.png", tmp_path / "before")
    after = extracted(capsys, tmp_path / "bare.png", tmp_path / "after")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_jpeg_survives_the_loss_of_its_metadata(stills, tmp_path, capsys):
    data = (stills / "still.jpg").read_bytes()
    bare, at = data[:2], 2
    while data[at + 1] != 0xDA:
        size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        bare += data[at : at + size] if data[at + 1] not in (0xFE, 0xEB) else b""
        at += size
    (tmp_path / "bare.jpg").write_bytes(bare + data[at:])
    assert len(bare + data[at:]) < len(data) - 200
    before = extracted(capsys, stills / "still.jpg", tmp_path / "before")
    after = extracted(capsys, tmp_path / "bare.jpg", tmp_path / "after")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_an_icc_profile_goes_along(tmp_path, capsys):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    first = save(tmp_path / "0.png", picture(0), icc_profile=profile)
    for name in ("still.png", "still.jpg"):
        assert run(capsys, "embed-dual", first, first, tmp_path / name)[0] == 0
        assert Image.open(tmp_path / name).info["icc_profile"] == profile
        assert run(capsys, "extract", tmp_path / name, tmp_path / f"{name}.out")[0] == 0
        assert Image.open(tmp_path / f"{name}.out" / "view_2.png").info["icc_profile"] == profile


def test_the_same_pictures_make_the_same_file(stills, tmp_path):
    vidisp.embed_stereo(stills / "0.png", stills / "1.png", tmp_path / "again.png")
    assert np.array_equal(load(tmp_path / "again.png"), load(stills / "still.png"))

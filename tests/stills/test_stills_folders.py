"""Folders of photos: what becomes of which, and that a bad one does not stop the others."""

from __future__ import annotations

import json

import pytest
from PIL import Image

import vidisp
from vidisp.cli.main import main
from vidisp.errors import InputError, InterruptedRun, OutputError, UsageError
from vidisp.raw import read_frame
from vidisp.stills import batch


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def photos(make_photo, tmp_path):
    """Two photos of different sizes, patterns and names, and files that are none."""
    make_photo("photos/IMG_7.dng", width=96, height=64)
    make_photo("photos/IMG_9.DNG", width=64, height=48, cfa="BGGR")
    (tmp_path / "photos" / "._IMG_7.dng").write_bytes(b"\0")
    (tmp_path / "photos" / "notes.txt").touch()
    return tmp_path / "photos"


def test_a_folder_gives_a_folder(photos, tmp_path):
    made = vidisp.render(photos, tmp_path / "jpegs", jobs=2)
    assert names(tmp_path / "jpegs") == {"IMG_7.jpg", "IMG_9.jpg"}
    assert [(p.width, p.output.name) for p in made.photos] == [(96, "IMG_7.jpg"), (64, "IMG_9.jpg")]
    back = vidisp.recover(tmp_path / "jpegs", tmp_path / "back")
    assert names(tmp_path / "back") == {"IMG_7.dng", "IMG_9.dng"}
    assert len(back.photos) == 2
    assert read_frame(tmp_path / "back" / "IMG_9.dng").sensor.cfa == "BGGR"


def test_each_photo_has_a_look_of_its_own(photos, tmp_path, make_photo):
    dark = read_frame(make_photo("photos/IMG_8.dng", width=96, height=64))
    dark.mosaic[:] = 512 + (dark.mosaic.astype(int) - 512) // 8
    vidisp.raw.write_dng(photos / "IMG_8.dng", dark)
    made = vidisp.render(photos, tmp_path / "jpegs")
    gains = {p.output.stem: min(p.look["gains"]) for p in made.photos}
    assert gains["IMG_8"] > 2 * gains["IMG_7"]


def test_a_bad_photo_is_named_and_the_others_are_done(photos, tmp_path, capsys, caplog):
    (photos / "IMG_8.dng").write_bytes(b"junk" * 100)
    code = main(["render", str(photos), str(tmp_path / "jpegs"), "--json", "--progress", "none"])
    out, err = capsys.readouterr()
    assert code == 3
    assert names(tmp_path / "jpegs") == {"IMG_7.jpg", "IMG_9.jpg"}
    assert [entry["source"] for entry in json.loads(out)["failed"]] == [str(photos / "IMG_8.dng")]
    assert "IMG_8.dng: is not a DNG" in caplog.text
    assert "1 of 3 photos could not be done" in err


def test_a_foreign_jpeg_among_ours(photos, tmp_path, caplog):
    vidisp.render(photos, tmp_path / "jpegs")
    (tmp_path / "jpegs" / "a.jpg").write_bytes(b"\xff\xd8 no")
    assert main(["recover", str(tmp_path / "jpegs"), str(tmp_path / "back"), "--progress", "none"]) == 3
    assert "a.jpg: is no JPEG" in caplog.text
    assert names(tmp_path / "back") == {"IMG_7.dng", "IMG_9.dng"}


def test_nothing_but_bad_ones_is_no_part_of_success(tmp_path, capsys, caplog):
    (tmp_path / "bad").mkdir()
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (16, 16)).save(tmp_path / "bad" / name)
    assert main(["recover", str(tmp_path / "bad"), str(tmp_path / "back"), "--progress", "none"]) == 4
    assert "a.jpg: cannot be recovered" in caplog.text
    assert "none of the 2 photos" in capsys.readouterr().err


def test_what_is_there_is_kept_or_replaced_as_asked(photos, tmp_path):
    out = tmp_path / "jpegs"
    vidisp.render(photos, out)
    with pytest.raises(OutputError, match=r"IMG_7.jpg already and 1 more .*--resume"):
        vidisp.render(photos, out)
    (out / "IMG_9.jpg").unlink()
    before = (out / "IMG_7.jpg").read_bytes()
    made = vidisp.render(photos, out, resume=True, quality=50)
    assert [p.output.name for p in made.photos] == ["IMG_9.jpg"]
    assert made.skipped == 1
    assert "1 were there already" in str(made)
    assert (out / "IMG_7.jpg").read_bytes() == before
    assert len(vidisp.render(photos, out, overwrite=True, quality=50).photos) == 2
    assert (out / "IMG_7.jpg").read_bytes() != before


def test_a_photo_into_a_folder(make_photo, tmp_path):
    (tmp_path / "out.d").mkdir()
    source = make_photo("in/a.dng")
    vidisp.render(source, tmp_path / "out.d")
    assert names(tmp_path / "out.d") == {"a.jpg"}


def test_names_that_would_become_one(photos, tmp_path, make_photo):
    make_photo("photos/img_7.NEF")
    with pytest.raises(InputError, match="would become the same file"):
        vidisp.render(photos, tmp_path / "jpegs")


def test_a_folder_is_never_written_into_itself(photos, tmp_path):
    """A camera's own JPEG would be lost, or the RAW photo itself."""
    with pytest.raises(UsageError, match="the photos are in"):
        vidisp.render(photos, photos, overwrite=True)


def test_folders_that_hold_nothing_to_take(photos, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no RAW photos"):
        vidisp.render(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(InputError, match="holds no JPEG files"):
        vidisp.recover(photos, tmp_path / "out")
    with pytest.raises(InputError, match="does not exist"):
        vidisp.render(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be made"):
        vidisp.render(photos, tmp_path / "no" / "out")
    with pytest.raises(UsageError, match="one file holds one photo"):
        vidisp.render(photos, tmp_path / "a.jpg")


def test_an_interrupted_run_keeps_what_is_whole(photos, tmp_path, monkeypatch):
    done = []

    def stop(items, **_):
        for task in items:
            if done:
                raise KeyboardInterrupt
            done.append(task)
            yield task, batch_result

    batch_result = vidisp.render(photos, tmp_path / "first").photos[0]
    monkeypatch.setattr(batch, "parallel_map", lambda function, items, **options: stop(items))
    with pytest.raises(InterruptedRun, match=r"1 of 2 photos are done .*--resume"):
        vidisp.render(photos, tmp_path / "second")

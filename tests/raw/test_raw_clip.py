"""Clips on disk: order, numbers, and everything a real folder has wrong with it."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import raw_maker as maker

from vidisp.errors import InputError
from vidisp.raw import Clip

SRATIONAL = 10


def fill(folder, names, **extra):
    folder.mkdir(exist_ok=True)
    for index, name in enumerate(names):
        maker.make_dng(folder / name, maker.noise(8, 12, seed=index), t51044=(SRATIONAL, (25, 1)), **extra)
    return folder


def refusal(path):
    with pytest.raises(InputError) as caught:
        Clip.open(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_a_clip(tmp_path):
    folder = fill(tmp_path / "shot", [f"A001_{n}.dng" for n in (9, 10, 11)])
    clip = Clip.open(str(folder))
    assert (len(clip), clip.name, clip.numbers, clip.fps) == (3, "shot", (9, 10, 11), Fraction(25))
    assert [path.name for path in clip.paths] == ["A001_9.dng", "A001_10.dng", "A001_11.dng"]
    assert (clip.sensor.width, clip.sensor.height) == (12, 8)
    for index in range(3):
        frame = clip.read(index)
        np.testing.assert_array_equal(frame.mosaic, maker.noise(8, 12, seed=index))
        assert frame.number == clip.numbers[index]


def test_one_file_is_a_clip(tmp_path):
    fill(tmp_path, ["a_0012.dng", "portrait.dng"])
    assert Clip.open(tmp_path / "a_0012.dng").numbers == (12,)
    clip = Clip.open(tmp_path / "portrait.dng")
    assert (clip.numbers, clip.name, len(clip), clip.ignored) == ((0,), "portrait", 1, ())


def test_stray_files_are_ignored_and_named(tmp_path):
    stray = ["Thumbs.db", ".DS_Store", "._A_2.dng", "A_2.xmp", "A_2.jpg", "notes.txt"]
    folder = fill(tmp_path / "shot", ["A_2.dng", "A_3.DNG"])
    for name in stray:
        (folder / name).write_bytes(b"?")
    (folder / "sub").mkdir()
    clip = Clip.open(folder)
    assert clip.numbers == (2, 3)
    assert sorted(path.name for path in clip.ignored) == sorted(stray)


def test_names_without_numbers_go_by_name(tmp_path):
    clip = Clip.open(fill(tmp_path / "shot", ["b10x.dng", "b9x.dng", "a.dng"]))
    assert [path.name for path in clip.paths] == ["a.dng", "b9x.dng", "b10x.dng"]
    assert clip.numbers == (0, 1, 2)


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((1, 3), "frame 2 is missing"),
        ((1, 5, 6, 9), "frames 2 to 4, 7 to 8 are missing"),
        ((1, 4), "frames 2 to 3 are"),
    ],
)
def test_missing_frames_are_named(tmp_path, numbers, says):
    line = refusal(fill(tmp_path / "shot", [f"a_{n:04}.dng" for n in numbers]))
    assert says in line
    assert "copy" in line


def test_two_files_with_one_number(tmp_path):
    assert "keep one kind" in refusal(fill(tmp_path / "a", ["IMG_1.cr2", "IMG_1.dng", "IMG_2.dng"]))
    line = refusal(fill(tmp_path / "b", ["A_1.dng", "B_1.dng", "A_2.dng"]))
    assert "A_1.dng and B_1.dng have the same number" in line
    assert "folder of its own" in line
    assert "same number" in refusal(fill(tmp_path / "c", ["A_1.dng", "A_01.dng"]))


def test_mixed_sizes_are_found_when_the_clip_is_opened(tmp_path):
    folder = fill(tmp_path / "shot", ["a_1.dng", "a_2.dng"])
    maker.make_dng(folder / "a_3.dng", maker.noise(8, 14))
    line = refusal(folder)
    assert "a_3.dng, frame 3: is 14x8" in line
    assert "12x8" in line


def test_mixed_patterns_are_found_when_the_clip_is_opened(tmp_path):
    folder = fill(tmp_path / "shot", ["a_1.dng", "a_2.dng"])
    maker.make_dng(folder / "a_3.dng", maker.noise(8, 12), cfa="BGGR")
    assert "is 12x8 BGGR" in refusal(folder)


def test_a_frame_that_changes_after_opening_is_found_when_it_is_read(tmp_path):
    clip = Clip.open(fill(tmp_path / "shot", ["a_1.dng", "a_2.dng"]))
    maker.make_dng(tmp_path / "shot" / "a_2.dng", maker.noise(10, 12))
    with pytest.raises(InputError, match=r"a_2\.dng, frame 2: is 12x10"):
        clip.read(1)


def test_a_damaged_frame_in_the_middle_is_found_when_the_clip_is_opened(tmp_path):
    folder = fill(tmp_path / "shot", ["a_1.dng", "a_2.dng", "a_3.dng"])
    (folder / "a_2.dng").write_text("hello")
    assert "a_2.dng, frame 2: is not a DNG" in refusal(folder)
    (folder / "a_2.dng").write_bytes(b"")
    assert "a_2.dng, frame 2: is an empty file" in refusal(folder)


def test_nothing_to_read(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nowhere")
    assert "holds no RAW files" in refusal(tmp_path)
    (tmp_path / "Thumbs.db").write_bytes(b"?")
    assert "holds no RAW files" in refusal(tmp_path)


def test_sound_in_the_folder_or_beside_it(tmp_path, caplog):
    folder = fill(tmp_path / "shot", ["a_1.dng"])
    assert Clip.open(folder).audio is None
    (tmp_path / "other.wav").write_bytes(b"")
    assert Clip.open(folder).audio == tmp_path / "other.wav"
    (tmp_path / "shot.WAV").write_bytes(b"")
    assert Clip.open(folder).audio == tmp_path / "shot.WAV"
    (folder / "inside.wav").write_bytes(b"")
    assert Clip.open(folder).audio == folder / "inside.wav"
    assert not caplog.records
    (folder / "inside2.wav").write_bytes(b"")
    assert Clip.open(folder).audio is None
    assert "several WAV" in caplog.text


def test_sound_beside_one_file(tmp_path):
    fill(tmp_path, ["a_1.dng"])
    (tmp_path / "a_1.wav").write_bytes(b"")
    (tmp_path / "b.wav").write_bytes(b"")
    assert Clip.open(tmp_path / "a_1.dng").audio == tmp_path / "a_1.wav"


def test_many_threads_read_one_clip_and_it_crosses_processes(tmp_path):
    clip = pickle.loads(pickle.dumps(Clip.open(fill(tmp_path / "shot", [f"a_{n}.dng" for n in range(12)]))))
    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(clip.read, [*range(12)] * 3))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.mosaic, maker.noise(8, 12, seed=index % 12))


def test_a_warning_about_every_frame_is_said_once(tmp_path, caplog):
    folder = fill(tmp_path / "shot", [f"a_{n}.dng" for n in range(3)], t50721=None)
    clip = Clip.open(folder)
    for index in range(3):
        clip.read(index)
    assert caplog.text.count("no usable colour matrix") == 1

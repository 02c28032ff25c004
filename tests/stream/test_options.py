"""Frame ranges, segments, and outputs that must not be lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidisp.errors import OutputError, UsageError
from vidisp.stream.options import check_output, frame_range, replace_folder, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, range(10)),
        (":", range(10)),
        ("2:5", range(2, 5)),
        (":-8", range(2)),
        ("-2:", range(8, 10)),
        ("8:99", range(8, 10)),
    ],
)
def test_frames_are_a_python_slice(text, expected):
    assert frame_range(text, 10) == expected


@pytest.mark.parametrize("text", ["5:5", "9:2", "10:", "abc", "1:2:3", "3", "1.5:2"])
def test_frames_that_name_nothing_are_refused(text):
    with pytest.raises(UsageError, match="frame"):
        frame_range(text, 10)


@given(st.integers(0, 300), st.integers(1, 300), st.integers(1, 60))
def test_segments_cover_the_range_and_do_not_depend_on_its_start(start, count, length):
    frames = range(start, start + count)
    segments = split(frames, length)
    assert [i for s in segments for i in s.frames] == list(frames)
    whole = {s.index: s.frames for s in split(range(600), length)}
    for segment in segments:
        assert set(segment.frames) <= set(whole[segment.index])
        assert segment.frames == whole[segment.index] or segment in (segments[0], segments[-1])


def test_an_output_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"exists already.*--overwrite"):
        check_output(path, overwrite=False, resume=False)
    check_output(path, overwrite=True, resume=False)


def test_an_empty_folder_is_no_output_yet(tmp_path):
    check_output(tmp_path, overwrite=False, resume=False)


def test_the_folder_to_write_into_must_exist(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        check_output(tmp_path / "no" / "out.mp4", overwrite=False, resume=False)


def test_a_folder_replaces_the_one_before(tmp_path):
    old, new = tmp_path / "frames", tmp_path / ".staging"
    for folder, name in ((old, "old.dng"), (new, "new.dng")):
        folder.mkdir()
        (folder / name).touch()
    replace_folder(new, old)
    assert [p.name for p in tmp_path.rglob("*")] == ["frames", "new.dng"]

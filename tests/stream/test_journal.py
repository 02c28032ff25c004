"""The staging folder of a run: kept for the same settings, never mixed up, never somebody else's."""

from __future__ import annotations

import pytest

from vidisp.errors import OutputError, UsageError
from vidisp.stream.journal import Journal, staging_folder


def test_a_resumed_run_finds_its_pieces(tmp_path):
    output, source = tmp_path / "out.mp4", tmp_path / "in.dng"
    source.write_bytes(b"one")
    piece = Journal(output, {"crf": 14}, resume=False).piece(3, [source], ".nut")
    piece.touch()
    assert Journal(output, {"crf": 14}, resume=True).piece(3, [source], ".nut") == piece
    assert piece.exists()


def test_a_changed_input_is_another_piece(tmp_path):
    output, source = tmp_path / "out.mp4", tmp_path / "in.dng"
    source.write_bytes(b"one")
    journal = Journal(output, {}, resume=False)
    before = journal.piece(0, [source], ".nut")
    source.write_bytes(b"three")
    assert journal.piece(0, [source], ".nut") != before


def test_other_settings_cannot_resume(tmp_path):
    Journal(tmp_path / "out.mp4", {"crf": 14}, resume=False)
    with pytest.raises(UsageError, match="settings"):
        Journal(tmp_path / "out.mp4", {"crf": 15}, resume=True)


def test_a_fresh_run_starts_empty(tmp_path):
    journal = Journal(tmp_path / "out.mp4", {}, resume=False)
    (journal.folder / "000000-x.nut").touch()
    journal = Journal(tmp_path / "out.mp4", {}, resume=False)
    assert not list(journal.folder.glob("*.nut"))
    journal.close()
    assert not list(tmp_path.iterdir())


def test_a_foreign_folder_is_left_alone(tmp_path):
    folder = staging_folder(tmp_path / "out.mp4")
    folder.mkdir()
    (folder / "diary.txt").touch()
    with pytest.raises(OutputError, match="was not made by vidisp"):
        Journal(tmp_path / "out.mp4", {}, resume=False)
    assert (folder / "diary.txt").exists()

"""What is written appears whole or not at all."""

from __future__ import annotations

import pytest

from transfertune.datasets.atomic_write import atomic_folder, atomic_path, atomic_write


class BrokenOffError(Exception):
    """Something that goes wrong in the middle of writing."""


def test_a_file_is_replaced_whole(tmp_path):
    """Text is UTF-8 with its line ends as they are, bytes are bytes, and nothing is left beside."""
    path = tmp_path / "a.txt"
    atomic_write(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    atomic_write(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_breaks_off_leaves_the_earlier_one(tmp_path):
    """An error while writing changes nothing."""
    path = tmp_path / "a.txt"
    atomic_write(path, "earlier")
    with pytest.raises(BrokenOffError), atomic_path(path) as part:
        part.write_text("half")
        raise BrokenOffError
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_when_it_is_filled(tmp_path):
    """What a killed process left is removed, and a folder that breaks off is not there."""
    folder = tmp_path / "set"
    (tmp_path / ".set.part").mkdir()
    (tmp_path / ".set.part" / "old").touch()
    with pytest.raises(BrokenOffError), atomic_folder(folder) as part:
        assert list(part.iterdir()) == []
        raise BrokenOffError
    assert list(tmp_path.iterdir()) == []
    with atomic_folder(folder) as part:
        (part / "new").touch()
        assert not folder.exists()
    assert [file.name for file in folder.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [folder]

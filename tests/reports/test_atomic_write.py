"""Whole files or none."""

import resource
import signal
from pathlib import Path

import pytest

from transfertune.reports import why_unwritable, write_beside
from transfertune.reports.json_values import encode


def test_writes_and_replaces(tmp_path):
    """The folder is made, a second write replaces the first, and nothing lies beside."""
    path = write_beside(tmp_path / "deep" / "file.json", encode({"a": 1}))
    write_beside(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_full_disk_leaves_the_old_file(tmp_path):
    """When the disk is full the old content stays and the half-written file goes."""
    path = write_beside(tmp_path / "file", b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            write_beside(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_told_by_the_files_name():
    """Neither the error nor the reason names the file beside; a folder that is not there is judged by the one above."""
    with pytest.raises(OSError, match="/sys/file") as caught:
        write_beside(Path("/sys/file"), b"one")
    assert caught.value.filename == "/sys/file"
    assert why_unwritable(Path("/sys/new/folder")).startswith("/sys cannot be written (")


def test_a_writable_folder_is_left_as_it_is(tmp_path):
    """Nothing is made in it to find out, nor on the way to it."""
    assert why_unwritable(tmp_path / "new" / "folder") is None
    assert list(tmp_path.iterdir()) == []


def test_only_json_values_are_encoded():
    """What JSON cannot hold is a TypeError, not a silent string."""
    with pytest.raises(TypeError, match="is not a JSON value"):
        encode({"a": object()})

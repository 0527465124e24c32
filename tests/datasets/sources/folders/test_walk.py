"""The walk through a folder: what is never opened, where links end, and that an archive is walked as its folder was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from trees import plant

from transfertune.datasets import DataError, Walk, load_dataset
from transfertune.datasets.sources.folders import walk

NO_CACHE = Path(os.devnull)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_no_image(tmp_path):
    """Whatever its name, opening it would wait forever."""
    plant(tmp_path, ["a/1", "b/1"])
    os.mkfifo(tmp_path / "a" / "pipe.png")
    os.mkfifo(tmp_path / "a" / "pipe")
    (tmp_path / "b" / "link.png").symlink_to(tmp_path / "a" / "pipe.png")
    found = Walk(tmp_path)
    assert found.images() == [tmp_path / "a" / "1", tmp_path / "b" / "1"]
    assert found.others == {".png": 2, "no suffix": 1}


def test_links_of_many_folders_to_each_other_are_refused(tmp_path, monkeypatch):
    """Ten folders with links to all others have millions of paths without a loop."""
    monkeypatch.setattr(walk, "MOST_LINKED", 500)
    folders = [tmp_path / f"f{number}" for number in range(10)]
    for folder in folders:
        folder.mkdir()
        for other in folders:
            (folder / f"to_{other.name}").symlink_to(other)
    with pytest.raises(DataError, match="links lead to more than 500 folders; remove"):
        Walk(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="this user may list anything")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path):
    """Images must not be missing without a word."""
    plant(tmp_path, ["a/1", "b/1"])
    (tmp_path / "b").chmod(0)
    with pytest.raises(DataError, match=r"b: cannot be listed \(.*\); make it readable"):
        Walk(tmp_path)


TREES = [
    "a/1 a/2.jfif=jpeg a/3.jpg?v1=jpeg a/._1.png=text b/1 b/x.txt b/y.png=text",
    "seg_train/seg_train/a/1 seg_train/seg_train/b/1 seg_test/seg_test/a/2 seg_test/seg_test/b/2",
    "data/a/1 data/b/1 data/venv/pyvenv.cfg data/venv/1.png data/s/trials.jsonl data/s/1.jpg",
    "a/1 b/1 @eaDir/1.png/S.jpg __pycache__/1.png a/1.cr2=raw",
]


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
@pytest.mark.parametrize("tree", TREES)
def test_an_archive_is_read_as_its_folder(tree, ending, pack, content, tmp_path):
    """The same images, classes, splits and unreadable files, whatever decides about them."""
    root = tmp_path / "pets"
    plant(root, tree.split())
    folder = load_dataset(root, cache=NO_CACHE)
    archive = load_dataset(pack(f"pets{ending}", content(root)), cache=tmp_path / "cache")
    assert archive.digest == folder.digest
    assert [archive.relative(one.path) for one in archive.images] == [
        folder.relative(one.path) for one in folder.images
    ]
    assert [(archive.relative(one.path), one.why) for one in archive.unreadable] == [
        (folder.relative(one.path), one.why) for one in folder.unreadable
    ]


def test_an_archive_of_a_class_that_is_not_read_is_refused(pack, content, tmp_path):
    """As the folder is; the class must not vanish."""
    plant(tmp_path / "pets", ["a/1", "b/1.svs=raw"])
    archive = pack("pets.zip", content(tmp_path / "pets"))
    with pytest.raises(DataError, match=r"pets\.zip: the images in the folder b are of formats"):
        load_dataset(archive, cache=tmp_path / "cache")

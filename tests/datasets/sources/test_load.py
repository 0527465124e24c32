"""What is loaded by which name, its digest, and what is said of a name that is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from transfertune.datasets import DataError, load_dataset

NO_CACHE = Path(os.devnull)


def load(source, **options):
    """Load a data set for which no cache is needed."""
    return load_dataset(source, cache=NO_CACHE, **options)


def test_a_folder_is_found_by_text_path_and_relative_path(make_folder, monkeypatch):
    """However a folder is named, its root and paths are absolute."""
    root = make_folder({"a": 1, "b": 1})
    monkeypatch.chdir(root.parent)
    for source in (str(root), root, "pets", Path("pets"), "./pets/", "pets/../pets"):
        dataset = load(source)
        assert dataset.root == root
        assert all(image.path.is_absolute() for image in dataset.images)


def test_the_digest_is_of_the_content(make_folder, tmp_path):
    """Moving and renaming the folder and its files changes nothing; content, class and split do."""
    root = make_folder({"a": 2, "b": 2})
    digest = load(root).digest
    moved = tmp_path / "elsewhere"
    root.rename(moved)
    (moved / "a/001.png").rename(moved / "a/zzz.png")
    assert load(moved).digest == digest
    (moved / "b").rename(moved / "c")
    renamed = load(moved).digest
    assert renamed != digest
    (moved / "a/000.png").rename(moved / "c/999.png")
    relabelled = load(moved).digest
    assert relabelled != renamed
    shutil.copy(moved / "c/000.png", moved / "c/999.png")
    assert len({digest, renamed, relabelled, load(moved).digest}) == 4


def test_the_digest_holds_the_splits(make_folder):
    """The same images in other splits are other data."""
    root = make_folder({"train/a": 2, "train/b": 2, "test/a": 2, "test/b": 2})
    digest = load(root).digest
    (root / "test").rename(root / "val")
    assert load(root).digest != digest


def test_labels_are_read_only(make_folder):
    """The shared array of labels cannot be changed by accident."""
    dataset = load(make_folder({"a": 1, "b": 1}))
    with pytest.raises(ValueError, match="read-only"):
        dataset.labels[0] = 1


def test_progress_counts_every_file(make_folder):
    """The callable hears of every image and, last, of all of them."""
    heard = []
    root = make_folder({"a": 2, "b": 3})
    (root / "a/bad.png").touch()
    load(root, progress=lambda *said: heard.append(said))
    assert heard == [("reading images", done, 6) for done in range(1, 7)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("pest", r"there is no such folder or file \(did you mean 'pets'\?\); give one, or"),
        ("pest/train", r"did you mean 'pets'"),
        ("drawnn", r"did you mean 'drawn'"),
        ("cifar_10", r"did you mean 'cifar10'"),
        ("xyz", r"no such folder or file; give one, or a named set: cifar10, .*food10_small$"),
        (
            "pets/a/000.png",
            r"is a single file; give a folder .*, an archive \(\.tar, \.tar\.bz2, \.tar\.gz, \.tar\.xz, \.tgz, "
            r"\.zip\) or a \.csv or \.parquet manifest",
        ),
        ("pets/a/000.png/deeper", "no such folder"),
    ],
)
def test_names_of_nothing_get_a_near_miss(make_folder, monkeypatch, source, message):
    """A folder beside it or a named set is suggested, and what is allowed is said."""
    monkeypatch.chdir(make_folder({"a": 1, "b": 1}).parent)
    with pytest.raises(DataError, match=message) as caught:
        load(source)
    assert "\n" not in str(caught.value)

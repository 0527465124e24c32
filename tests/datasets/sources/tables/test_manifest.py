"""Manifests as sources, and every mistake in one."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from transfertune.datasets import DataError, load_dataset


@pytest.fixture
def root(make_folder):
    """A folder with four images in one folder, none of them sorted into classes."""
    return make_folder({"all": 4})


def write(root, text, name="pets.csv", encoding="utf-8"):
    """Write a manifest and return its path."""
    path = root / name
    path.write_text(text, encoding=encoding)
    return path


NO_CACHE = Path(os.devnull)


def load(path):
    """Load a data set for which no cache is needed."""
    return load_dataset(path, cache=NO_CACHE)


GOOD = (
    "path,label,split,group\nall/003.png,dog,test,\nall/000.png,cat,train,g\nall/001.png,dog,val,\n"
)


def test_a_csv_manifest_states_labels_splits_and_groups(root):
    """Rows come sorted by path whatever their order; val means validation."""
    dataset = load(write(root, GOOD))
    rows = [(dataset.relative(p.path), p.label, p.split, p.group) for p in dataset.images]
    assert rows == [
        ("all/000.png", 0, "train", "g"),
        ("all/001.png", 1, "validation", None),
        ("all/003.png", 1, "test", None),
    ]
    assert (dataset.name, dataset.classes, dataset.root) == ("pets", ("cat", "dog"), root)
    assert dataset.notes == ()


def test_the_order_of_rows_does_not_matter(root):
    """Two manifests with the same rows are the same data set."""
    head, *rows = GOOD.splitlines()
    turned = "\n".join([head, *reversed(rows)])
    assert load(write(root, GOOD)).digest == load(write(root, turned, "turned.csv")).digest


def test_parquet_says_the_same(root):
    """A Parquet file may hold numbers as labels and nothing as a split."""
    columns = {
        "path": ["all/001.png", "all/000.png"],
        "label": [7, 3],
        "split": [None, "train"],
        "score": [0.5, 0.25],
    }
    parquet.write_table(pyarrow.table(columns), root / "pets.parquet")
    dataset = load(root / "pets.parquet")
    assert dataset.classes == ("3", "7")
    assert [p.split for p in dataset.images] == ["train", None]
    assert dataset.notes == ("Not used: 1 column of pets.parquet: score.",)


def test_quotes_blanks_and_a_byte_order_mark_are_fine(root):
    """What spreadsheets write is read: a mark in front, quotes, empty lines, spaces."""
    text = 'path, label\n"all/000.png", cat\n\nall/001.png,"dog, big"\n'
    assert load(write(root, text, encoding="utf-8-sig")).classes == ("cat", "dog, big")


def test_absolute_paths_and_paths_outside_are_used_and_noted(root, make_folder):
    """Reading elsewhere is allowed, not hidden; inside, an absolute path is nothing special."""
    away = make_folder({"x": 2}, name="away")
    (root / "link.png").symlink_to(away / "x/001.png")
    text = f"path,label\n{root}/all/000.png,a\n../away/x/000.png,b\nlink.png,a\n"
    dataset = load(write(root, text))
    assert [dataset.relative(p.path) for p in dataset.images] == [
        "all/000.png",
        "link.png",
        f"{away.as_posix()}/x/000.png",
    ]
    assert dataset.notes[0].startswith("Outside the manifest's folder: 2 images: ")


def test_a_column_that_is_nearly_one_is_noted(root):
    """A misspelt optional column is used by nobody, and that is said."""
    dataset = load(write(root, "path,label,splt\nall/000.png,a,test\n"))
    assert dataset.notes == ("Not used: 1 column of pets.csv: splt (did you mean 'split'?).",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column path and no column label.* the header is empty"),
        ("path/label\nall/000.png/a\n", "no column path and no column label.* the header is path/label"),
        ("picture,lable\nall/000.png,a\n", r"no column path and no column label \(did you mean 'lable'"),
        ("path,label,label\nall/000.png,a,b\n", "more than one column named label"),
        ("path,label\n", "no rows"),
        ("path,label\nall/000.png,a,b\nall/001.png\n", "not in line 2, 3; quote values"),
        ("path,label\nall/000.png,\n", r"1 row without a label \(line 2\)"),
        ("path,label\n,a\n,b\n", r"2 rows without a path \(line 2, line 3\)"),
        ("path,label\nall/x.png,a\nall,b\n", r"2 rows whose file is not there, seen .* \(line 2: all/x.png, line 3"),
        ("path,label,split\nall/000.png,a,tests\n", r"line 2: 'tests' is not one of .*mean 'test'"),
        ("path,label\nall/000.png,a\nall/../all/000.png,a\n", "line 3 repeats line 2"),
        ('path,label\nall/000.png,"a\n', "not a CSV file"),
        ("path,label\nall/\0.png,a\n", r"pets\.csv: (not a CSV file|1 row whose file)"),
        (f"path,label\n{'x' * 5000},a\n", "1 row whose file is not there"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_lines(root, text, message):
    """Each message is one line and names the row or column."""
    with pytest.raises(DataError, match=message) as caught:
        load(write(root, text))
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_at_once(root):
    """Nobody has to run again to hear of the second kind of mistake."""
    text = "path,label,split\nall/x.png,a,\nall/000.png,,\nall/001.png,b,tset\n" + "y,c,\n" * 9
    with pytest.raises(DataError) as caught:
        load(write(root, text))
    message = str(caught.value)
    for part in ("without a label", "'tset'", "10 rows whose file", "and 7 more", "repeats line 5"):
        assert part in message


def test_files_that_are_no_tables_are_refused(root):
    """Other encodings and damaged Parquet are said to be what they are."""
    with pytest.raises(DataError, match="not a CSV file in UTF-8"):
        load(write(root, "path,label\nall/000.png,Küken\n", encoding="latin-1"))
    with pytest.raises(DataError, match="not a readable Parquet file"):
        load(write(root, "path,label\n", "pets.parquet"))


def test_an_unreadable_image_in_a_manifest_is_left_out(root):
    """What holds for folders holds for manifests."""
    (root / "all/000.png").write_text("no")
    dataset = load(write(root, GOOD.replace("003", "002") + "all/003.png,cat,train,\n"))
    assert [one.path.name for one in dataset.unreadable] == ["000.png"]
    assert len(dataset.images) == 3

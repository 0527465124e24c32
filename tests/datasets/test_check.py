"""The data check finds what was planted and is silent on a clean set."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from transfertune.datasets import DataError, check_dataset, load_dataset

NO_CACHE = Path(os.devnull)


def check(root):
    """Load and check a folder."""
    return check_dataset(load_dataset(root, cache=NO_CACHE))


def test_a_clean_set_has_facts_and_no_findings(make_folder, draw):
    """Counts, sizes and modes are told; nothing is complained about."""
    root = make_folder({})
    for name in "ab":
        for number in range(5):
            draw(root / name / f"{number}.png", (40, 50 + number))
    Image.new("L", (100, 90)).save(root / "a/gray.jpg")
    found = check(root)
    assert (found.name, found.pictures, found.findings) == ("pets", 11, ())
    assert found.counts["a"] == {"train": 0, "validation": 0, "test": 0, "not stated": 6}
    assert (found.smallest, found.largest) == ((40, 50), (100, 90))
    assert found.sizes[40, 50] == 2
    assert len(found.sizes) == 6
    assert found.modes == {"RGB": 10, "L": 1}


def test_planted_faults_are_found(make_folder, draw):
    """Copies, leaks, conflicting labels, unreadable and tiny pictures, imbalance: one line each."""
    root = make_folder({"train/a": 9, "train/b": 3, "test/a": 2, "test/b": 2})
    shutil.copy(root / "train/a/000.png", root / "train/a/copy.png")
    shutil.copy(root / "train/a/001.png", root / "test/a/leak.png")
    shutil.copy(root / "train/a/002.png", root / "train/b/wrong.png")
    (root / "train/b/zero.jpg").touch()
    for number in range(4):
        draw(root / f"train/a/big{number}.png", (64, 64))
    found = check(root)
    text = "\n".join(found.findings)
    assert "Unreadable and left out: 1 picture: train/b/zero.jpg (the file is empty)." in text
    assert "in more than one class, so that one label is wrong: train/a/002.png = " in text
    assert (
        "in more than one split, which makes scores look better than they are: test/a/leak" in text
    )
    assert "more than once in one class and split: train/a/000.png = train/a/copy.png." in text
    assert "A side below 32 pixels: 19 pictures: test/a/000.png" in text
    assert "Classes are unbalanced" not in text  # 17 to 6
    assert len(found.findings) == 5
    assert [one.classes for one in found.copies if len(one.classes) > 1] == [("a", "b")]
    assert [one.splits for one in found.copies if len(one.splits) > 1] == [("test", "train")]


def test_small_and_unbalanced_classes_are_found(make_folder):
    """A class too small to divide and one much larger than another are both mentioned."""
    findings = check(make_folder({"a": 30, "b": 2})).findings
    assert findings[0].startswith("Cannot be divided: ")
    assert "'a' has 30 pictures, 'b' 2" in findings[1]


def test_the_check_is_json(make_folder):
    """as_dict gives plain values only."""
    root = make_folder({"a": 3, "b": 3})
    (root / "a/x.txt").write_text("x")
    values = json.loads(json.dumps(check(root).as_dict()))
    assert values["sizes"] == [{"width": 12, "height": 10, "pictures": 6}]
    assert values["notes"] == ["Not used: 1 other file: 1 x .txt."]


def test_a_picture_that_has_gone_is_told(make_folder):
    """Files removed after loading are an error of their own."""
    dataset = load_dataset(make_folder({"a": 3, "b": 3}), cache=NO_CACHE)
    dataset.pictures[4].path.unlink()
    with pytest.raises(DataError, match=r"b/001\.png: no longer readable"):
        check_dataset(dataset)

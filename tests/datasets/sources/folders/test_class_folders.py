"""Folders as sources: the two layouts, and everything that looks like one and is not."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from transfertune.datasets import DataError, load_dataset, split_dataset

NO_CACHE = Path(os.devnull)


def load(path, **options):
    """Load a data set for which no cache is needed."""
    return load_dataset(path, cache=NO_CACHE, **options)


def test_class_folders(make_folder):
    """Each folder is a class, in alphabetical order; images are sorted by path."""
    dataset = load(make_folder({"dog": 2, "cat": 3}))
    assert dataset.name == "pets"
    assert dataset.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [0, 0, 0, 1, 1]
    assert [dataset.relative(p.path) for p in dataset.images][2:4] == [
        "cat/002.png",
        "dog/000.png",
    ]
    assert {p.split for p in dataset.images} == {None}
    assert dataset.notes == ()
    assert dataset.unreadable == ()


@pytest.mark.parametrize("validation", ["val", "valid", "validation", "Val"])
def test_split_folders(make_folder, validation):
    """Train, validation (by any of its names) and test are taken as stated."""
    counts = {"train/a": 3, "train/b": 2, f"{validation}/a": 1, f"{validation}/b": 1}
    dataset = load(make_folder(counts | {"test/a": 1, "test/b": 2}))
    found = Counter((dataset.classes[p.label], p.split) for p in dataset.images)
    assert found == {
        ("a", "train"): 3, ("b", "train"): 2, ("a", "validation"): 1,
        ("b", "validation"): 1, ("a", "test"): 1, ("b", "test"): 2,
    }  # fmt: skip


def test_classes_may_be_called_like_splits(make_folder):
    """Trains and tests are things, too, when images lie directly in their folders."""
    assert load(make_folder({"train": 2, "bus": 2})).classes == ("bus", "train")


def test_folders_inside_a_class_belong_to_it(make_folder):
    """Images at any depth below a class folder are of that class."""
    dataset = load(make_folder({"a": 1, "a/deep/deeper": 2, "b": 1}))
    assert dataset.labels.tolist() == [0, 0, 0, 1]


def test_every_suffix_is_read_in_any_case(make_folder, draw):
    """All kinds of images count, upper case included."""
    root = make_folder({"b": 1})
    for suffix in ("jpg", "JPEG", "png", "BMP", "gif", "WebP", "tif", "TIFF"):
        draw(root / "a" / f"x.{suffix}")
    assert Counter(load(root).labels.tolist()) == {0: 8, 1: 1}


def test_other_files_are_counted_and_hidden_ones_passed_over(make_folder, draw):
    """Notes say what was not used; what systems leave behind is not worth a word."""
    root = make_folder({"a": 1, "b": 1})
    for name in ("a/readme.txt", "labels.csv", "b/LICENSE"):
        (root / name).write_text("x")
    draw(root / "cover.png")
    for name in (".DS_Store", "a/.hidden.png", ".git/x.png", "__MACOSX/a/x.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    dataset = load(root)
    assert dataset.classes == ("a", "b")
    assert dataset.notes == (
        "Not used: 1 image outside the class folders: cover.png.",
        "Not used: 3 other files: 1 x .csv, 1 x .txt, 1 x no suffix.",
    )


def test_folders_beside_train_are_noted(make_folder):
    """Nobody is to think that unlabelled images were learned from."""
    dataset = load(make_folder({"train/a": 1, "train/b": 1, "raw": 3}))
    assert dataset.notes == ("Not used: 1 folder beside train/: raw (3 images).",)
    assert len(dataset.images) == 2


def test_unreadable_images_are_listed_and_left_out(make_folder, draw):
    """Text, nothing, half an image and a dead link are set aside with their reasons."""
    root = make_folder({"a": 3, "b": 3})
    (root / "a/text.jpg").write_text("I am not an image")
    (root / "a/zero.png").touch()
    half = draw(root / "b/half.jpg", (64, 64))
    half.write_bytes(half.read_bytes()[:900])
    (root / "b/dead.png").symlink_to(root / "gone.png")
    dataset = load(root)
    assert len(dataset.images) == 6
    why = {dataset.relative(one.path): one.why for one in dataset.unreadable}
    assert list(why) == ["a/text.jpg", "a/zero.png", "b/dead.png", "b/half.jpg"]
    assert why["a/text.jpg"].startswith("not an image")
    assert why["a/zero.png"] == "the file is empty"
    assert why["b/dead.png"] == "no such file or directory"
    assert why["b/half.jpg"].startswith("damaged")


def test_links_to_folders_are_followed_but_never_back_up(make_folder, tmp_path):
    """Linked class folders are read; loops of every kind end."""
    root = make_folder({"a": 2, "b": 2})
    away = make_folder({"inner": 1}, name="away")
    (root / "c").symlink_to(away, target_is_directory=True)
    (root / "a/up").symlink_to(root, target_is_directory=True)
    (root / "b/self").symlink_to(root / "b", target_is_directory=True)
    (root / "top").symlink_to(tmp_path, target_is_directory=True)
    (away / "there").symlink_to(root / "b", target_is_directory=True)
    (root / "b/here").symlink_to(away, target_is_directory=True)
    (root / "a/ring").symlink_to("ring")
    dataset = load(root)
    assert dataset.classes == ("a", "b", "c")
    assert Counter(dataset.labels.tolist()) == {0: 2, 1: 2 + 1, 2: 1 + 2}
    assert any(note.startswith("Not followed: links back to a folder") for note in dataset.notes)


def test_one_class_loads_and_does_not_split(make_folder):
    """Whoever has one class is told so when it comes to learning."""
    dataset = load(make_folder({"a": 5}))
    with pytest.raises(DataError, match=r"1 class \(a\)"):
        split_dataset(dataset, seed=0)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "no class folders in it"),
        ({"a": 0, "b": 0}, "no images in its folders a, b; give a folder of class folders"),
        (
            {"train/a": 1, "train/b": 1, "test/a": 1, "test/B ": 1},
            "'B ' is in test but not in train",
        ),
        ({"train/a": 1, "train/b": 1, "test/a": 1}, "'b' is in train but not in test"),
        ({"train/apple": 1, "test/aple": 1}, r"not in train \(did you mean 'apple'\?\)"),
        ({"val/a": 1, "testing/a": 1}, "has testing/, val/ but no train/ folder"),
        ({"val/a": 1, "test/a": 1}, "has test/, val/ but no train/ folder"),
        ({"train/a": 1, "val/a": 1, "valid/a": 1}, "more than one folder of validation"),
        (
            {"x/train/a": 1, "y/train/a": 1},
            "data sets with a train/ folder, not classes: x, y; give one of them, such as .*x$",
        ),
    ],
)
def test_layouts_that_are_none_are_refused(make_folder, counts, message):
    """Each message names the folder at fault and says what to do."""
    with pytest.raises(DataError, match=message) as caught:
        load(make_folder(counts))
    assert "\n" not in str(caught.value)


def test_images_without_class_folders_are_refused(make_folder, draw):
    """A flat folder gets told about class folders and manifests."""
    root = make_folder({})
    draw(root / "cat1.png")
    with pytest.raises(DataError, match=r"1 image but no class folders; put .* manifest"):
        load(root)


def test_a_class_of_which_nothing_can_be_read_is_refused(make_folder):
    """A class must not vanish from the classifier without a word."""
    root = make_folder({"a": 3, "b": 1})
    (root / "b/000.png").write_text("no")
    with pytest.raises(DataError, match=r"no image of b can be read \(b/000.png: not an image"):
        load(root)
    shutil.rmtree(root / "a")
    with pytest.raises(DataError, match="none of 1 image can be read"):
        load(root)


def test_a_stray_image_does_not_make_a_class_of_a_split(make_folder, draw):
    """One that lies beside the class folders of train/ is counted among what is not used."""
    root = make_folder({"training/a": 3, "training/b": 3, "Testing/a": 1, "Testing/b": 1})
    draw(root / "training/stray.png")
    dataset = load(root)
    assert dataset.classes == ("a", "b")
    assert [image.split for image in dataset.images].count("test") == 2
    assert dataset.notes == ("Not used: 1 image outside the class folders: training/stray.png.",)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names that are not text")
def test_a_class_name_that_is_no_text_is_refused(make_folder, draw):
    """It would be in models and tables; the message shows it with an escape."""
    root = make_folder({"a": 2})
    draw(root / os.fsdecode(b"caf\xe9") / "1.png")
    with pytest.raises(DataError, match=r"class folder caf.*udce9 has a name that is not UTF-8"):
        load(root)

"""Folders as their owners leave them are read right, or refused with what they look like."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

import pytest
from trees import Case, plant

from transfertune.datasets import DataError, Walk, load_dataset

AB = "a: a/1; b: b/1"


def split(train: str, test: str) -> str:
    """Return the images of a tree of two classes, with a folder for training and one for the test."""
    return f"a train: {train}a/1; b train: {train}b/1; a test: {test}a/2; b test: {test}b/2"


def in_splits(train: str, test: str) -> str:
    """Return that tree."""
    return f"{train}a/1 {train}b/1 {test}a/2 {test}b/2"


def taken(train: str, test: str, note: str = "Taken as splits") -> Case:
    """Return the case of two folders that are plainly splits."""
    tree = in_splits(f"{train}/", f"{test}/")
    return Case(f"{train} and {test}", tree, split(f"{train}/", f"{test}/"), note)


NO_IMAGES = [
    Case(
        "folders of other things beside the classes",
        "a/1 b/1 models/readme.md features/x.npy notes/deep/y.txt",
        AB,
        r"Passed over: 3 folders without images: features, models, notes\. Not used: 3 other files",
    ),
    Case("an empty folder beside the classes", "a/1 b/1 c/", AB, "1 folder without images: c"),
    Case(
        "labels beside the images of a split",
        "train/a_label/1.txt " + in_splits("train/", "test/"),
        split("train/", "test/"),
        "1 folder without images: train/a_label",
    ),
    Case(
        "folders of systems",
        "a/1 b/1 lost+found/x $RECYCLE.BIN/y __pycache__/z @eaDir/1/S.jpg __MACOSX/a/q a/Thumbs.db",
        AB,
    ),
    Case("texts named as images", "a/1 b/1.png=text", refused="no image of b can be read .*not an image"),
    Case("a class of raw files", "a/1 b/1.nef=raw", refused="images in the folder b are .*raw file.*convert"),
    Case("a class of slides", "a/1 b/1.svs=raw b/c/2.dcm=text", refused="folder b .*1 x DICOM, 1 x a slide"),
    Case("nothing but other files", "models/x.npy docs/y.md", refused="no images in its folders docs, models"),
    Case("no folders", "readme.md", refused="no class folders in it"),
    Case("a flat folder", "1.png 2.png docs/y.md", refused="2 images but no class folders"),
]  # fmt: skip

SPLITS = [
    taken("training_set", "test_set"),
    taken("TrainImages", "TestImages"),
    taken("trainset", "testdata"),
    taken("train", "hold-out", "hold-out/ as test"),
    taken("Training", "TEST", "^$"),
    taken("x-ray_train", "x-ray_test"),
    Case(
        "splits in a folder of their own name",
        "seg_pred/seg_pred/3 " + in_splits("seg_train/seg_train/", "seg_test/seg_test/"),
        split("seg_train/seg_train/", "seg_test/seg_test/"),
        r"splits: seg_train/ as train, seg_test/ as test\. Not used: .*/: seg_pred \(1 image\)",
    ),
    Case(
        "years",
        "train2017/a/1 val2017/a/2",
        "a train: train2017/a/1; a validation: val2017/a/2",
        "val2017/ as validation",
    ),
    Case(
        "dev and eval",
        "train/a/1 dev/a/2 eval/a/3",
        "a train: train/a/1; a validation: dev/a/2; a test: eval/a/3",
        "dev/ as validation, eval/ as test",
    ),
    Case(
        "eval beside test",
        "train/a/1 test/a/2 eval/a/3",
        "a train: train/a/1; a test: test/a/2; a validation: eval/a/3",
        "eval/ as validation",
    ),
    Case(
        "one level deeper",
        "readme.md " + in_splits("data/train/", "data/test/"),
        split("data/train/", "data/test/"),
        "^Not used: 1 other file: 1 x .md.$",
    ),
    Case(
        "classes two levels deeper",
        "x/y/a/1 x/y/b/1 cover.png",
        "a: x/y/a/1; b: x/y/b/1",
        "^Not used: 1 image outside the class folders: cover.png.$",
    ),
    Case("train in train", in_splits("train/train/", "test/"), split("train/train/", "test/")),
    Case(
        "splits in each class",
        "a/train/1 a/test/2 b/train/1 b/test/2",
        "a train: a/train/1; a test: a/test/2; b train: b/train/1; b test: b/test/2",
        "test/, train/ in each class folder",
    ),
    Case(
        "an unlabelled test folder",
        "train/a/1 train/b/1 test/1 test/2",
        "a train: train/a/1; b train: train/b/1",
        r"Not used: 1 folder beside train/: test \(2 images\)",
    ),
    Case(
        "masks beside train",
        "train_masks/1 train_masks/2 " + in_splits("train/", "test/"),
        split("train/", "test/"),
        r"train_masks \(2 images\)",
    ),
    Case(
        "other class names in a split",
        "train/ants_image/1 train/bees_image/1 val/ants/1 val/bees/1",
        refused="'ants' is in validation but not in train .did you mean 'ants_image'",
    ),
    Case(
        "a class name in another Unicode form",
        "train/caf\u00e9/1 val/cafe\u0301/1",
        refused=r"'cafe\\u0301' is in validation but not in train .did you mean 'caf\\xe9'",
    ),
    Case("a class that a split lacks", "train/a/1 train/b/1 val/a/2", refused="'b' is in train but not in val"),
    Case(
        "splits without classes",
        "train/cat.1 train/dog.1 test/2",
        refused="look like splits without class folders, not like classes: test, train",
    ),
    Case("domains as of CycleGAN", "trainA/1 trainB/1 testA/2 testB/2", refused="look like splits"),
    Case("numbered splits", "train1/a/1 train2/a/1 test1/a/2 test2/a/2", refused="look like data sets"),
    Case("one split twice", "train/a/1 training/a/2", refused=r"of train images \(train, training\)"),
    Case(
        "splits without one to train on",
        "dev/a/1 dev/b/2 holdout/a/3 holdout/b/4",
        refused="look like splits, but none like that of the training images: dev, holdout",
    ),
    Case(
        "parts",
        "fold1/a/1 fold1/b/1 fold2/a/2 fold2/b/2",
        refused="look like parts of a data set.*have the same folders .a, b.",
    ),
    Case(
        "data sets beside each other",
        "x/seg_train/a/1 y/seg_train/b/1",
        refused="data sets with a seg_train/ folder.*give one of them, such as .*/x$",
    ),
    Case(
        "classes with the same folders",
        "x/day/1 x/night/2 y/day/1 y/night/2",
        "x: x/day/1 x/night/2; y: y/day/1 y/night/2",
        "have the same folders, day, night; if these are the classes",
    ),
    Case(
        "a class called after a train",
        "train_station/day/1 train_station/night/2 bus_station/day/3 bus_station/night/4",
        "train_station: train_station/day/1 train_station/night/2; "
        "bus_station: bus_station/day/3 bus_station/night/4",
        "have the same folders, day, night",
    ),
    Case(
        "a class called after a training",
        "training_shoes/day/1 training_shoes/night/2 boots/3",
        "training_shoes: training_shoes/day/1 training_shoes/night/2; boots: boots/3",
    ),
    Case(
        "an unlabelled test folder of a year",
        "train2017/a/1 train2017/b/1 test2017/1",
        "a train: train2017/a/1; b train: train2017/b/1",
        r"beside train2017/: test2017 \(1 image\)",
    ),
    Case("words of splits", "test_tube/1 train_car/1", "test_tube: test_tube/1; train_car: train_car/1"),
    Case("classes of a test", "test_ill/1 test_well/1", "test_ill: test_ill/1; test_well: test_well/1"),
    Case("valid and invalid", "valid/1 invalid/1", "valid: valid/1; invalid: invalid/1"),
]  # fmt: skip

OTHER_THINGS = [
    Case(
        "a study",
        "a/1 b/1 studies/x/trials.jsonl studies/x/data_check/1.jpg",
        AB,
        r"^Passed over: studies/x \(a study\)\.$",
    ),
    Case("a study in a class", "a/1 b/1 b/s/trials.jsonl b/s/best/1.jpg", AB, r"b/s \(a study\)"),
    Case(
        "an environment and a cache",
        "a/1 b/1 venv/pyvenv.cfg venv/lib/1.png c/CACHEDIR.TAG c/2.png",
        AB,
        r"^Passed over: c \(a cache\), venv \(a Python environment\)\.$",
    ),
    Case(
        "hidden and sidecar files",
        "a/1 b/1 a/._1.png=text a/.ipynb_checkpoints/1.png b/@eaDir/1.png/S.jpg a/.git/2.png",
        AB,
    ),
    Case("a folder named as an image", "a/1 b/1.png/2", "a: a/1; b: b/1.png/2"),
    Case("a linked class", "a/1 b/1 .away/2 c->.away", f"{AB}; c: c/2"),
    Case(
        "links back and in circles",
        "a/1 b/1 a/up->. b/self->b b/a->a a/b->b",
        "a: a/1 a/b/1; b: b/1 b/a/1",
        "^Not followed: links back to a folder above: a/b/a, a/b/self, a/up and 3 more",
    ),
    Case(
        "links to a file, and to nothing",
        "a/1 b/1 a/2->b/1 b/3.png->gone b/4->gone",
        "a: a/1 a/2; b: b/1",
        "1 x no suffix",
        {"b/3.png": "no such file"},
    ),
]

NAMES = [
    Case(
        "names of every kind",
        "a/1.jfif=jpeg a/2.jpe=jpeg a/3.heic=jpeg a/4.img=jpeg a/5.jpg_640x480=jpeg a/6.jpg?v1=jpeg "
        "a/7.png:large a/8=webp a/9.txt=gif a/10.dat=bmp b/1",
        "a: a/1.jfif a/2.jpe a/3.heic a/4.img a/5.jpg_640x480 a/6.jpg?v1 a/7.png:large a/8 a/9.txt a/10.dat; "
        "b: b/1",
    ),
    Case("a name of an image alone", "a/1 b/1 a/2.jpg?v1=text", AB, lost={"a/2.jpg?v1": "not an image"}),
    Case(
        "files that nearly begin or end as images do",
        "a/1 b/1 a/2.bin=text_of_bmw a/3.mov=mp4 a/x.jpg.txt",
        AB,
        "Not used: 3 other files: 1 x .bin, 1 x .mov, 1 x .txt",
    ),
    Case(
        "files of other things beside images",
        "a/1 b/1 a/1.jpg_meta.json a/1.png-mask.txt a/1.jpg~=text a/2.jpg~=jpeg",
        "a: a/1 a/2.jpg~; b: b/1",
        "Not used: 3 other files",
    ),
    Case("raw files beside images", "a/1 a/1.cr2=raw a/2.dng=jpeg b/1", "a: a/1 a/2.dng; b: b/1", "1 x .cr2"),
    Case(
        "pointers of Git LFS",
        "a/1 a/2.jpg=pointer b/1 b/x.npy=pointer",
        AB,
        "1 x .npy",
        {"a/2.jpg": "a Git LFS pointer, .*git lfs pull"},
    ),
    Case(
        "nothing but pointers",
        "a/1.jpg=pointer b/1.jpg=pointer",
        refused="none of 2 images can be read .*Git LFS pointer",
    ),
    Case(
        "JPEG XL under another name",
        "a/1 b/1 a/2.jpg=jxl",
        AB,
        lost={"a/2.jpg": "JPEG XL, which is not read; convert it"},
    ),
]  # fmt: skip

CASES = [*NO_IMAGES, *SPLITS, *OTHER_THINGS, *NAMES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_tree(case: Case, tmp_path: Path):
    """Classes, splits, images, unreadable ones and notes are exactly these; a prediction takes no fewer images."""
    root = tmp_path / "pets"
    root.mkdir()
    plant(root, case.tree.split())
    if case.refused:
        with pytest.raises(DataError, match=case.refused) as caught:
            load_dataset(root, cache=Path(os.devnull))
        assert "\n" not in str(caught.value)
        return
    dataset = load_dataset(root, cache=Path(os.devnull))
    found = defaultdict(list)
    for one in dataset.images:
        key = " ".join(filter(None, (dataset.classes[one.label], one.split)))
        found[key].append(one.path.relative_to(root).as_posix())
    assert {key: sorted(paths) for key, paths in found.items()} == case.expected
    assert re.search(case.note, " ".join(dataset.notes)), dataset.notes
    lost = {one.path.relative_to(root).as_posix(): one.why for one in dataset.unreadable}
    assert lost.keys() == case.lost.keys()
    assert all(re.search(why, lost[path]) for path, why in case.lost.items()), lost
    listed = set(Walk(root).images())
    assert {one.path for one in (*dataset.images, *dataset.unreadable)} <= listed


def test_there_are_enough_trees():
    """At least 25, each with a name of its own."""
    assert len({case.name for case in CASES}) == len(CASES) >= 25

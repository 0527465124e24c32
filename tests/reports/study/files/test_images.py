"""The table of images: it comes back from its file, and a label is a position, never a name."""

import os
from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import ImageTable, StudyError
from transfertune.reports.study.files.images import images_frame, images_per_class, read_images

CLASSES = tuple(str(number) for number in range(1, 13))


def table(root, names) -> ImageTable:
    """Eight images of each of twelve classes, those called 1 to 12 in this order."""
    count = len(names)
    return ImageTable(
        root=root,
        names=tuple(names),
        labels=np.arange(count) % len(CLASSES),
        splits=tuple(("train", "validation", "test")[i % 3] for i in range(count)),
        digests=tuple(f"{i:064x}" for i in range(count)),
        folds=np.stack([np.arange(count) % 5, np.arange(count) % 3 - 1]).astype(np.int16),
    )


@pytest.fixture
def written(tmp_path) -> ImageTable:
    """A table of 96 images and its file, odd names and one absolute path among them."""
    names = [f"{i}.png" for i in range(93)]
    whole = table(tmp_path, [*names, 'a,"b".png', "new\nline.png", os.fsdecode(b"caf\xe9.png")])
    (tmp_path / "images.csv").write_bytes(whole.to_csv())
    return whole


def same(a: ImageTable, b: ImageTable) -> bool:
    """Whether two tables hold the same."""
    arrays = all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ("labels", "folds"))
    return arrays and all(getattr(a, n) == getattr(b, n) for n in ("names", "splits", "digests"))


@pytest.mark.skipif(os.name != "posix", reason="other systems have no names that are not text")
def test_a_table_comes_back_from_its_file(written, tmp_path):
    """Every value is the same, names that are no text among them, and the types are."""
    again = read_images(tmp_path / "images.csv", tmp_path, len(CLASSES))
    assert same(again, written)
    assert (again.labels.dtype, again.folds.dtype) == (np.int64, np.int16)
    assert again.path(0) == tmp_path / "0.png"
    assert again.indices("train", "test").tolist() == [i for i in range(96) if i % 3 != 1]


def test_classes_called_by_numbers_keep_their_names(tmp_path):
    """Classes called 1 to 12 are not taken for positions, in the frame and in the counts."""
    whole = table(tmp_path, [f"{i}.png" for i in range(96)])
    (tmp_path / "images.csv").write_bytes(whole.to_csv())
    again = read_images(tmp_path / "images.csv", tmp_path, len(CLASSES))
    assert list(images_frame(again, CLASSES)["label"]) == [CLASSES[i % 12] for i in range(96)]
    counts = images_per_class(again, len(CLASSES))
    assert counts[0] == (8, 0, 0)
    assert counts[1] == (0, 8, 0)


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(",train,", ",elsewhere,", 1),
        lambda text: text.replace("\n5,5.png", "\n6,5.png"),
        lambda text: text.replace("3.png,3,", "3.png,three,", 1),
        lambda text: text.replace("3.png,3,", "3.png,12,", 1),
        lambda text: "index\n0,\x00",
        lambda text: "",
    ],
)
def test_a_damaged_file_is_refused(tmp_path, harm):
    """A table that is not whole is never read as one; an empty one has no images."""
    whole = table(tmp_path, [f"{i}.png" for i in range(96)])
    file = tmp_path / "images.csv"
    file.write_text(harm(whole.to_csv().decode()))
    try:
        again = read_images(file, tmp_path, len(CLASSES))
    except StudyError as error:
        assert "images.csv is missing or damaged" in str(error)
    else:
        assert len(again) < len(whole)


def test_a_missing_file_is_named(tmp_path):
    """The error says how to make it again."""
    with pytest.raises(StudyError, match="the same `tune search` again restores it"):
        read_images(tmp_path / "images.csv", tmp_path, 3)


def test_an_absolute_name_is_a_place_of_its_own(tmp_path):
    """Images outside the root keep their whole paths."""
    whole = replace(table(tmp_path / "a", ["x.png"]), names=(str(tmp_path / "b" / "y.png"),))
    assert whole.path(0) == tmp_path / "b" / "y.png"

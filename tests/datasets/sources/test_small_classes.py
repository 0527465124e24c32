"""Classes that are too small are left out on request, with a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from transfertune.datasets import DataError, load_dataset
from transfertune.datasets.sources.small_classes import without_small_classes

NO_CACHE = Path("/nonexistent/cache")


@pytest.mark.parametrize(
    ("counts", "least", "classes", "labels", "note"),
    [
        ((3, 3), 3, (0, 1), [0, 0, 0, 1, 1, 1], ""),
        ((3, 2, 3), 3, (0, 2), [0, 0, 0, 1, 1, 1], "class_1 (2)"),
        ((1, 2, 2), 2, (1, 2), [0, 0, 1, 1], "class_0 (1)"),
        ((2, 1, 1, 2), 2, (0, 3), [0, 0, 1, 1], "class_1 (1), class_2 (1)"),
        ((2, 2), 1, (0, 1), [0, 0, 1, 1], ""),
    ],
)
def test_small_classes_are_left_out(in_memory, counts, least, classes, labels, note):
    """Labels follow the classes that are left; whoever is left out is named."""
    dataset = in_memory([label for label, count in enumerate(counts) for _ in range(count)])
    found = without_small_classes(dataset, least)
    assert found.classes == tuple(f"class_{label}" for label in classes)
    assert found.labels.tolist() == labels
    expected = (f"Left out, as classes of fewer than {least} images: {note}.",) if note else ()
    assert found.notes == expected


@pytest.mark.parametrize(
    ("counts", "least", "most"), [((5, 2), 3, 2), ((5, 4, 2), 5, 4), ((3, 3), 4, 3)]
)
def test_two_classes_stay(in_memory, counts, least, most):
    """A number that would leave fewer is refused with the highest one that does not."""
    dataset = in_memory([label for label, count in enumerate(counts) for _ in range(count)])
    with pytest.raises(DataError, match=f"--min-per-class must be at most {most}, .*got {least}$"):
        without_small_classes(dataset, least)


def test_one_class_is_too_few_for_any_number(in_memory):
    """No number would help, so that none is named."""
    with pytest.raises(DataError, match=r"/pets: only one class has images; a search needs two$"):
        without_small_classes(in_memory([0, 0]), 3)


def test_what_can_be_read_counts(make_folder):
    """A class of five files of which one is an image is a class of one; other sizes are as they were."""
    root = make_folder({"cat": 5, "dog": 5, "owl": 5})
    for number in range(4):
        (root / "owl" / f"{number:03d}.png").write_bytes(b"no image")
    found = load_dataset(root, cache=NO_CACHE, min_per_class=2)
    assert found.classes == ("cat", "dog")
    assert "owl (1)" in found.notes[-1]
    assert len(found.unreadable) == 4
    with pytest.raises(DataError, match="min_per_class must be a whole number from 1, but got 0"):
        load_dataset(root, cache=NO_CACHE, min_per_class=0)

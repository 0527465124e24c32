"""Tables as people have them give the right images, or one line; what is written is read back."""

from __future__ import annotations

import os
from pathlib import Path

import odd_columns
import odd_tables
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet

from transfertune.datasets import DataError, check_dataset, load_dataset, write_regrouped

NO_CACHE = Path(os.devnull)


@pytest.mark.parametrize(
    "case", [*odd_tables.CASES, *odd_columns.CASES], ids=lambda case: case.name
)
def test_a_table_is_read_right_or_told_in_one_line(tmp_path, case):
    """Labels, splits and groups are those that were meant; a refusal says what to do."""
    root = tmp_path / "pets"
    for number, name in enumerate(case.files):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (40, 40), number).save(root / name)
    table = root / "pets.csv"
    if isinstance(case.table, dict):
        table = table.with_suffix(".parquet")
        parquet.write_table(pyarrow.table(case.table), table)
    else:
        text = case.table
        table.write_bytes(text if isinstance(text, bytes) else text.encode())
    if case.says:
        with pytest.raises(DataError) as caught:
            load_dataset(table, cache=NO_CACHE)
        assert case.says in str(caught.value)
        assert "\n" not in str(caught.value)
        return
    dataset = load_dataset(table, cache=NO_CACHE)
    found = {dataset.relative(image.path): image for image in dataset.images}
    assert {name: dataset.classes[image.label] for name, image in found.items()} == case.labels
    assert {name: image.split for name, image in found.items() if image.split} == case.splits
    assert {name: image.group for name, image in found.items() if image.group} == case.groups
    assert case.note in " ".join(dataset.notes)
    assert bool(case.note) == bool(dataset.notes) or case.splits


def test_classes_named_by_numbers_sort_as_numbers(make_folder):
    """In folders and tables, but never where one class is no number; what looks like a number stays as written."""
    root = make_folder({"10": 1, "9": 1, "-1": 1, "007": 1})
    assert load_dataset(root, cache=NO_CACHE).classes == ("-1", "007", "9", "10")
    (root / "x").mkdir()
    (root / "9/000.png").rename(root / "x/000.png")
    (root / "9").rmdir()
    assert load_dataset(root, cache=NO_CACHE).classes == ("-1", "007", "10", "x")


NAMES = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="/\0"), min_size=1, max_size=6
).filter(lambda name: name.strip() and not name.startswith(".") and len(name.encode()) < 200)


@given(st.sets(NAMES, min_size=2, max_size=4), st.sets(NAMES, min_size=1, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back(tmp_path_factory, classes, names):
    """A manifest of any folder gives the same classes and images: blanks, quotes, marks and ends of lines."""
    root = tmp_path_factory.mktemp("any") / "pets"
    for name in classes:
        (root / name).mkdir(parents=True)
        for number, image in enumerate(names):
            pixels = Image.new("L", (8, 8), 40 * number)
            pixels.save(root / name / f"{image}.png")
    try:
        dataset = load_dataset(root, cache=NO_CACHE)
        write_regrouped(dataset, root / "all.csv")
    except DataError as error:
        assert "\n" not in str(error)
        return
    again = load_dataset(root / "all.csv", cache=NO_CACHE)
    assert again.classes == dataset.classes
    assert [(p.path, p.label, p.digest) for p in again.images] == [
        (p.path, p.label, p.digest) for p in dataset.images
    ]


def test_blanks_at_the_end_of_a_class_are_kept(make_folder):
    """`dog` and `dog ` are two classes in a folder and in the manifest that the check writes."""
    root = make_folder({"dog": 2, "dog ": 2, " dog": 2, 'a, "b"': 1})
    dataset = load_dataset(root, cache=NO_CACHE)
    write_regrouped(dataset, root / "all.csv")
    assert load_dataset(root / "all.csv", cache=NO_CACHE).digest == dataset.digest
    assert check_dataset(dataset, cache=NO_CACHE).counts.keys() == set(dataset.classes)


def test_a_class_that_a_table_cannot_hold_is_refused(make_folder):
    """Folders called `hot`, `dog` and `hot dog` are classes; in a table the last would be two labels."""
    root = make_folder({"hot": 1, "dog": 1, "hot dog": 1})
    dataset = load_dataset(root, cache=NO_CACHE)
    with pytest.raises(DataError, match="a manifest cannot hold the class hot dog: an image has"):
        write_regrouped(dataset, root / "all.csv")

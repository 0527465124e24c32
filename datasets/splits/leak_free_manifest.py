"""A manifest of a data set in which duplicates are in one split."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter, defaultdict
from pathlib import Path

from ..atomic_write import atomic_write
from ..class_names import ONE_LABEL, several_labels
from ..dataset import SPLITS, Dataset
from ..errors import DataError, refuse_no_text, some
from .groups import groups_of


def write_regrouped(dataset: Dataset, manifest: Path) -> int:
    """Write a .csv manifest with the columns path, label, split and group; return how many images change split.

    Images that belong together get one group. If the source has them in several splits, all go to the split of most of
    them, and to train in a tie. Files are not moved; paths inside the manifest's folder are relative to it.

    Args:
        dataset: with its near duplicates noted, see `find_duplicates`.
        manifest: the file to write; its folder must exist.

    Raises:
        DataError: a file's name is not UTF-8 text, or a class is named like several.
        OSError: the file cannot be written; an earlier file stays as it was.
    """
    groups = groups_of(dataset).tolist()
    members = defaultdict(list)
    for group, image in zip(groups, dataset.images, strict=True):
        members[group].append(image)
    split_of = {group: _split([one.split for one in same]) for group, same in members.items()}
    folder = manifest.absolute().parent
    _refuse_labels(dataset.classes)
    moved, rows = 0, [["path", "label", "split", "group"]]
    for group, image in zip(groups, dataset.images, strict=True):
        path, label = image.path, dataset.classes[image.label]
        path = path.relative_to(folder) if path.is_relative_to(folder) else path
        split = image.split and split_of[group]
        moved += split != image.split
        number = str(group) if len(members[group]) > 1 else ""
        name = os.fspath(path)
        refuse_no_text(
            name, "{}: its name is not UTF-8, so a manifest cannot hold it; rename the file"
        )
        rows.append([name, label, split or "", number])
    atomic_write(manifest, _csv(rows))
    return moved


def _refuse_labels(classes: tuple[str, ...]) -> None:
    """Refuse names that no table can hold as one label."""
    blank = [repr(name) for name in classes if not name.strip()]
    several = sorted(several_labels(classes))
    if blank or several:
        raise DataError(
            f"a manifest cannot hold the class {some([*blank, *several])}: {ONE_LABEL}, and no blank names"
        )


def _csv(rows: list[list[str]]) -> str:
    """Return the text of a table; quotes keep blanks at the ends of values."""
    text = io.StringIO()
    plain, quoted = (
        csv.writer(text, lineterminator="\n", quoting=quoting)
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    )
    for row in rows:
        exact = all(value == value.strip() and "\r" not in value for value in row)
        (plain if exact else quoted).writerow(row)
    return text.getvalue()


def _split(stated: list[str | None]) -> str | None:
    counts = Counter(split for split in stated if split)
    return max(SPLITS, key=lambda split: counts[split]) if counts else None

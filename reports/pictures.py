"""How many pictures of each class each split holds, from the study's `pictures.csv`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

SPLITS = ("train", "validation", "test")


def pictures_per_class(path: Path, classes: Sequence[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Give back (class name, pictures per split in the order of SPLITS) for the classes in their order.

    Labels in the file are positions in `classes`, or the names themselves. Nothing when the file is not there or does
    not hold what it should.
    """
    counts: Counter[tuple[str, str]] = Counter()
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            for row in csv.DictReader(file):
                counts[_class(row["label"], classes), row["split"]] += 1
    except (OSError, KeyError, csv.Error):
        return []
    table = [(name, tuple(counts[name, split] for split in SPLITS)) for name in classes]
    return table if counts else []


def _class(label: str | None, classes: Sequence[str]) -> str:
    if label not in classes and label and label.isdecimal() and int(label) < len(classes):
        return classes[int(label)]
    return label or ""

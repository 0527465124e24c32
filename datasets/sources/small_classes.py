"""Leaving out classes that are too small to learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..dataset import Dataset
from ..errors import DataError, some


def without_small_classes(dataset: Dataset, least: int) -> Dataset:
    """Return a data set without the classes of fewer than `least` images; a note names them.

    Raises:
        DataError: fewer than two classes have images, or would be left.
    """
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    kept = np.flatnonzero(counts >= least)
    if len(kept) == len(counts):
        return dataset
    second = int(np.sort(counts)[-2]) if len(counts) > 1 else 0
    if not second:
        raise DataError(f"{dataset.place}: only one class has images; a search needs two")
    if len(kept) < 2:
        raise DataError(
            f"{dataset.place}: --min-per-class must be at most {second}, so that two classes are left, but got {least}"
        )
    labels = {int(label): place for place, label in enumerate(kept)}
    out = [
        f"{dataset.classes[label]} ({counts[label]})" for label in np.flatnonzero(counts < least)
    ]
    note = f"Left out, as classes of fewer than {least:,} images: {some(out)}."
    return replace(
        dataset,
        classes=tuple(dataset.classes[label] for label in kept),
        images=tuple(
            replace(image, label=labels[image.label])
            for image in dataset.images
            if image.label in labels
        ),
        notes=(*dataset.notes, note),
    )

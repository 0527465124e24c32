"""The images of a study: one table, its file, and its frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ("train", "validation", "test")
FRAME_COLUMNS = ("path", "label", "split", "digest")
_FOLD = "fold_"


@dataclass(frozen=True)
class ImageTable:
    """All N images of a study, in the order of their indices.

    Attributes:
        root: the folder that relative `names` start from.
        names: the images' paths below `root`, or absolute ones.
        labels: int64 (N,), positions in the list of classes.
        splits: `train`, `validation` or `test` for each image.
        digests: the SHA-256 of each file.
        folds: int16 (repeats, N), the fold in which an image validates, -1 for never.
    """

    root: Path
    names: tuple[str, ...]
    labels: np.ndarray
    splits: tuple[str, ...]
    digests: tuple[str, ...]
    folds: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def path(self, index: int) -> Path:
        """Return where an image is."""
        return self.root / self.names[index]

    def indices(self, *splits: str) -> np.ndarray:
        """Return the sorted indices of the images in some splits, int64."""
        return np.flatnonzero([split in splits for split in self.splits])

    def to_csv(self) -> bytes:
        """Return the table as the study keeps it, one line per image; file names keep their bytes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        repeats = [f"{_FOLD}{repeat}" for repeat in range(len(self.folds))]
        writer.writerow(["index", *FRAME_COLUMNS, *repeats])
        columns = (self.names, self.labels.tolist(), self.splits, self.digests)
        folds = self.folds.T.tolist()
        for index, (*values, mine) in enumerate(zip(*columns, folds, strict=True)):
            writer.writerow([index, *values, *mine])
        return text.getvalue().encode(errors="surrogateescape")


def read_images(path: Path, root: Path, classes: int) -> ImageTable:
    """Return the table that `ImageTable.to_csv` wrote to `path`.

    Args:
        path: the file.
        root: the folder that relative paths start from.
        classes: the number of classes.

    Raises:
        StudyError: the file is missing or damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
            rows = list(csv.DictReader(lines))
        repeats = [name for name in (rows[0] if rows else {}) if name and name.startswith(_FOLD)]
        table = ImageTable(
            root=root,
            names=tuple(row["path"] for row in rows),
            labels=np.array([int(row["label"]) for row in rows], np.int64),
            splits=tuple(row["split"] for row in rows),
            digests=tuple(row["digest"] for row in rows),
            folds=np.array([[int(row[name]) for row in rows] for name in repeats], np.int16),
        )
        if [int(row["index"]) for row in rows] != list(range(len(rows))):
            raise ValueError("rows are missing")
        if not set(table.splits) <= set(SPLITS) or not set(table.labels) <= set(range(classes)):
            raise ValueError("a split or a label is not known")
        if None in table.names or None in table.digests:
            raise ValueError("a row is cut off")
        return table
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise StudyError(
            f"{path} is missing or damaged ({type(error).__name__}); "
            "the same `tune search` again restores it if you delete it."
        ) from error


def images_frame(table: ImageTable, classes: Sequence[str]) -> pd.DataFrame:
    """Return one row per image, by its index: path, label (the name of its class), split and digest, all text."""
    import pandas as pd

    columns = (table.names, [classes[label] for label in table.labels], table.splits, table.digests)
    texts = {name: map(_text, values) for name, values in zip(FRAME_COLUMNS, columns, strict=True)}
    frame = pd.DataFrame({name: list(values) for name, values in texts.items()}, dtype=str)
    return frame.rename_axis("image")


def images_per_class(table: ImageTable, classes: int) -> list[tuple[int, ...]]:
    """Return the number of images in each of SPLITS, for each class."""
    counts = [np.bincount(table.labels[table.indices(name)], minlength=classes) for name in SPLITS]
    return [tuple(map(int, row)) for row in np.transpose(counts)]


def _text(value: str) -> str:
    """Return text without half characters, which stand for bytes of odd file names."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

"""The epochs of trials: one file per trial, written whole and read by the thousand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...atomic_write import write_beside

if TYPE_CHECKING:
    import pandas as pd

HISTORY_COLUMNS = (
    "epoch",
    "stage",
    "learning_rate",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "seconds",
)
_COLUMNS = ("repeat", "fold", *HISTORY_COLUMNS)
EPOCH_COLUMNS = ("trial", *_COLUMNS)
_WHOLE = ("repeat", "fold", "epoch")


def write_history(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one row per epoch; each has `repeat`, `fold` and HISTORY_COLUMNS."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_beside(path, text.getvalue().encode())


def read_history(path: Path) -> list[dict[str, Any]]:
    """Return the rows that `write_history` wrote, every number exactly as it was.

    A missing file has no rows. A row that was cut off or whose values are no numbers is left out.
    """
    return [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(path)]


def read_histories(files: Iterable[tuple[int, Path]]) -> pd.DataFrame:
    """Return one row per epoch of the trials (number, file), with EPOCH_COLUMNS, as `read_history` reads them."""
    import pandas as pd

    rows = [(number, *row) for number, file in files for row in _rows(file)]
    frame = pd.DataFrame(rows, columns=list(EPOCH_COLUMNS))
    whole = dict.fromkeys(("trial", *_WHOLE), "int64")
    return frame.astype(dict.fromkeys(EPOCH_COLUMNS, "float64") | whole | {"stage": "str"})


def _rows(path: Path) -> list[list[Any]]:
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    if not lines or lines[0] != ",".join(_COLUMNS):
        return []
    return [row for line in lines[1:] if (row := _parsed(line.split(","))) is not None]


def _parsed(texts: list[str]) -> list[Any] | None:
    kinds = (int if name in _WHOLE else str if name == "stage" else float for name in _COLUMNS)
    try:
        return [kind(text) for kind, text in zip(kinds, texts, strict=True)]
    except ValueError:
        return None

"""Reads the epochs of trials from their `history.csv`; thousands of files in one go."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FILE = "history.csv"
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
EPOCH_COLUMNS = tuple(dict.fromkeys(("trial", "repeat", "fold", *HISTORY_COLUMNS)))
_WHOLE = ("repeat", "fold", "epoch")


def read_histories(folders: Iterable[tuple[int, Path]]) -> pd.DataFrame:
    """Give back one row per epoch of the trials (number, folder), with EPOCH_COLUMNS and any others of the files.

    A missing file has no rows; a row that was cut off or does not read as numbers is left out.
    """
    import pandas as pd

    tables: dict[str, list[str]] = {}
    for number, folder in folders:
        header, rows = _lines(folder / FILE)
        tables.setdefault(header, []).extend(f"{number},{row}" for row in rows)
    frames = [_parse(f"trial,{header}", rows) for header, rows in tables.items() if rows]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    frame = frame.reindex(columns=[*EPOCH_COLUMNS, *(n for n in frame if n not in EPOCH_COLUMNS)])
    frame = frame.fillna(dict.fromkeys(("repeat", "fold"), 0))
    return frame.astype(dict.fromkeys(("trial", *_WHOLE), "int64"))


def _lines(path: Path) -> tuple[str, list[str]]:
    """The header and the whole rows of a file."""
    try:
        lines = path.read_text("utf-8", errors="replace").replace("\0", "").splitlines()
    except OSError:
        return "", []
    header = lines[0] if lines else ""
    commas = header.count(",")
    return header, [line for line in lines[1:] if commas and line.count(",") == commas]


def _parse(header: str, rows: list[str]) -> pd.DataFrame:
    import pandas as pd

    text = "\n".join((header, *rows))
    frame = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])
    damaged = frame["epoch"].isna() if "epoch" in frame else frame["trial"].notna()
    for name in frame.columns.difference(["stage"]):
        if frame[name].dtype.kind not in "iuf":
            numbers = pd.to_numeric(frame[name].replace("nan", None), errors="coerce")
            damaged |= numbers.isna() & frame[name].notna() & (frame[name] != "nan")
            frame[name] = numbers
    return frame[~damaged]

"""Finds what a table says of the split of each image, whatever the column is called."""

from __future__ import annotations

from pathlib import Path

from ...dataset import SPLITS
from ...errors import DataError, did_you_mean, some
from ..folders.split_names import SPLIT_FOLDERS
from .cells import Table
from .columns import plain

_NAMES = (
    "cv",
    "cv_fold",
    "data_set",
    "data_split",
    "dataset_split",
    "fold",
    "folds",
    "kfold",
    "partition",
    "phase",
    "set",
    "subset",
    "usage",
)
"""Other names of a split's column. No manifest with one is read as if it stated no split."""
_FLAGS = {"0": False, "1": True, "false": False, "no": False, "true": True, "yes": True}


def split_columns(manifest: Path, table: Table) -> list[str]:
    """Return the columns that state the split: one of names, or some of yes and no, or none.

    Raises:
        DataError: several columns look like a split, or one does whose values are none.
    """
    names = [name for name in dict.fromkeys(table.header) if name and name in table.columns]
    stated = [name for name in names if plain(name) == "split"]
    if stated:
        return stated[:1]
    flags = [name for name in names if _is_flag(name, table.columns[name])]
    named = [name for name in names if name not in flags and _is_named(name, table.columns[name])]
    if len(named) + bool(flags) > 1:
        raise DataError(
            f"{manifest}: the columns {some([*named, *flags])} all look like a split; name the right one split"
        )
    for name in [*named, *(flag for flag in flags if plain(flag) == "valid")]:
        _refuse_others(manifest, name, table.columns[name])
    return named or flags


def splits_of(table: Table, columns: list[str]) -> tuple[list[str | None], list[str]]:
    """Return the split of every row, None where it is not stated, and what is wrong in single rows."""
    if not columns:
        return [None] * len(table.lines), []
    if _is_flag(columns[0], table.columns[columns[0]]):
        return _flagged(table, columns)
    splits, wrong = [], []
    for line, text in zip(table.lines, table.columns[columns[0]], strict=True):
        word = text.strip()
        splits.append(SPLIT_FOLDERS.get(word.lower()))
        if word and splits[-1] is None:
            hint = did_you_mean(word, SPLIT_FOLDERS)
            wrong.append(f"{line}: {word!r} is not one of {', '.join(SPLITS)}{hint}")
    return splits, wrong


def _flagged(table: Table, columns: list[str]) -> tuple[list[str | None], list[str]]:
    splits: list[str | None] = []
    wrong = []
    meant = {name: _meant(name) for name in columns}
    rest = _unmarked(set(meant.values()))
    for i, line in enumerate(table.lines):
        words = {name: table.columns[name][i].strip().lower() for name in columns}
        marked = [meant[name] for name, word in words.items() if _FLAGS.get(word)]
        splits.append(marked[0] if marked else rest)
        empty = [name for name, word in words.items() if not word]
        if empty:
            wrong.append(f"{line}: {empty[0]} is empty")
        elif len(marked) > 1:
            wrong.append(f"{line}: both {marked[0]} and {marked[1]}")
        elif splits[-1] is None:
            wrong.append(f"{line}: none of {', '.join(columns)}")
    return splits, wrong


def _unmarked(meant: set[str | None]) -> str | None:
    """Return the split of the rows that no flag marks, or None where the flags name every split."""
    if "train" not in meant:
        return "train"
    # Who marks only the training images leaves the others for the test.
    return next((one for one in ("test", "validation") if one not in meant), None)


def _meant(name: str) -> str | None:
    word = plain(name).removeprefix("is").removeprefix("_").removesuffix("_set")
    return SPLIT_FOLDERS.get(word)


def _is_flag(name: str, cells: list[str]) -> bool:
    words = {cell.strip().lower() for cell in cells} - {""}
    return _meant(name) is not None and bool(words) and words <= _FLAGS.keys()


def _is_named(name: str, cells: list[str]) -> bool:
    """Whether a column is called like a split, or its values are."""
    words = {cell.strip().lower() for cell in cells} - {""}
    if plain(name) in _NAMES:
        return bool(words)
    return words <= SPLIT_FOLDERS.keys() and "train" in {SPLIT_FOLDERS[word] for word in words}


def _refuse_others(manifest: Path, name: str, cells: list[str]) -> None:
    others = sorted({cell.strip() for cell in cells} - {""})
    others = [cell for cell in others if cell.lower() not in SPLIT_FOLDERS]
    if others:
        raise DataError(
            f"{manifest}: the column {name} looks like a split but has {some(list(map(repr, others)))}; "
            f"name it split and write {', '.join(SPLITS)} in it, or leave it out under a name such as {name}_unused"
        )

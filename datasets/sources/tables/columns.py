"""Decides which columns of a table are the path, the label and the group of an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError, did_you_mean, some
from .cells import Table

COLUMNS = ("path", "label", "split", "group")
_PATHS = (
    "path",
    "file_path",
    "filepath",
    "image_path",
    "img_path",
    "file_name",
    "filename",
    "image_name",
    "image_file",
    "file",
    "image",
    "img",
    "image_id",
    "id",
)
_LABELS = ("label", "class", "class_name", "label_name", "category", "target", "labels")
_ONE_HOT = {"", "0", "1"}


@dataclass(frozen=True)
class Columns:
    """The names of the columns that are used, and a note where they are not those of a manifest."""

    path: str
    label: str
    group: str | None
    notes: tuple[str, ...] = ()


def columns_of(manifest: Path, table: Table, splits: list[str]) -> Columns:
    """Return the columns of a table that hold the paths, the labels and the groups.

    Args:
        manifest: the file, for messages.
        table: what it holds.
        splits: the columns that state the split.

    Raises:
        DataError: there is no column of paths or of labels, or there are several.
    """
    texts = [name for name in dict.fromkeys(table.header) if name and name in table.columns]
    path = _first(_PATHS, texts)
    label = _first(_LABELS, [name for name in texts if name != path])
    group = _first(COLUMNS[3:], texts)
    rest = [name for name in texts if name not in (path, group, *splits)]
    if path and not label and len(rest) == 1:
        label = rest[0]
    if path is None or label is None:
        raise DataError(f"{manifest}: {_missing(table, path, label, rest)}")
    used = (path, label, *([group] if group else []), *splits)
    twice = [name for name in dict.fromkeys(used) if table.header.count(name) > 1]
    if twice:
        raise DataError(f"{manifest}: more than one column named {some(twice)}; keep one")
    read = [
        f"{name} as {role}" for name, role in ((path, "path"), (label, "label")) if name != role
    ]
    notes = (f"Read from {manifest.name}: the column {' and '.join(read)}.",) if read else ()
    return Columns(path, label, group, notes)


def plain(name: str) -> str:
    """Return a column's name in small letters with underscores, as names are compared."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _first(known: tuple[str, ...], names: list[str]) -> str | None:
    by_name = {plain(name): name for name in reversed(names)}
    return next((by_name[name] for name in known if name in by_name), None)


def _missing(table: Table, path: str | None, label: str | None, rest: list[str]) -> str:
    """Say which columns are missing, and what the table seems to be."""
    lacking = [name for name, found in (("path", path), ("label", label)) if found is None]
    hints = "".join(did_you_mean(name, table.header) for name in lacking)
    records = [name for name in table.header if name and name not in table.columns]
    if records:
        hints += f" ({some(records)} holds records; a manifest holds the paths of image files)"
    elif path and len(rest) > 1 and all(set(table.columns[name]) <= _ONE_HOT for name in rest):
        hints += (
            f" ({some(rest)} look like one column for each class; write the class in one column)"
        )
    return (
        f"no column {' and no column '.join(lacking)}{hints}; the columns are {', '.join(COLUMNS)} "
        f"(the last two are optional), but the header is {', '.join(table.header) or 'empty'}"
    )

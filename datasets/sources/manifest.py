"""A table as a source: one row per image, in a .csv or .parquet file."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ..dataset import SPLITS
from ..errors import DataError, counted, did_you_mean, some
from .folder import SPLIT_FOLDERS
from .reading import Listed, Listing

COLUMNS = ("path", "label", "split", "group")

_Row = dict[str, str]


def list_manifest(manifest: Path) -> Listing:
    """List the images of a manifest with the columns path, label and, optionally, split, group.

    Paths are relative to the manifest's folder, or absolute; those that lead outside the folder
    are used and noted. ``split`` is train, validation (or val), test or empty; images with the
    same ``group`` stay in one split. Other columns are not used.

    Raises:
        DataError: a column, a file or a label is missing, a split is unknown, or an image is
            listed twice; all rows of one mistake are counted at once.
    """
    header, rows = _READERS[manifest.suffix.lower()](manifest)
    _refuse_columns(manifest, header)
    if not rows:
        raise DataError(f"{manifest}: no rows; list at least one image per row")
    paths = [_absolute(manifest.parent, row["path"]) for row in rows]
    _refuse_rows(manifest, rows, paths)
    listed = [
        Listed(
            path,
            row["label"],
            SPLIT_FOLDERS.get(row.get("split", "").lower()),
            row.get("group") or None,
        )
        for path, row in zip(paths, rows, strict=True)
    ]
    listed.sort(key=lambda one: _order(manifest.parent, one.path))
    return Listing(manifest.stem, manifest.parent, tuple(listed), _notes(manifest, header, paths))


def manifest_paths(manifest: Path) -> list[str]:
    """Return the paths that a manifest lists, as they are written.

    Raises:
        DataError: it cannot be read, or has no paths.
    """
    header, rows = _READERS[manifest.suffix.lower()](manifest)
    _refuse_columns(manifest, header)
    return [row["path"] for row in rows]


def _read_csv(manifest: Path) -> tuple[list[str], list[_Row]]:
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            rows = [(reader.line_num, values) for values in reader if values]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(
            f"{manifest}: not a CSV file in UTF-8 ({error}); save it as UTF-8 with commas"
        ) from error
    except OSError as error:
        raise DataError(f"{manifest}: cannot be read ({error.strerror})") from error
    uneven = [line for line, values in rows if len(values) != len(header)]
    if uneven:
        raise DataError(
            f"{manifest}: {len(header)} columns in the header but not in line {some(uneven)}; "
            "quote values that contain a comma, and keep the comma of an empty value"
        )
    return header, [
        {"line": f"line {line}", **dict(zip(header, map(str.strip, values), strict=True))}
        for line, values in rows
    ]


def _read_parquet(manifest: Path) -> tuple[list[str], list[_Row]]:
    from pyarrow import ArrowException, parquet

    try:
        schema = parquet.read_schema(manifest)
        columns = [name for name in COLUMNS if name in schema.names]
        records = parquet.read_table(manifest, columns=columns).to_pylist()
    except (ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        raise DataError(f"{manifest}: not a readable Parquet file ({why})") from error
    return schema.names, [
        {"line": f"row {number}", **{key: _text(value) for key, value in record.items()}}
        for number, record in enumerate(records, 1)
    ]


_READERS: dict[str, Callable[[Path], tuple[list[str], list[_Row]]]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
MANIFEST_SUFFIXES = tuple(_READERS)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _absolute(folder: Path, path: str) -> Path:
    return Path(os.path.abspath(folder / path))  # noqa: PTH100 - keeps links, unlike resolve


def _order(folder: Path, path: Path) -> tuple[bool, str]:
    inside = path.is_relative_to(folder)
    return not inside, (path.relative_to(folder) if inside else path).as_posix()


def _refuse_columns(manifest: Path, header: list[str]) -> None:
    missing = [name for name in ("path", "label") if name not in header]
    if missing and len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise DataError(
            f"{manifest}: the columns must be separated by commas, but the header is {header[0]!r}"
        )
    if missing:
        hints = "".join(did_you_mean(name, header) for name in missing)
        raise DataError(
            f"{manifest}: no column {' and no column '.join(missing)}{hints}; the columns are "
            f"{', '.join(COLUMNS)} (the last two are optional), but the header is "
            f"{', '.join(header) or 'empty'}"
        )
    twice = sorted({name for name in COLUMNS if header.count(name) > 1})
    if twice:
        raise DataError(f"{manifest}: more than one column named {some(twice)}; keep one")


def _refuse_rows(manifest: Path, rows: list[_Row], paths: list[Path]) -> None:
    """Raise one error that tells every kind of mistake in the rows, with examples."""
    both = list(zip(rows, paths, strict=True))
    mistakes = [
        _mistake("without a path", (row["line"] for row in rows if not row["path"])),
        _mistake("without a label", (row["line"] for row in rows if not row["label"])),
        _mistake("with an unknown split", _unknown_splits(rows)),
        _mistake("whose file is not there, seen from the manifest's folder", _absent(both)),
        _mistake("listing an image again", _repeated(both)),
    ]
    message = "; ".join(mistake for mistake in mistakes if mistake)
    if message:
        raise DataError(f"{manifest}: {message}")


def _mistake(what: str, examples: Iterable[str]) -> str:
    found = list(examples)
    return f"{counted(len(found), 'row')} {what} ({some(found)})" if found else ""


def _unknown_splits(rows: list[_Row]) -> Iterable[str]:
    for row in rows:
        split = row.get("split", "")
        if split and split.lower() not in SPLIT_FOLDERS:
            allowed = f"not one of {', '.join(SPLITS)}"
            yield f"{row['line']}: {split!r} is {allowed}{did_you_mean(split, SPLIT_FOLDERS)}"


def _absent(both: list[tuple[_Row, Path]]) -> Iterable[str]:
    return (f"{row['line']}: {row['path']}" for row, path in both if row["path"] and not _is(path))


def _is(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name the file system cannot hold
        return False


def _repeated(both: list[tuple[_Row, Path]]) -> Iterable[str]:
    first: dict[Path, str] = {}
    for row, path in both:
        if row["path"] and first.setdefault(path, row["line"]) != row["line"]:
            yield f"{row['line']} repeats {first[path]}: {row['path']}"


def _notes(manifest: Path, header: list[str], paths: list[Path]) -> tuple[str, ...]:
    notes = []
    unused = [name for name in header if name not in COLUMNS]
    if unused:
        hints = "".join(did_you_mean(name, COLUMNS[2:]) for name in unused)
        count = counted(len(unused), "column")
        notes.append(f"Not used: {count} of {manifest.name}: {some(unused)}{hints}.")
    root = manifest.parent.resolve()
    outside = [path for path in paths if not path.resolve().is_relative_to(root)]
    if outside:
        count = counted(len(outside), "image")
        notes.append(f"Outside the manifest's folder: {count}: {some(outside)}.")
    return tuple(notes)

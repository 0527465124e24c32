"""A table as a source: one row per image, in a .csv or .parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ...class_names import ONE_LABEL, several_labels
from ...errors import DataError, counted, did_you_mean, some
from ..reading import Listed, Listing
from .cells import Table, read_table
from .columns import COLUMNS, Columns, columns_of, plain
from .files import find_files, is_file
from .splits import split_columns, splits_of

_LIKE_GROUPS = ("case_id", "lesion_id", "participant_id", "patient", "patient_id", "subject_id")


def list_manifest(manifest: Path) -> Listing:
    """List the images of a manifest with the columns path, label and, optionally, split, group.

    Paths are relative to the manifest's folder, or absolute; those that lead outside the folder
    are used and noted. ``split`` is train, validation (or val), test or empty; images with the
    same ``group`` stay in one split. Columns of other names, and paths as other systems write them, are used and
    noted where every row then fits. Other columns are not used.

    Raises:
        DataError: a column, a file or a label is missing, a split is unknown, or an image is
            listed twice; all rows of one mistake are counted at once.
    """
    table = read_table(manifest)
    table = _with_header(manifest, table)
    splits = split_columns(manifest, table)
    columns = columns_of(manifest, table, splits)
    if not table.lines:
        raise DataError(f"{manifest}: no rows; list at least one image per row")
    names, labels = table.columns[columns.path], table.columns[columns.label]
    paths, read, hint = find_files(manifest.parent, names)
    stated, wrong = splits_of(table, splits)
    _refuse_rows(manifest, table, columns, paths, hint, wrong)
    groups = table.columns[columns.group] if columns.group else [""] * len(paths)
    listed = [
        Listed(path, label, split, group or None)
        for path, label, split, group in zip(paths, labels, stated, groups, strict=True)
    ]
    listed.sort(key=lambda one: _order(manifest.parent, one.path))
    notes = (*table.notes, *columns.notes, *_about_splits(splits), *read)
    notes += (*_unused(manifest, table, columns, splits), *_outside(manifest, paths))
    return Listing(manifest.stem, manifest.parent, tuple(listed), notes)


def manifest_paths(manifest: Path) -> list[str]:
    """Return the paths that a manifest lists, as they are written.

    Raises:
        DataError: it cannot be read, or has no paths.
    """
    table = read_table(manifest)
    columns = columns_of(manifest, table, split_columns(manifest, table))
    return table.columns[columns.path]


def _with_header(manifest: Path, table: Table) -> Table:
    """Give a table of two columns, whose first line is an image already, the header that it lacks."""
    first = table.header
    if len(first) != 2 or not is_file(manifest.parent / first[0]):
        return table
    columns = {
        name: [cell, *table.columns[cell]] for name, cell in zip(COLUMNS, first, strict=False)
    }
    note = f"Read without a header: the columns of {manifest.name} as path and label."
    return replace(
        table,
        header=COLUMNS[:2],
        lines=(table.top, *table.lines),
        columns=columns,
        notes=(*table.notes, note),
    )


def _order(folder: Path, path: Path) -> tuple[bool, str]:
    inside = path.is_relative_to(folder)
    return not inside, (path.relative_to(folder) if inside else path).as_posix()


def _refuse_rows(
    manifest: Path, table: Table, columns: Columns, paths: list[Path], hint: str, splits: list[str]
) -> None:
    """Raise one error that tells every kind of mistake in the rows, with examples."""
    names, labels = table.columns[columns.path], table.columns[columns.label]
    without_path = [line for line, name in zip(table.lines, names, strict=True) if not name.strip()]
    no_label = [line for line, label in zip(table.lines, labels, strict=True) if not label.strip()]
    named = [row for row in zip(table.lines, names, labels, paths, strict=True) if row[1].strip()]
    absent = [f"{line}: {name}" for line, name, _, path in named if not is_file(path)]
    several, repeated = _repeated(named)
    mistakes = [
        _mistake("without a path", without_path),
        _mistake("without a label", no_label),
        _mistake("with an unknown split", splits),
        _mistake("whose file is not there, seen from the manifest's folder", absent, hint),
        _mistake("giving an image another label", several, ONE_LABEL.partition(";")[0]),
        _mistake("listing an image again", repeated),
        _mistake(
            "with several labels",
            _several(table, columns.label),
            ONE_LABEL,
        ),
    ]
    message = "; ".join(mistake for mistake in mistakes if mistake)
    if message:
        read = "".join(f" ({note[:-1].lower()})" for note in columns.notes)
        raise DataError(f"{manifest}{read}: {message}")


def _mistake(what: str, examples: Sequence[str], hint: str = "") -> str:
    if not examples:
        return ""
    end = f"; {hint}" if hint else ""
    return f"{counted(len(examples), 'row')} {what} ({some(examples)}){end}"


def _repeated(rows: Iterable[tuple[str, str, str, Path]]) -> tuple[list[str], list[str]]:
    """Return the rows that name an earlier row's image, with another label and with the same."""
    first: dict[Path, tuple[str, str]] = {}
    several, repeated = [], []
    for line, name, label, path in rows:
        before, other = first.setdefault(path, (line, label))
        if before == line:
            continue
        if label.strip() and other.strip() and label != other:
            several.append(f"{line}: {label} for {name}, which is {other} in {before}")
        else:
            repeated.append(f"{line} repeats {before}: {name}")
    return several, repeated


def _several(table: Table, column: str) -> list[str]:
    """Return the rows with a label that is several."""
    cells = table.columns[column]
    several = several_labels(cell.strip() for cell in cells)
    rows = zip(table.lines, cells, strict=True)
    listed = column in table.lists
    return [
        f"{line}: {cell}"
        for line, cell in rows
        if cell.strip() in several or (listed and ", " in cell)
    ]


def _about_splits(splits: list[str]) -> tuple[str, ...]:
    if not splits or plain(splits[0]) == "split":
        return ()
    return (f"Read as the split: {' and '.join(splits)}.",)


def _unused(manifest: Path, table: Table, columns: Columns, splits: list[str]) -> tuple[str, ...]:
    used = {columns.path, columns.label, columns.group, *splits}
    unused = [name for name in table.header if name and name not in used]
    if not unused:
        return ()
    hints = "".join(did_you_mean(name, COLUMNS[2:]) for name in unused)
    like = [name for name in unused if plain(name) in _LIKE_GROUPS]
    if like and not columns.group:
        hints += f" (call {like[0]} group to keep its images together)"
    return (
        f"Not used: {counted(len(unused), 'column')} of {manifest.name}: {some(unused)}{hints}.",
    )


def _outside(manifest: Path, paths: list[Path]) -> tuple[str, ...]:
    root = manifest.parent.resolve()
    outside = [path for path in paths if not path.resolve().is_relative_to(root)]
    if not outside:
        return ()
    return (f"Outside the manifest's folder: {counted(len(outside), 'image')}: {some(outside)}.",)

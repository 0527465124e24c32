"""Reads the cells of a .csv or .parquet file as text."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import math
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import DataError, some

_SEPARATORS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*\s*\Z', re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """The cells of a table; a missing one is an empty text.

    ``header`` has all names of columns in their order, ``columns`` the cells of each that holds text or numbers, and
    ``lines`` says where each row stands in the file, and ``top`` where the header does. ``lists`` are the columns in
    which a cell holds several values.
    """

    header: tuple[str, ...]
    lines: tuple[str, ...]
    columns: dict[str, list[str]]
    lists: frozenset[str] = frozenset()
    top: str = "line 1"
    notes: tuple[str, ...] = field(default=())


def read_table(file: Path) -> Table:
    """Read a table; rows without any value are passed over.

    Raises:
        DataError: it cannot be read, or its rows differ in their number of cells.
    """
    return _READERS[file.suffix.lower()](file)


def _read_csv(file: Path) -> Table:
    # No other ends of lines: `splitlines` would divide names.
    rows = list(io.StringIO(_text_of(file), newline=""))
    # A spreadsheet takes this line for itself.
    stated = _SEPARATOR_LINE.match(rows[0]) if rows else None
    above = 1 if stated else 0
    while above < len(rows) and not rows[above].strip(_SEPARATORS + string.whitespace):
        above += 1
    rows = rows[above:]
    separator = stated[1] if stated else _separator(rows)
    try:
        reader = csv.reader(rows, delimiter=separator, skipinitialspace=True, strict=True)
        header = _without_end([name.strip() for name in next(reader, [])])
        found = [(reader.line_num + above, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise DataError(f"{file}: not a CSV file ({error}); save it anew as CSV") from error
    found = [(line, cells[:1] + _without_end(cells[1:], len(header) - 1)) for line, cells in found]
    uneven = [line for line, cells in found if len(cells) != len(header)]
    if uneven:
        raise DataError(
            f"{file}: {len(header)} columns in the header but not in line {some(uneven)}; "
            f"quote values that contain {separator!r}, and keep the {separator!r} of an empty value"
        )
    columns = {name: [cells[i] for _, cells in found] for i, name in enumerate(header)}
    lines = tuple(f"line {line}" for line, _ in found)
    notes = () if stated or separator == "," else (f"Read with {separator!r} between the columns.",)
    return Table(tuple(header), lines, columns, top=f"line {above + 1}", notes=notes)


def _text_of(file: Path) -> str:
    try:
        data = file.read_bytes()
        marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not a CSV file in UTF-8 ({error}); save it as UTF-8") from error
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror})") from error


def _separator(rows: list[str]) -> str:
    """Return the first mark that divides the header into several columns."""
    for mark in _SEPARATORS:
        if len(next(csv.reader(rows[:1], delimiter=mark), [])) > 1:
            return mark
    return _SEPARATORS[0]


def _without_end(cells: list[str], least: int = 0) -> list[str]:
    """Return the cells without the blank ones at the end, of which ``least`` cells stay."""
    while len(cells) > least and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _read_parquet(file: Path) -> Table:
    from pyarrow import ArrowException, parquet, types

    try:
        schema = parquet.read_schema(file)
        simple = [one.name for one in schema if not types.is_struct(one.type)]
        values = parquet.read_table(file, columns=simple).to_pydict()
    except (ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        raise DataError(f"{file}: not a readable Parquet file ({why})") from error
    columns = {name: [_cell(value) for value in cells] for name, cells in values.items()}
    lists = {
        name
        for name, cells in values.items()
        if any(isinstance(value, list) and len(value) > 1 for value in cells)
    }
    filled = [any(row) for row in zip(*columns.values(), strict=True)]
    return Table(
        tuple(schema.names),
        tuple(f"row {number}" for number, has in enumerate(filled, 1) if has),
        {name: list(itertools.compress(cells, filled)) for name, cells in columns.items()},
        frozenset(lists),
    )


def _cell(value: Any) -> str:
    """Return a value as text: what is no value as nothing, whole numbers without a fraction."""
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if missing or str(value) == "NaT" else str(value)


_READERS: dict[str, Callable[[Path], Table]] = {".csv": _read_csv, ".parquet": _read_parquet}
MANIFEST_SUFFIXES = tuple(_READERS)

"""Finds a study's folder and reads it; what is damaged is left out and reported, and nothing is written."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from ..errors import StudyError
from .differences import BegunSearch
from .facts import FactsBuilder, StudyFacts
from .header import Header
from .log import StudyLog
from .paths import HEADER, LOG, StudyPaths
from .records import Record, from_line


def read_study(path: str | Path) -> StudyFacts:
    """Read the study in the folder `path`, or the one that a file or folder at `path` is part of.

    The folder may be a copy on another machine, be read-only, or lack parts: a missing trial folder or a cut-off last
    line of the log does no harm.

    Raises:
        StudyError: it is no study, is of another format, or is damaged.
    """
    paths = StudyPaths(find_study(Path(path)))
    log = StudyLog(paths.log)
    lines, records = read_log(log)
    builder = FactsBuilder(records)
    header = builder.header or read_header(paths)
    notices = log.notices if lines else (*log.notices, emptied(paths))
    return builder.facts(paths.folder, header, notices)


def begun_search(folder: Path) -> BegunSearch | None:
    """Return the search that a folder holds, None if it holds none.

    Raises:
        StudyError: the study is damaged.
    """
    return BegunSearch(folder, read_study(folder).header) if is_study(folder) else None


def read_log(log: StudyLog) -> tuple[list[dict[str, Any]], list[Record]]:
    """Return the lines of a log and the records in them.

    Raises:
        StudyError: a line is damaged or holds no record of its kind.
    """
    lines, records = log.read(), []
    for number, line in enumerate(lines, start=1):
        try:
            record = from_line(line)
        except StudyError as error:
            raise StudyError(f"{log.path}, record {number}: {error}") from None
        if record is not None:
            records.append(record)
    return lines, records


def read_header(paths: StudyPaths) -> Header:
    """Return the header that the study's folder keeps beside its log.

    Raises:
        StudyError: the file is missing or damaged.
    """
    try:
        values = json.loads(paths.header.read_bytes())
    except FileNotFoundError:
        raise StudyError(
            f"{paths.folder} has no header: its {LOG} holds no line of the kind study, and there is no {HEADER}"
        ) from None
    except ValueError as error:
        raise StudyError(f"{paths.header} is damaged ({error}): restore it from a copy") from error
    if not isinstance(values, dict):
        raise StudyError(f"{paths.header} is damaged (not a JSON object): restore it from a copy")
    try:
        return Header.from_json(values)
    except StudyError as error:
        raise StudyError(f"{paths.header}: {error}") from None


def emptied(paths: StudyPaths) -> str:
    """Say that a log without a record stands beside a header, which is written after the log's first record."""
    return (
        f"{paths.log} has lost its records, since {HEADER} beside it is of a study: restore it from a copy, "
        "or search in another folder with --study DIR"
    )


def find_study(path: Path) -> Path:
    """Return the folder of the study at `path` or around it.

    Raises:
        StudyError: there is none.
    """
    if not path.exists():
        raise StudyError(f"{path} does not exist: {_instead(path.parent, path.name)}")
    resolved = path.resolve()
    for folder in (path, resolved, *resolved.parents[:4]):
        if is_study(folder):
            return folder
    raise StudyError(f"{path} is not a study's folder (no {LOG} in it): {_instead(path, '')}")


def is_study(folder: Path) -> bool:
    """Whether a folder holds a log."""
    return StudyPaths(folder).log.is_file()


def _instead(folder: Path, name: str) -> str:
    try:
        studies = sorted(child.name for child in folder.iterdir() if is_study(child))
    except OSError:
        studies = []
    near = difflib.get_close_matches(name, studies, n=1, cutoff=0.5)
    if near:
        return f"did you mean {folder / near[0]}?"
    if studies:
        some = ", ".join(studies[-5:])
        return f"give one of the studies in {folder}: {some}"
    return "give the folder that `tune search` named as its study"

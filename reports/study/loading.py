"""Finds and reads a study's folder; what is damaged is left out and said, nothing is written."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import StudyError
from .log import StudyLog
from .study import Study
from .trial import Trial

FORMAT = 1
LOG = "trials.jsonl"
HEADER = "study.json"
# What a later call of the same search may change.
_RENEWED = ("command", "limits", "versions")


def load_study(path: str | Path) -> Study:
    """Open the study in the folder `path`, or that a file or folder at `path` is part of.

    The folder may be a copy on another machine, be read-only, or lack parts: a missing trial folder or a torn last line
    of the log is survived. Raises StudyError when it is no study, was written by a later version, or is damaged.
    """
    folder = find_study(Path(path))
    log = StudyLog(folder / LOG)
    records = log.read()
    trials, repeated = _trials(records, log.path)
    finished = {trial.number for trial in trials}
    return Study(
        folder=folder,
        header=_header(records, folder),
        trials=trials,
        retrains=tuple(_without_kind(record) for record in records if record["kind"] == "retrain"),
        notices=log.notices + repeated,
        begun=tuple(
            _without_kind(record)
            for record in records
            if record["kind"] == "start" and record.get("number") not in finished
        ),
        deaths=_deaths(records),
        order=tuple(
            dict.fromkeys(int(record["number"]) for record in records if record["kind"] == "trial")
        ),
    )


def find_study(path: Path) -> Path:
    """Give back the folder of the study at `path` or around it; raises StudyError when there is none."""
    if not path.exists():
        raise StudyError(f"{path} does not exist: {_instead(path.parent, path.name)}")
    resolved = path.resolve()
    for folder in (path, resolved, *resolved.parents[:4]):
        if _is_study(folder):
            return folder
    raise StudyError(f"{path} is not a study's folder (no {LOG} in it): {_instead(path, '')}")


def _is_study(folder: Path) -> bool:
    return (folder / LOG).is_file()


def _instead(folder: Path, name: str) -> str:
    try:
        studies = sorted(child.name for child in folder.iterdir() if _is_study(child))
    except OSError:
        studies = []
    near = difflib.get_close_matches(name, studies, n=1, cutoff=0.5)
    if near:
        return f"did you mean {folder / near[0]}?"
    if studies:
        some = ", ".join(studies[-5:])
        return f"give one of the studies in {folder}: {some}"
    return "give the folder that `tune search` named as its study"


def _trials(
    records: Iterable[dict[str, Any]], path: Path
) -> tuple[tuple[Trial, ...], tuple[str, ...]]:
    trials: dict[int, Trial] = {}
    notices = []
    for line, record in enumerate(records, start=1):
        try:
            if record["kind"] == "fit" and record.get("trial") in trials:
                number = record["trial"]
                trials[number] = trials[number].with_fits(record)
            if record["kind"] != "trial":
                continue
            trial = Trial.from_dict(record)
        except StudyError as error:
            raise StudyError(f"{path}, record {line}: {error}") from error
        if trial.number in trials:
            notices.append(f"trial {trial.number} is in the log twice; the later record counts")
        trials[trial.number] = trial
    return tuple(trials[number] for number in sorted(trials)), tuple(notices)


def _deaths(records: Iterable[dict[str, Any]]) -> dict[int, tuple[str, ...]]:
    deaths: dict[int, tuple[str, ...]] = {}
    for record in records:
        if record["kind"] == "death":
            number = record.get("trial")
            deaths[number] = (*deaths.get(number, ()), str(record.get("cause")))
    return deaths


def _header(records: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    headers = [_without_kind(record) for record in records if record["kind"] == "study"]
    header = headers[0] if headers else _read_json(folder / HEADER)
    _check_header(header, folder)
    if header.get("format", FORMAT) > FORMAT:
        raise StudyError(
            f"{folder} was written in format {header['format']}, this version reads up to {FORMAT}: "
            "install a newer transfertune"
        )
    objective = header.get("objective")
    if not isinstance(objective, dict) or objective.get("direction") not in ("max", "min"):
        raise StudyError(
            f'{folder}: its header must have an objective with a name and a direction "max" or "min", '
            f"but got {objective!r}: restore {LOG} or {HEADER} from a copy"
        )
    for record in records:
        if record["kind"] == "resume":
            header = {**header, **{key: record[key] for key in _RENEWED if key in record}}
    return {**header, "objective": {"name": str(objective.get("name", "score")), **objective}}


def _check_header(header: dict[str, Any], folder: Path) -> None:
    wrong = [
        f"its {name} is {header[name]!r}"
        for name, kind in {"format": int, "data": dict, "space": dict, "limits": dict}.items()
        if not isinstance(header.get(name), kind | None)
    ]
    if wrong:
        raise StudyError(
            f"{folder}: its header is damaged ({', '.join(wrong)}): restore {LOG} or {HEADER} from a copy"
        )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        header = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise StudyError(
            f"{path.parent} has no header: its {LOG} holds no line of the kind study, and there is no {HEADER}"
        ) from None
    except ValueError as error:
        raise StudyError(f"{path} is damaged ({error}): restore it from a copy") from error
    if not isinstance(header, dict):
        raise StudyError(f"{path} is damaged (not a JSON object): restore it from a copy")
    return header


def _without_kind(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "kind"}

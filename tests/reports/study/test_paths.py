"""Only reports/study names the files of a study and the kinds of its records."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from transfertune.datasets.sources.folders.walk import SET_APART
from transfertune.reports import StudyPaths
from transfertune.reports.study.records import KINDS

ROOT = Path(__file__).parents[3]
OWNER = ROOT / "reports" / "study"
SOURCES = [
    file
    for part in ("datasets", "reports", "search_spaces", "transfertune", "tuner")
    for file in sorted((ROOT / part).rglob("*.py"))
    if OWNER not in file.parents
]
_STUDY = StudyPaths(Path("study"))
NAMES = {
    path.name
    for one in (_STUDY, _STUDY.trial(1))
    for name, kind in vars(type(one)).items()
    if isinstance(kind, property) and (path := getattr(one, name)).suffix
}
NAMES = NAMES - {".lock"}  # other locks are called so too


def named(source: str) -> set[str]:
    """Return the study's file names in the code of a module; docstrings and sentences may have them."""
    texts = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {name for text in texts if " " not in text for name in NAMES if Path(text).name == name}


def kinds(source: str) -> set[str]:
    """Return the kinds of records that a module writes with `append`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "append" and call.args
        if isinstance(call.args[0], ast.Constant) and call.args[0].value in KINDS
    }


def test_the_names_are_those_of_a_study():
    """The rule is not held by looking for nothing."""
    assert {"trials.jsonl", "study.json", "images.csv", "history.csv", "predictions.npz"} < NAMES
    assert {"fits.json", "data_check.json", "label_check.json", "model.keras"} < NAMES


def test_nothing_else_names_a_file_of_a_study():
    """Whoever needs a file of a study asks `StudyPaths` for it; a walk through images knows a study by its log."""
    walk = ROOT / "datasets" / "sources" / "folders" / "walk.py"
    found = {file: names for file in SOURCES if (names := named(file.read_text("utf-8")))}
    assert found == {walk: {_STUDY.log.name}}
    assert SET_APART[_STUDY.log.name] == "a study"


def test_nothing_else_names_a_kind_of_record():
    """Whoever appends to a log appends a record of a class."""
    assert {str(file): found for file in SOURCES if (found := kinds(file.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    "planted", ['LOG = "trials.jsonl"', "path = folder / 'trials/0001/history.csv'"]
)
def test_a_planted_name_is_found(planted):
    """A name in the code is found, alone or at the end of a path."""
    assert named(planted)


def test_a_planted_kind_is_found():
    """A kind in a call of `append` is found."""
    assert kinds('log.append("retrain", record)') == {"retrain"}

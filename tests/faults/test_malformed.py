"""Every malformed input gives one clear line, exit code 2, and changes nothing on disk."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from malformed import Case
from malformed_data import ARCHIVES, IMAGES, MANIFESTS
from malformed_models import MODELS
from malformed_search import SPACES, UNKNOWN, WEIGHTS
from malformed_studies import STUDIES

from transfertune.tuner.cli import main

TABLE = {
    "image": IMAGES,
    "archive": ARCHIVES,
    "manifest": MANIFESTS,
    "space": SPACES,
    "weights": WEIGHTS,
    "study": STUDIES,
    "model": MODELS,
    "command": UNKNOWN,
}
CASES = [pytest.param(case, id=f"{kind}: {case.name}") for kind in TABLE for case in TABLE[kind]]
# One of each kind is also run as a person would, by a process of its own.
AS_A_PROCESS = [pytest.param(cases[0], id=kind) for kind, cases in TABLE.items()]
LONGEST = 500


def tree(folder: Path) -> dict[str, tuple]:
    """Return every file, link and folder below with its size, time of change and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path.relative_to(folder))] = (
            facts.st_mode,
            facts.st_mtime_ns,
            hashlib.sha256(content).hexdigest(),
        )
    return found


@pytest.fixture
def place(tmp_path, tmp_path_factory, monkeypatch):
    """A folder to run in; the cache, which may remember images that it has seen, is elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRANSFERTUNE_CACHE", str(tmp_path_factory.mktemp("cache")))
    return tmp_path


def check(case: Case, code: int, out: str, err: str) -> None:
    """The line says what is wrong, and is one line; only what was done until then may stand above it."""
    assert code == 2, err
    assert out == ""
    *progress, line = err.splitlines()
    assert all(
        re.fullmatch(r"[a-z -]+: [\d,]+|(Data check|Note): .+|Searching .+", one)
        for one in progress
    ), err
    assert line.startswith("tune: "), err
    assert line.endswith((".", "?", "…")) and not line.endswith(".."), err
    assert re.search(case.says, line), err
    assert len(line) <= LONGEST, err


@pytest.mark.parametrize("case", CASES)
def test_a_malformed_input_is_refused(case, place, monkeypatch, capfd):
    """One line on the error output, nothing on the output, exit code 2, the disk as it was."""
    for name, value in case.environment:
        monkeypatch.setenv(name, value)
    case.make(place)
    before = tree(place)
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(list(case.words))
    check(case, ended.value.code, *capfd.readouterr())
    assert tree(place) == before


@pytest.mark.parametrize("case", AS_A_PROCESS)
def test_a_malformed_input_is_refused_by_a_process(case, place):
    """The same, end to end."""
    case.make(place)
    before = tree(place)
    command = [sys.executable, "-m", "transfertune.tuner.cli", *case.words]
    run = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **dict(case.environment)}
    )
    check(case, run.returncode, run.stdout, run.stderr)
    assert tree(place) == before


def test_there_are_enough_malformed_inputs():
    """At least 60, each with a name of its own."""
    assert sum(map(len, TABLE.values())) >= 60
    for kind, cases in TABLE.items():
        assert max(Counter(case.name for case in cases).values()) == 1, kind

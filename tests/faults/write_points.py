"""Faults at every single change of a study's folder: kills before and inside it, a full disk, a broken one.

A kill at a moment leaves what is on the disk then. So a search runs once under a judge that, at each change and in the
middle of each write, sets a copy of the folder aside; every copy that differs from the others is then resumed.
A disk that is full has to be lived through: for every write there is a search in which it and all later ones fail.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from forked import Forker, Session
from interposing import GO, HALF, KILL, Call, Judge
from searches import Counts, Place, Witness, finished

_PATIENCE = 300.0
_WRITES = ("write", "rest", "writev", "open", "mkdir")


@dataclass
class Points:
    """What was tried: the calls by name, the states they can leave, and the counts."""

    calls: Counter = field(default_factory=Counter)
    moments: int = 0
    states: int = 0
    clear: int = 0
    recovered: int = 0
    counts: Counts = field(default_factory=Counts)


class WritePoints:
    """Tries every point of one short search."""

    def __init__(self, place: Place, forker: Forker, judge: Judge, strategy: str, *more: str):
        self.place, self.forker, self.judge = place, forker, judge
        self.strategy, self.more = strategy, more
        self.trials, self.epochs = 2, 2
        self.whole = place.folder / f"points-{strategy}-whole"
        self._run(self.whole, lambda call: GO)
        self.expected = finished(self.whole)
        self.calls: list[Call] = []

    def kills(self, every: int = 1) -> Points:
        """Resume from every state that a kill can leave; only from one in `every`."""
        found = Points()
        study = self.place.folder / f"points-{self.strategy}"
        copies: dict[str, Path] = {}
        seen: set[str] = set()

        def decide(call: Call) -> int:
            if call.name != "rest":
                self.calls.append(call)
                found.calls[call.name] += 1
            found.moments += 1
            if found.moments % every == 0:
                digest = _digest(study)
                if digest not in seen:
                    seen.add(digest)
                    copies[digest] = study.with_name(f"{study.name}-at-{found.moments}-{call.name}")
                    if study.exists():
                        shutil.copytree(study, copies[digest])
            return HALF

        code = self._run(study, decide)
        if code != 0:
            found.counts.note("refused", f"{study.name} under the judge: exit {code}")
        found.states = len(copies)
        for copy in copies.values():
            self._resume(copy, found.counts)
        return found

    def killed_for_real(self, every: int = 1) -> Points:
        """Kill all processes at every point, half of a write done, instead of copying; one point in `every`."""
        found = Points()
        for number in range(1, self._count() + 1, every):
            study = self.place.folder / f"points-{self.strategy}-killed-{number}"
            self._run(study, _at(number, HALF, then=KILL))
            found.moments += 1
            self._resume(study, found.counts)
        return found

    def full_disk(self, every: int = 1) -> Points:
        """Let the disk be full from every change on: exit code 2 and one line, or a search that got over it."""
        return self._failing(errno.ENOSPC, "full", every)

    def broken_disk(self, every: int = 1) -> Points:
        """Let one change after another fail once, as a bad disk does."""
        return self._failing(errno.EIO, "broken", every)

    def _failing(self, number: int, name: str, every: int) -> Points:
        found = Points()
        for point in range(1, self._count() + 1, every):
            study = self.place.folder / f"points-{self.strategy}-{name}-{point}"
            code = self._run(study, _at(point, number, sticky=number == errno.ENOSPC))
            found.moments += 1
            said = _said(study)
            if code == 0:
                found.recovered += 1
            elif code == 2 and "Traceback" not in said:
                found.clear += 1
            else:
                found.counts.note("refused", f"{study.name}: exit {code}, {said[-300:]}")
            self._resume(study, found.counts)
        return found

    def _count(self) -> int:
        if not self.calls:
            study = self.place.folder / f"points-{self.strategy}-counted"
            self._run(study, lambda call: self.calls.append(call) or GO)
        return len(self.calls)

    def _resume(self, study: Path, counts: Counts) -> None:
        counts.kills += 1
        counts.resumes += 1
        witness = Witness(study, counts)
        witness.look()
        session = self._start(study)
        code = session.wait(_PATIENCE)
        if code != 0:
            counts.note("refused", f"{study.name}: exit {code}, {_said(study)[-300:]}")
            session.kill()
            return
        witness.judge(self.expected)
        shutil.rmtree(study)

    def _run(self, study: Path, decide) -> int | None:
        self.judge.decide = decide
        session = self._start(study, below=str(study), socket=str(self.judge.address))
        code = session.wait(_PATIENCE)
        session.kill()
        session.wait(10)
        self.judge.decide = lambda call: GO
        if self.judge.error:
            raise self.judge.error
        return code

    def _start(self, study: Path, **request) -> Session:
        errors = Path(f"{study}.err")
        errors.unlink(missing_ok=True)
        words = self.place.words(
            self.strategy, study, *self.more, trials=self.trials, epochs=self.epochs
        )
        return self.forker.start(
            words,
            folder=str(self.place.folder),
            environment=self.place.environment,
            errors=str(errors),
            **request,
        )


def _at(point: int, answer: int, *, then: int = GO, sticky: bool = False):
    """Answer the call with that number, and the rest of it or all later ones, differently."""
    count = 0

    def decide(call: Call) -> int:
        nonlocal count
        count += call.name != "rest"
        if count == point:
            return then if call.name == "rest" else answer
        if sticky and count > point and call.name in _WRITES:
            return answer
        return GO

    return decide


def _said(study: Path) -> str:
    path = Path(f"{study}.err")
    return path.read_text(errors="replace") if path.exists() else ""


def _digest(folder: Path) -> str:
    """Return a digest of names and contents; the number of a process in a name does not count."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = ".".join(
                p for p in str(path.relative_to(folder)).split(".") if not p.isdecimal()
            )
            found.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        else:
            found.update(os.fsencode(path.relative_to(folder)) + b"/\0")
    return found.hexdigest()

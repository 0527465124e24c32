"""What else happens to a search: another process, a vanished cache or data folder, a clock set back, a locked disk."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from forked import Forker, Session
from interposing import GO, Judge
from searches import Counts, Place, Witness, finished

_PATIENCE = 600.0
INTERRUPTED = 130
_HOG = """
import time
import numpy as np
import transfertune.tuner.trials.trial_job as jobs

real = jobs.fit_and_score


def trial(task, job, report):
    if job.number == 6 and job.recipe["batch_size"] > 8:
        kept = {hog}
    return real(task, job, report)


jobs.fit_and_score = trial
"""
_CLOCK = "import time; now = time.time; time.time = lambda: now() - 86400"


class Mishaps:
    """Tries each once on a random search, against the same search undisturbed."""

    def __init__(self, place: Place, forker: Forker, judge: Judge | None):
        self.place, self.forker, self.judge = place, forker, judge
        self.counts = Counts()
        self.whole = place.folder / "mishaps-whole"
        started = time.monotonic()
        self._expect(self._start(self.whole), 0, "the undisturbed search")
        self.seconds = time.monotonic() - started
        self.expected = finished(self.whole)

    def run(self, word: str | None = None) -> dict[str, int]:
        """Return the number of wrong things by mishap, of those with a word; `counts.examples` tells them."""
        tries: dict[str, Callable[[Path], None]] = {
            "two processes": self._two_processes,
            "cache deleted": self._cache_deleted,
            "data vanished": self._data_vanished,
            "clock set back": self._clock_set_back,
            "every file but the log deleted": self._only_the_log,
            "Ctrl-C": lambda study: self._asked_to_stop(study, signal.SIGINT),
            "SIGTERM": lambda study: self._asked_to_stop(study, signal.SIGTERM),
            "Ctrl-C twice": self._told_to_stop,
            "worker killed": self._worker_killed,
            "out of memory": lambda study: self._halved(study, "np.empty(2**60, np.uint8)"),
            "over the limit": lambda study: self._halved(study, "np.ones(10**9); time.sleep(60)"),
        }
        if self.judge:
            tries["read-only folder"] = self._read_only
        found = {}
        for name, attempt in tries.items():
            if word and word not in name:
                continue
            before = self.counts.wrong
            attempt(self.place.folder / f"mishap-{name.replace(' ', '-')}")
            found[name] = self.counts.wrong - before
        return found

    def _two_processes(self, study: Path) -> None:
        first = self._start(study)
        while not (study / ".lock-holder").exists() and first.poll() is None:
            time.sleep(0.01)
        second = self._start(study)
        code = second.wait(_PATIENCE)
        said = _said(study)
        if code != 2 or not re.search(rf"is being worked on by process {first.pid}\b", said):
            self.counts.note("refused", f"a second process: exit {code}, {said[-300:]}")
        first.kill()
        first.wait(10)
        self._expect(self._start(study), 0, "after the first process was killed")
        Witness(study, self.counts).judge(self.expected)

    def _cache_deleted(self, study: Path) -> None:
        session = self._start(study)
        session.wait(0.6 * self.seconds)
        shutil.rmtree(self.place.folder / "cache", ignore_errors=True)
        self._expect(session, 0, "the cache was deleted meanwhile")
        Witness(study, self.counts).judge(self.expected)

    def _data_vanished(self, study: Path) -> None:
        self._killed_half_way(study)
        images = self.place.folder / "images"
        images.rename(images.with_name("elsewhere"))
        self._expect(self._start(study), 2, "the images were gone", "no such folder")
        images.with_name("elsewhere").rename(images)
        self._expect(self._start(study), 0, "the images were back")
        Witness(study, self.counts).judge(self.expected)

    def _clock_set_back(self, study: Path) -> None:
        self._killed_half_way(study)
        self._expect(self._start(study, setup=_CLOCK), 0, "the clock went back a day")
        Witness(study, self.counts).judge(self.expected)

    def _only_the_log(self, study: Path) -> None:
        self._killed_half_way(study)
        for path in study.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "trials.jsonl":
                path.unlink()
        self._expect(self._start(study), 0, "all but the log was deleted")
        Witness(study, self.counts).judge(self.expected)

    def _asked_to_stop(self, study: Path, number: int) -> None:
        """One signal to the whole group, as a terminal sends it: report and exit code 130, and on it goes."""
        session = self._start(study)
        self._until_trials(session, study, 2)
        os.killpg(session.pid, number)
        self._expect(
            session, INTERRUPTED, f"after {signal.Signals(number).name}", "continues the search"
        )
        self._alone(session, "a signal")
        if not (study / "report" / "report.html").exists():
            self.counts.note("refused", f"{study.name}: no report")
        witness = Witness(study, self.counts)
        witness.look()
        self._expect(self._start(study), 0, "resumed after a signal")
        witness.judge(self.expected)

    def _told_to_stop(self, study: Path) -> None:
        session = self._start(study)
        self._until_trials(session, study, 1)
        for _ in range(2):
            os.killpg(session.pid, signal.SIGINT)
            time.sleep(0.05)
        self._expect(session, INTERRUPTED, "after two signals", "continues the search")
        self._alone(session, "two signals")
        self._expect(self._start(study), 0, "resumed after two signals")
        Witness(study, self.counts).judge(self.expected)

    def _worker_killed(self, study: Path) -> None:
        """One death costs an attempt, and nothing of the result."""
        session = self._start(study)
        self._until_trials(session, study, 1)
        for child in psutil.Process(session.pid).children():
            if "resource_tracker" not in " ".join(child.cmdline()):
                child.kill()
        self._expect(session, 0, "the worker was killed")
        Witness(study, self.counts).judge(self.expected)

    def _halved(self, study: Path, hog: str) -> None:
        """The sixth trial takes too much memory with its batch, and goes through with half of it, which is told."""
        session = self._start(
            study,
            setup=_HOG.format(hog=hog),
            environment={**self.place.environment, "TRANSFERTUNE_WORKER_MEMORY": "4GB"},
        )
        self._expect(session, 0, "a trial took too much memory")
        trial = finished(study)[6]
        halved = trial["recipe"]["batch_size"] < 16 and isinstance(
            trial["recipe"]["steps_per_epoch"], int
        )
        if trial["status"] != "completed" or not halved or not trial["note"]:
            self.counts.note("different", f"{study.name}: {trial['recipe']}, {trial['cause']}")

    def _until_trials(self, session: Session, study: Path, count: int) -> None:
        end = time.monotonic() + _PATIENCE
        while len(finished(study)) < count and session.poll() is None and time.monotonic() < end:
            time.sleep(0.1)

    def _alone(self, session: Session, after: str) -> None:
        left = session.orphans()
        if left:
            self.counts.note("orphans", f"after {after}: {left}")

    def _read_only(self, study: Path) -> None:
        self._killed_half_way(study)
        self.judge.decide = lambda call: errno.EROFS
        session = self._start(study, below=str(study), socket=str(self.judge.address))
        self._expect(
            session, 2, "the folder was read-only", "Read-only file system|cannot be written"
        )
        self.judge.decide = lambda call: GO
        self._expect(self._start(study), 0, "the folder could be written again")
        Witness(study, self.counts).judge(self.expected)

    def _killed_half_way(self, study: Path) -> None:
        session = self._start(study)
        session.wait(0.7 * self.seconds)
        session.kill()
        session.wait(10)

    def _start(self, study: Path, **request) -> Session:
        Path(f"{study}.err").unlink(missing_ok=True)
        return self.forker.start(
            self.place.words("random", study, "--no-retrain", "--folds", "2", "--repeats", "1"),
            folder=str(self.place.folder),
            errors=f"{study}.err",
            **{"environment": self.place.environment, **request},
        )

    def _expect(self, session: Session, code: int, when: str, says: str = "") -> None:
        ended = session.wait(_PATIENCE)
        said = "".join(_said(path) for path in self.place.folder.glob("mishap*") if path.is_dir())
        if ended != code or not re.search(says, said) or "Traceback" in said:
            self.counts.note("refused", f"{when}: exit {ended}, {said[-300:]}")
            session.kill()


def _said(study: Path) -> str:
    path = Path(f"{study}.err")
    return path.read_text(errors="replace") if path.exists() else ""

"""What else happens to a search: another process, a vanished cache or data folder, a clock set back, a locked disk."""

from __future__ import annotations

import errno
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from forked import Forker, Session
from interposing import GO, Judge
from searches import Counts, Place, Witness, finished

_PATIENCE = 300.0
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

    def run(self) -> dict[str, int]:
        """Return the number of wrong things by mishap; `counts.examples` tells them."""
        tries: dict[str, Callable[[Path], None]] = {
            "two processes": self._two_processes,
            "cache deleted": self._cache_deleted,
            "data vanished": self._data_vanished,
            "clock set back": self._clock_set_back,
            "every file but the log deleted": self._only_the_log,
        }
        if self.judge:
            tries["read-only folder"] = self._read_only
        found = {}
        for name, attempt in tries.items():
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
        pictures = self.place.folder / "pictures"
        pictures.rename(pictures.with_name("elsewhere"))
        self._expect(self._start(study), 2, "the pictures were gone", "no such folder")
        pictures.with_name("elsewhere").rename(pictures)
        self._expect(self._start(study), 0, "the pictures were back")
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
            self.place.words("random", study, "--no-retrain"),
            folder=str(self.place.folder),
            environment=self.place.environment,
            errors=f"{study}.err",
            **request,
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

"""SIGKILL at random moments: of the whole search, of its first process alone, and again while it resumes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from forked import Forker, Session
from searches import STRATEGIES, Counts, Place, Witness, finished

_AT_MOST = 6  # kills of one study; then it may come to its end
_PATIENCE = 300.0


class RandomKills:
    """Kills searches of all strategies until there were enough; each is resumed until it is done."""

    def __init__(self, place: Place, forker: Forker, seed: int = 0, more: tuple[str, ...] = ()):
        self.place, self.forker, self.more = place, forker, more
        self.random = random.Random(seed)
        self.counts = Counts()
        self.references: dict[str, tuple[dict[int, dict], float]] = {}

    def run(
        self,
        kills: int,
        strategies: tuple[str, ...] = STRATEGIES,
        on_study: Callable[[dict[str, Counts]], None] = lambda found: None,
    ) -> dict[str, Counts]:
        """Return the counts by strategy; `kills` is the least number of all of them together.

        `on_study` gets the counts so far after every study.
        """
        found = {strategy: Counts() for strategy in strategies}
        study = 0
        while sum(counts.kills for counts in found.values()) < kills:
            strategy = min(strategies, key=lambda name: found[name].kills)
            left = kills - sum(counts.kills for counts in found.values())
            if strategy not in self.references:
                self._reference(strategy)
            study += 1
            place = self.place.folder / f"killed-{strategy}-{study}"
            self._one(strategy, place, found[strategy], left)
            on_study(found)
        return found

    def _reference(self, strategy: str) -> None:
        """Run the search undisturbed, twice where the cache is empty: its trials and its seconds."""
        study = self.place.folder / f"whole-{strategy}"
        started = time.monotonic()
        session = self._start(strategy, study)
        if session.wait(_PATIENCE) != 0:
            raise RuntimeError(f"{study} did not finish: {_errors(study)}")
        self.references[strategy] = finished(study), time.monotonic() - started

    def _start(self, strategy: str, study: Path) -> Session:
        return self.forker.start(
            self.place.words(strategy, study, "--no-retrain", *self.more),
            folder=str(self.place.folder),
            environment=self.place.environment,
            errors=str(study) + ".err",
        )

    def _one(self, strategy: str, study: Path, counts: Counts, most: int) -> None:
        expected, seconds = self.references[strategy]
        witness = Witness(study, counts)
        for attempt in range(min(_AT_MOST, most) + 1):
            session = self._start(strategy, study)
            last = attempt == min(_AT_MOST, most)
            code = session.wait(_PATIENCE if last else self.random.uniform(0, 0.8 * seconds))
            if code is None:
                session.kill(group=self.random.random() < 0.7)
                counts.kills += 1
                _expect_alone(session, counts, f"{study.name}, kill {attempt + 1}")
                witness.look()
                continue
            counts.resumes += attempt
            if code != 0:
                counts.note("refused", f"{study.name}: exit {code}: {_errors(study)}")
                return
            break
        witness.judge(expected)


def _expect_alone(session: Session, counts: Counts, where: str) -> None:
    """No process may be left some seconds after the search has been killed."""
    left = session.orphans()
    if left:
        counts.note("orphans", f"{where}: {left}")
        session.kill()


def _errors(study: Path) -> str:
    path = Path(str(study) + ".err")
    return path.read_text(errors="replace")[-300:] if path.exists() else ""

"""One trial in ten that runs out of memory, meets NaN, hangs or crashes, whatever is done for it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from forked import Forker
from searches import Counts, Place, finished, records

KINDS = ("memory", "nan", "hang", "segfault")
SHARE = 0.1
_SILENCE = "15s"
_PATIENCE = 1200.0
# Runs in the search's process before it starts; its workers are forked from it. Nothing of this is in the program.
_SETUP = """
import ctypes, pathlib, time
import numpy as np
import transfertune.tuner.trials.trial_job as jobs
import transfertune.tuner.training.stages as training

KINDS = {kinds!r}
NAN = pathlib.Path({nan!r})
real = jobs.fit_and_score
epoch = training.Training.epoch
now = [None, None]


def trial(task, job, report):
    now[:] = KINDS.get(job.number), job.number
    if now[0] == "memory":
        np.empty(2**60, np.uint8)
    elif now[0] == "hang":
        time.sleep(1e6)
    elif now[0] == "segfault":
        ctypes.string_at(0)
    return real(task, job, report)


def not_a_number(self, *arguments, **options):
    if now[0] == "nan":
        (NAN / str(now[1])).touch()
        whole = self.network.whole
        whole.set_weights([np.full_like(weight, np.nan) for weight in whole.get_weights()])
    return epoch(self, *arguments, **options)


jobs.fit_and_score = trial
training.Training.epoch = not_a_number
"""


@dataclass
class Injected:
    """What became of a search: `failed` counts by kind, `full` the recipes that were trained to the last epoch."""

    strategy: str
    trials: int = 0
    failed: Counter = field(default_factory=Counter)
    causes: dict[str, str] = field(default_factory=dict)
    full: int = 0
    full_without: int = 0
    deaths: int = 0
    counts: Counts = field(default_factory=Counts)


class Injection:
    """Runs a search with and without the failures."""

    def __init__(self, place: Place, forker: Forker, trials: int, epochs: int, seed: int = 0):
        self.place, self.forker = place, forker
        self.trials, self.epochs, self.seed = trials, epochs, seed

    def run(self, strategy: str) -> Injected:
        """Return what became of one strategy's search."""
        found = Injected(strategy)
        kinds = self._kinds()
        found.full_without = self._search(strategy, {}, found)
        found.full = self._search(strategy, kinds, found)
        return found

    def _kinds(self) -> dict[int, str]:
        """Return the trials that fail: one in ten of those asked for, all kinds in turn, never the first ones."""
        count = max(len(KINDS), round(SHARE * self.trials))
        failing = sorted(random.Random(self.seed).sample(range(6, self.trials), count))
        return {number: KINDS[i % len(KINDS)] for i, number in enumerate(failing)}

    def _search(self, strategy: str, kinds: dict[int, str], found: Injected) -> int:
        study = self.place.folder / f"injected-{strategy}-{len(kinds)}"
        words = self.place.words(
            strategy, study, "--no-retrain", trials=self.trials, epochs=self.epochs
        )
        nan = study.with_name(f"{study.name}-nan")  # a trial that has no epoch left meets none
        nan.mkdir()
        session = self.forker.start(
            words,
            folder=str(self.place.folder),
            environment={**self.place.environment, "TRANSFERTUNE_WORKER_SILENCE": _SILENCE},
            errors=f"{study}.err",
            setup=_SETUP.format(kinds=kinds, nan=str(nan)),
        )
        code = session.wait(_PATIENCE)
        if code != 0:
            found.counts.note("refused", f"{study.name}: exit {code}")
            session.kill()
        trials = finished(study)
        for number, trial in trials.items():
            kind = kinds.get(number)
            if trial["status"] == "failed":
                found.failed[kind or "not injected"] += 1
                found.causes.setdefault(kind or "not injected", trial["cause"])
            elif kind and (kind != "nan" or (nan / str(number)).exists()):
                found.counts.note("different", f"{study.name}: trial {number} survived its {kind}")
        if kinds:
            found.trials = len(trials)
            found.deaths = sum(r["kind"] == "death" for r in records(study))
        return sum(
            t["status"] == "completed"
            and t.get("role", "search") == "search"
            and t["strategy"].get("epochs", self.epochs) == self.epochs
            for t in trials.values()
        )

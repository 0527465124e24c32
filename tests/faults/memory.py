"""What a long search holds in memory: its first process and its workers, sampled while it runs."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

import psutil
from forked import Forker
from searches import Place, finished

_PATIENCE = 3600.0
_EVERY = 0.2


@dataclass
class Memory:
    """Megabytes that processes hold for themselves.

    `settled` is the parent's most during the first tenth of the trials, `trials` its most until the last one had ended,
    `report` its most in the end, with pandas, matplotlib and scikit-learn loaded once for the report.
    """

    trials: int = 0
    parent_settled: float = 0.0
    parent_trials: float = 0.0
    parent_report: float = 0.0
    parent_growth: float = 0.0
    worker_most: float = 0.0
    workers: int = 0
    exit_code: int | None = None

    def as_dict(self) -> dict:
        """Return the figures."""
        return asdict(self)


def measure(place: Place, forker: Forker, trials: int) -> Memory:
    """Run a search of many tiny trials and return what it held."""
    study, found = place.folder / "long", Memory()
    session = forker.start(
        place.words("random", study, "--no-retrain", trials=trials, epochs=1),
        folder=str(place.folder),
        environment=place.environment,
        errors=f"{study}.err",
    )
    parent, workers, end = psutil.Process(session.pid), set(), time.monotonic() + _PATIENCE
    while session.poll() is None and time.monotonic() < end:
        try:
            held = _megabytes(parent)
            for child in parent.children():
                workers.add(child.pid)
                found.worker_most = max(found.worker_most, _megabytes(child))
        except psutil.Error:
            continue
        done = len(finished(study))
        if done <= trials // 10:
            found.parent_settled = max(found.parent_settled, held)
        if done < trials:
            found.parent_trials = max(found.parent_trials, held)
        found.parent_report = max(found.parent_report, held)
        time.sleep(_EVERY)
    found.exit_code, found.trials, found.workers = (
        session.poll(),
        len(finished(study)),
        len(workers),
    )
    found.parent_growth = found.parent_trials - found.parent_settled
    session.kill()
    return found


def _megabytes(process: psutil.Process) -> float:
    memory = process.memory_info()
    return (memory.rss - memory.shared) / 1e6

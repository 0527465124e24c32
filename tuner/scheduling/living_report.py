"""The report of a running search: it is written again as trials end, on a thread of its own, so that no trial waits."""

import contextlib
import threading
import time
from dataclasses import replace

from ...reports import CostLimits, LivingPage, Study, StudyError, StudyStore, load_libraries
from ..events import Event, FurtherFitsEnded, RetrainingStarted, SearchStarted, TrialEnded

# Seconds between two pages, at least.
EVERY = 5.0
# The most of the search's time that goes into pages, in time of one processor core.
SHARE = 0.02
# Seconds after which the page gets a new time although nothing has happened, so that it is not taken for abandoned.
PULSE = 60.0


class Pace:
    """When the next page may be made, such that pages take at most SHARE of the time since `started`.

    Args:
        started: seconds, by any clock.
    """

    def __init__(self, started: float):
        self._started, self._spent = started, 0.0
        self.next = started

    def made(self, now: float, cost: float) -> None:
        """Count a page that took `cost` seconds.

        The next one may take twice as long, since pages grow; only the first is no measure, because it loads templates.
        """
        expected = 2 * cost if self._spent else 0.0
        self._spent += cost
        self.next = max(now + EVERY, self._started + (self._spent + expected) / SHARE)


class LivingReport:
    """Keeps `report.html` of an open study up to date while the search runs; one more listener to its events.

    A context manager: when its block ends, it stops, and the page is free for the final report. A page that cannot be
    written, as on a full disk, is tried again later.

    Args:
        store: the open study.
        limits: what the recommended model may cost.
    """

    def __init__(self, store: StudyStore, limits: CostLimits):
        self._store, self._limits = store, limits
        self._changed = threading.Condition()
        self._news: tuple[Study, str] | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._write, name="living report", daemon=True)

    def __enter__(self) -> "LivingReport":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def on_event(self, event: Event) -> None:
        """Note what the study holds after an event that the page shows."""
        match event:
            case SearchStarted() | TrialEnded() | FurtherFitsEnded():
                self._note("The search is running")
            case RetrainingStarted(trial):
                self._note(f"The search is running: trial {trial} is being retrained")

    def _note(self, doing: str) -> None:
        # Trials that have begun are no unfinished ones while the search runs.
        study = Study.from_facts(replace(self._store.facts, begun=()), self._limits)
        with self._changed:
            self._news = study, doing
            self._changed.notify()

    def _write(self) -> None:
        if not self._wait(None):
            return
        load_libraries()
        pace, page = Pace(time.monotonic()), None
        while self._wait(pace.next):
            begun = time.thread_time()
            with self._changed:
                news, self._news = self._news, None
            with contextlib.suppress(OSError, StudyError):
                if news is not None:
                    page = LivingPage.of(*news)
                if page is not None and not self._ended:
                    page.write()
            if news is not None:
                pace.made(time.monotonic(), time.thread_time() - begun)

    def _wait(self, earliest: float | None) -> bool:
        """Wait for news, or for the next pulse, and not less than until `earliest`; return whether to go on.

        With None, wait for news however long it takes.
        """
        with self._changed:
            pulse = None if earliest is None else PULSE
            self._changed.wait_for(lambda: self._ended or self._news is not None, pulse)
            if earliest is not None:
                self._changed.wait_for(lambda: self._ended, earliest - time.monotonic())
            return not self._ended

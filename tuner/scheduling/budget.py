"""The time that a search may take, retraining included."""

import time
from collections.abc import Callable, Sequence

from ...reports import Trial, ensemble_cost

# What is left for rounds of further fits, where the contenders get any.
_RACE_SHARE = 0.25
# The most that is kept for retraining, however slow the leaders are.
_RETRAIN_SHARE = 0.3
# What is kept for the report while nothing else is known.
_REPORT_SECONDS, _REPORT_SHARE = 5.0, 0.05


class Budget:
    """The wall time of a search, from `started` on.

    What follows the trials should take `ending` seconds, and `reserve` are kept for it. `reported` is set once a
    listener knows that time is up.

    Args:
        started: Seconds since 1970.
        seconds: The time limit, None for no limit.
        now: The clock, in seconds since 1970.
    """

    def __init__(self, started: float, seconds: float | None, now: Callable[[], float] = time.time):
        self.seconds, self._now, self._started = seconds, now, started
        self.deadline = None if seconds is None else started + seconds
        self.reserve = min(_REPORT_SECONDS, _REPORT_SHARE * (seconds or 0.0))
        self.ending = 0.0
        self.reported = False

    def seconds_left(self) -> float:
        """Return the seconds until the deadline, infinite without one."""
        return float("inf") if self.deadline is None else self.deadline - self._now()

    def elapsed(self) -> float:
        """Return the seconds since the search began."""
        return self._now() - self._started

    def allows(self, seconds: float) -> bool:
        """Whether so many seconds and the reserve still fit."""
        return self.deadline is None or self._now() + seconds + self.reserve < self.deadline

    @property
    def race_seconds(self) -> float:
        """The seconds that are kept for rounds of further fits."""
        return _RACE_SHARE * (self.seconds or 0.0)

    def deadline_of_fits(self) -> float | None:
        """Return when the last epoch may start, in seconds since 1970."""
        return None if self.deadline is None else self.deadline - self.reserve

    def reserve_retraining(self, leaders: Sequence[Trial], test_images: int) -> None:
        """Keep the time that retraining an ensemble of the leaders should take, with its file and the test images."""
        fitted = [trial for trial in leaders if trial.fits]
        if not fitted:
            return
        fits = sum(max(fit.seconds for fit in trial.fits) for trial in fitted)
        # Members on one frozen backbone share its pass.
        test = test_images * (ensemble_cost(fitted).milliseconds or 0.0) / 1000
        most = float("inf") if self.seconds is None else _RETRAIN_SHARE * self.seconds
        self.ending = min(3 + 1.3 * (fits + test), most)
        self.reserve = min(10 + 1.5 * (fits + test), most)

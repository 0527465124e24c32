"""Estimates how long a search still takes."""

import time


class Clock:
    """Estimates the time left from the trials of this run."""

    def __init__(self, done: int = 0, total: int | None = None, deadline: float | None = None):
        self.done, self.total, self.deadline = done, total, deadline
        self._before, self._started = done, time.monotonic()

    def left(self) -> str:
        """Return the time left in words, or nothing when it cannot be known."""
        spans = []
        ran = self.done - self._before
        if self.total and ran:
            spans.append((time.monotonic() - self._started) / ran * (self.total - self.done))
        if self.deadline:
            spans.append(self.deadline - time.time())
        return f"about {span(min(spans))} left" if spans and min(spans) > 0 else ""


def span(seconds: float) -> str:
    """Return a time in words: "85 s", "12 min", "1.6 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

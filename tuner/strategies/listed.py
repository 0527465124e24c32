"""The strategy `listed`: a space's own runs, in their order."""

from types import SimpleNamespace
from typing import Any

from ...search_spaces import Space


class ListedRuns:
    """Proposes each run once, whatever the scores; it answers as Keras Tuner's oracles do."""

    def __init__(self, space: Space):
        self._runs = space.listed()
        self._asked = 0

    def reseed(self, seed: int) -> None:
        """Nothing is random here."""

    def ask(self, known: dict[str, Any] | None, who: str, excess: object = None) -> SimpleNamespace:
        """Return the next run, or a stopped one after the last.

        Past ones came in the same order, so `known` adds nothing; what runs cost changes nothing either.
        """
        if self._asked == len(self._runs):
            return SimpleNamespace(status="STOPPED")
        self._asked += 1
        values = SimpleNamespace(values=self._runs[self._asked - 1])
        return SimpleNamespace(status="RUNNING", trial_id=str(self._asked), hyperparameters=values)

    def finish(self, trial: SimpleNamespace, score: float | None) -> None:
        """No score changes what comes next."""

    def may_continue(self) -> set[str]:
        """No run goes on with another."""
        return set()

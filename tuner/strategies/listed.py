"""The strategy `listed`: a space's own runs, in their order."""

from .oracle import Oracle, OracleTrial, Values


class ListedRuns(Oracle):
    """Proposes each run once, whatever the scores."""

    def __init__(self, runs: list[Values]):
        super().__init__((), maximise=True)
        self._runs = runs

    def propose(self, known: Values | None) -> OracleTrial | None:
        """Return the next run, or nothing after the last."""
        asked = len(self.trials)
        return OracleTrial(self._runs[asked]) if asked < len(self._runs) else None

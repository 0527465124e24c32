"""Random search: random values, never the same twice."""

from .oracle import Oracle, OracleTrial, Values


class RandomOracle(Oracle):
    """Draws every recipe at random, whatever the scores."""

    def propose(self, known: Values | None) -> OracleTrial | None:
        """Return a new random recipe."""
        if known is not None:
            return self.taken(known)
        values = self.draw()
        return None if values is None else OracleTrial(values)

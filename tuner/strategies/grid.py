"""Grid search: every combination of listed values once, the last dimension changing first."""

from ...search_spaces import Choice
from .dimensions import Dimension
from .oracle import Oracle, OracleTrial, Values


class GridOracle(Oracle):
    """Proposes the combination after the last one, whatever the scores."""

    def propose(self, known: Values | None) -> OracleTrial | None:
        """Return the next combination."""
        values = self._after(self.trials[-1].values) if self.trials else self._completed({})
        return None if values is None else OracleTrial(values)

    def _after(self, values: Values) -> Values | None:
        """Return the next combination: the last dimension that has a further value takes it."""
        for number in reversed(range(len(self.dimensions))):
            dimension = self.dimensions[number]
            further = _further(dimension, values) if dimension.applies(values) else None
            if further is not None:
                before = [d.name for d in self.dimensions[:number] if d.name in values]
                return self._completed({n: values[n] for n in before} | {dimension.name: further})
        return None

    def _completed(self, values: Values) -> Values:
        """Return the values with the first of every dimension that still applies."""
        for dimension in self.dimensions:
            if dimension.name not in values and dimension.applies(values):
                values[dimension.name] = dimension.default
        return values


def _further(dimension: Dimension, values: Values):
    """Return the next value of a dimension, None after its last."""
    domain = dimension.domain
    assert isinstance(domain, Choice)  # noqa: S101 - `check_strategy` refuses ranges
    rest = domain.values[domain.values.index(values[dimension.name]) + 1 :]
    return rest[0] if rest else None

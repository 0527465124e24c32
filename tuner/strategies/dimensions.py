"""What a strategy chooses: the dimensions of a space, their conditions, and values by their place in [0, 1]."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...search_spaces import HYPERPARAMETERS, Choice, Domain, Float, Space
from ...search_spaces.domains import Value

# A parent, and the values beside which a hyperparameter means something.
Scope = tuple[str, tuple[Value, ...]]


@dataclass(frozen=True)
class Dimension:
    """A hyperparameter that is searched, with all the conditions under which it applies.

    Places and values belong together as in Keras Tuner 1.4, so that a seed proposes what it proposes there.
    """

    name: str
    domain: Domain
    scopes: tuple[Scope, ...] = ()

    def applies(self, values: Mapping[str, Value]) -> bool:
        """Whether the hyperparameter means something beside the values of those before it."""
        return all(
            parent in values and values[parent] in allowed for parent, allowed in self.scopes
        )

    @property
    def default(self) -> Value:
        """The first choice or the lowest number."""
        return self.domain.values[0] if isinstance(self.domain, Choice) else self.domain.low

    def value_at(self, place: float) -> Value:
        """Return the value at a place in [0, 1]."""
        domain = self.domain
        if isinstance(domain, Choice):
            return domain.values[_index(place, len(domain.values))]
        low, high = domain.low, domain.high
        if isinstance(domain, Float):
            return low * math.pow(high / low, place) if domain.log else place * (high - low) + low
        if domain.log:
            return min(int(low * math.pow((high + 1) / low, place)), high)
        return low + _index(place, int(high - low) + 1)

    def place_of(self, value: Value) -> float:
        """Return the place of a value in [0, 1]; whole numbers and choices are in the middle of their share."""
        domain = self.domain
        if isinstance(domain, Choice):
            return (domain.values.index(value) + 0.5) * (1 / len(domain.values))
        number, low, high = float(value), domain.low, domain.high
        if isinstance(domain, Float):
            share = math.log(number / low) / math.log(high / low) if domain.log else None
            return (number - low) / (high - low) if share is None else share
        if domain.log:
            return math.log((number + 0.5) / low) / math.log((high + 1) / low)
        return (number - low + 0.5) * (1 / (high - low + 1))


def dimensions_of(space: Space) -> tuple[Dimension, ...]:
    """Return what the space searches, parents first: what is fixed is left out, and so is what never applies."""
    fixed, searched = space.fixed(), space.searched()
    found: dict[str, Dimension] = {}
    for name, domain in searched.items():
        if any(fixed.get(parent) == value for parent, value in HYPERPARAMETERS[name].excluded_by):
            continue
        scopes = _scopes(name, searched, found)
        if all(allowed for _, allowed in scopes):
            found[name] = Dimension(name, domain, scopes)
    return tuple(found.values())


def _scopes(
    name: str, searched: Mapping[str, Domain], found: Mapping[str, Dimension]
) -> tuple[Scope, ...]:
    """Return each parent with the values beside which a hyperparameter means something.

    A parent that is absent where this one is not would hide more than the condition says, so it is left out.
    """
    meaningless: dict[str, set[Value]] = {}
    for parent, value in HYPERPARAMETERS[name].excluded_by:
        if parent in found and value in searched[parent]:
            meaningless.setdefault(parent, set()).add(value)
    scopes: list[Scope] = []
    for parent, values in meaningless.items():
        if all(scope in scopes for scope in found[parent].scopes):
            allowed = tuple(v for v in _listed(searched[parent]) if v not in values)
            scopes.append((parent, allowed))
    return tuple(scopes)


def _listed(domain: Domain) -> Iterable[Value]:
    """Return all values of a parent, which is a choice or a whole number."""
    if isinstance(domain, Choice):
        return domain.values
    return range(int(domain.low), int(domain.high) + 1)


def _index(place: float, number: int) -> int:
    """Return which of a number of equal shares of [0, 1] a place lies in."""
    return min(math.floor(place / (1 / number)), number - 1)

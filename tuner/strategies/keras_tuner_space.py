"""A space in the terms of Keras Tuner: its hyperparameters, their conditions, and how values are written."""

from collections.abc import Iterable
from typing import Any

from ...search_spaces import HYPERPARAMETERS, Choice, Domain, Float, Space


def declare(space: Space, hp) -> None:
    """Declare a space on Keras Tuner's `HyperParameters`: what is fixed is left out, conditions are scopes."""
    fixed, searched = space.fixed(), space.searched()
    declared: dict[str, list[tuple[str, list]]] = {}
    for name, domain in searched.items():
        if any(fixed.get(parent) == value for parent, value in HYPERPARAMETERS[name].excluded_by):
            continue
        scopes = _scopes(name, searched, declared)
        if all(allowed for _, allowed in scopes):
            declared[name] = scopes
            _declare(hp, name, domain, scopes)


def _scopes(name: str, searched: dict[str, Domain], declared: dict) -> list[tuple[str, list]]:
    """Return each parent with the codes beside which a hyperparameter means something.

    A parent that is absent where this one is not would hide more than the condition says, so it is left out.
    """
    meaningless: dict[str, set] = {}
    for parent, value in HYPERPARAMETERS[name].excluded_by:
        if parent in declared and value in searched[parent]:
            meaningless.setdefault(parent, set()).add(value)
    scopes: list[tuple[str, list]] = []
    for parent, values in meaningless.items():
        if all(scope in scopes for scope in declared[parent]):
            domain = searched[parent]
            allowed = [_code(domain, v) for v in _listed(domain) if v not in values]
            scopes.append((parent, allowed))
    return scopes


def _declare(hp, name: str, domain: Domain, scopes: list[tuple[str, list]]) -> None:
    from keras_tuner.src.engine import conditions

    # Keras Tuner's own scopes nest only where each parent stands below exactly the scopes around it.
    hp._conditions.extend(conditions.Parent(*scope) for scope in scopes)
    if isinstance(domain, Choice):
        codes = [_code(domain, value) for value in domain.values]
        hp.Choice(name, codes, ordered=domain.ordered)
    else:
        kind = hp.Float if isinstance(domain, Float) else hp.Int
        kind(name, domain.low, domain.high, sampling="log" if domain.log else "linear")
    del hp._conditions[:]


def _listed(domain: Domain) -> Iterable[Any]:
    """Return all values of a parent, which is a choice or a whole number."""
    if isinstance(domain, Choice):
        return domain.values
    return range(int(domain.low), int(domain.high) + 1)


def _code(domain: Domain, value: Any) -> Any:
    """Return a choice's value as Keras Tuner takes it: numbers as they are, all else as text."""
    if not isinstance(domain, Choice):
        return value
    return value if domain.ordered and not isinstance(value, str) else str(value)


def encode(space: Space, values: dict[str, Any]) -> dict[str, Any]:
    """Return hyperparameters' values by name as Keras Tuner takes them."""
    return {name: _code(space.domain(name), value) for name, value in values.items()}

"""A space in the terms of Keras Tuner: its hyperparameters, their conditions, and how values are written."""

from typing import Any

from ...search_spaces import Choice, Domain, Float, Space
from .dimensions import Dimension, dimensions_of


def declare(space: Space, hp) -> None:
    """Declare a space on Keras Tuner's `HyperParameters`: what is fixed is left out, conditions are scopes."""
    dimensions = {dimension.name: dimension for dimension in dimensions_of(space)}
    for dimension in dimensions.values():
        scopes = [
            (parent, [_code(dimensions[parent].domain, value) for value in allowed])
            for parent, allowed in dimension.scopes
        ]
        _declare(hp, dimension, scopes)


def _declare(hp, dimension: Dimension, scopes: list[tuple[str, list]]) -> None:
    from keras_tuner.src.engine import conditions

    name, domain = dimension.name, dimension.domain
    # Keras Tuner's own scopes nest only where each parent stands below exactly the scopes around it.
    hp._conditions.extend(conditions.Parent(*scope) for scope in scopes)
    if isinstance(domain, Choice):
        codes = [_code(domain, value) for value in domain.values]
        hp.Choice(name, codes, ordered=domain.ordered)
    else:
        kind = hp.Float if isinstance(domain, Float) else hp.Int
        kind(name, domain.low, domain.high, sampling="log" if domain.log else "linear")
    del hp._conditions[:]


def _code(domain: Domain, value: Any) -> Any:
    """Return a choice's value as Keras Tuner takes it: numbers as they are, all else as text."""
    if not isinstance(domain, Choice):
        return value
    return value if domain.ordered and not isinstance(value, str) else str(value)

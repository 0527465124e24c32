"""A space of the few recipes that a comparison runs; what is not compared is fixed."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .domains import Choice, Domain, Value
from .errors import SpaceError
from .hyperparameters import HYPERPARAMETERS
from .space import Space


def comparison(space: Space, settings: Mapping[str, Iterable[Any]]) -> Space:
    """Return the space with one run for every combination of the settings that have several values.

    A hyperparameter without a setting is fixed: at its default if the space allows it, else at the first of its
    values or in the middle of its range.

    Raises:
        SpaceError: an unknown name or value, or no setting with several values.
    """
    narrowed = space.narrow(settings)
    varied = {
        name: domain.values
        for name, domain in narrowed.searched().items()
        if name in settings and isinstance(domain, Choice)
    }
    if not varied:
        raise SpaceError(
            "A comparison needs a hyperparameter with several different values, such as --set batch_size=16,32,64."
        )
    fixed = {
        name: _fixed_value(name, domain)
        for name, domain in narrowed.searched().items()
        if name not in varied
    }
    cases = itertools.product(*varied.values())
    runs = tuple({**fixed, **dict(zip(varied, case, strict=True))} for case in cases)
    compared = replace(narrowed, domains={**narrowed.domains, **fixed}, runs=runs)
    if len(compared.listed()) < 2:
        raise SpaceError(
            f"{', '.join(varied)} has no effect with the other values, so there is nothing to compare; "
            "also set the hyperparameter that it depends on."
        )
    return replace(compared, name="-".join([space.name, *varied]), trials=len(compared.listed()))


def _fixed_value(name: str, domain: Domain) -> Value:
    default = HYPERPARAMETERS[name].default
    if isinstance(domain, Choice):
        return default if default in domain.values else domain.values[0]
    if isinstance(default, int | float) and domain.low <= default <= domain.high:
        return default
    middle = (domain.low * domain.high) ** 0.5 if domain.log else (domain.low + domain.high) / 2
    return HYPERPARAMETERS[name].read(round(middle) if isinstance(domain.low, int) else middle)

"""The sets of values a hyperparameter may take in one space.

A domain is data: printable, comparable through `as_dict`, and free of any search library, so that listing a
space never imports Keras.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeGuard

from .errors import SpaceError

Value = str | int | float | bool


@dataclass(frozen=True)
class Choice:
    """One of several values; a choice of one value is fixed.

    `ordered` says that neighbours in the list resemble each other, which model-based strategies use.
    """

    values: tuple[Value, ...]
    ordered: bool = False

    def __init__(self, *values: Value, ordered: bool | None = None):
        if not values or len(set(values)) != len(values):
            raise SpaceError(f"A choice needs one value or more, each once, but got {values!r}.")
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
        if ordered and not numbers:
            raise SpaceError(f"Only numbers can be ordered, but got {values!r}; leave ordered out.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "ordered", numbers if ordered is None else ordered)

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self.values) == 1

    def __contains__(self, value: Value) -> bool:
        return value in self.values

    def as_dict(self) -> dict[str, Any]:
        """Return the domain as JSON values."""
        return {"kind": "choice", "values": list(self.values)}

    def __str__(self) -> str:
        return ", ".join(_words(value) for value in self.values)


@dataclass(frozen=True)
class Float:
    """A real number in `[low, high]`, sampled evenly or, with `log`, evenly in its logarithm."""

    low: float
    high: float
    log: bool = False
    fixed = False

    def __post_init__(self):
        _check_bounds(self.low, self.high, self.log)

    def __contains__(self, value: Value) -> bool:
        return _is_number(value) and self.low <= value <= self.high

    def as_dict(self) -> dict[str, Any]:
        """Return the domain as JSON values."""
        return {"kind": "float", "low": self.low, "high": self.high, "log": self.log}

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{' (log)' if self.log else ''}"


@dataclass(frozen=True)
class Int:
    """A whole number in `[low, high]`, sampled evenly or, with `log`, evenly in its logarithm."""

    low: int
    high: int
    log: bool = False
    fixed = False

    def __post_init__(self):
        _check_bounds(self.low, self.high, self.log)

    def __contains__(self, value: Value) -> bool:
        return _is_number(value) and value == int(value) and self.low <= value <= self.high

    def as_dict(self) -> dict[str, Any]:
        """Return the domain as JSON values."""
        return {"kind": "int", "low": self.low, "high": self.high, "log": self.log}

    def __str__(self) -> str:
        return f"{self.low} to {self.high}{' (log)' if self.log else ''}"


Domain = Choice | Float | Int


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _words(value: Value) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _check_bounds(low: float, high: float, log: bool) -> None:
    if not (_is_number(low) and _is_number(high) and low < high):
        raise SpaceError(f"`low < high` must hold, but got (low={low}, high={high}).")
    if log and low <= 0:
        raise SpaceError(f"A log range must start above 0, but got (low={low}, high={high}).")

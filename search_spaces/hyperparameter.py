"""One row of the table of hyperparameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .domains import Value
from .errors import SpaceError, did_you_mean


@dataclass(frozen=True)
class Hyperparameter:
    """One name of the interface.

    `parse` turns a text or a JSON value into the value or raises `ValueError`; `allowed` says in words what it takes;
    `excluded_by` lists (name, value) pairs beside which it does not apply; each name stands earlier in the table.
    """

    name: str
    help: str
    allowed: str
    parse: Callable[[Any], Value]
    default: Value
    excluded_by: tuple[tuple[str, Value], ...] = ()

    def read(self, value: Any) -> Value:
        """Return the value in its own type.

        Raises:
            SpaceError: the value is not allowed.
        """
        try:
            return self.parse(value)
        except (TypeError, ValueError, OverflowError):
            pass
        options = self.allowed.split(", ")
        raise SpaceError(
            f"{self.name} is {self.allowed}, but got {value!r}.{did_you_mean(value, options)}"
        )

    def applies(self, values: Mapping[str, Value]) -> bool:
        """Return whether the hyperparameter applies beside these values."""
        return not any(values.get(other) == value for other, value in self.excluded_by)

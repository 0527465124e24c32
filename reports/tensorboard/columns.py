"""The hyperparameters that TensorBoard has columns for: those that differ, each with the values that occur."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorboard.plugins.hparams.api_pb2 import HParamInfo


@dataclass(frozen=True)
class Column:
    """One hyperparameter; a filter on it lets every value through that it declares.

    Attributes:
        name: the hyperparameter.
        shown: bool, float or str, as which all values are shown; strings and numbers together are strings.
        values: the values that can be ticked; empty for a range.
        low: the range's lowest value, None where there is no range.
        high: the range's highest value.
    """

    name: str
    shown: type
    values: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, name: str, domain: Mapping[str, Any] | None, occurring: Iterable[Any]) -> Column:
        """Return the column of a hyperparameter's domain and of the values that occur beside it."""
        ends = (
            () if domain is None or domain["kind"] == "choice" else (domain["low"], domain["high"])
        )
        listed = tuple(domain["values"]) if domain is not None and not ends else ()
        values = tuple(dict.fromkeys((*listed, *occurring)))
        shown = _shown((*ends, *values))
        if ends and shown is float:
            everything = (*ends, *map(float, values))
            return cls(name, shown, (), min(everything), max(everything))
        # Strings beside a range can be searched for, not ticked.
        return cls(name, shown, () if ends else tuple(dict.fromkeys(map(shown, values))))

    @property
    def varies(self) -> bool:
        """Whether there is more than one value."""
        return len(self.values) != 1

    def declare(self) -> HParamInfo:
        """Return what TensorBoard is told of the column."""
        from tensorboard.plugins.hparams import api_pb2

        types = {
            bool: api_pb2.DATA_TYPE_BOOL,
            float: api_pb2.DATA_TYPE_FLOAT64,
            str: api_pb2.DATA_TYPE_STRING,
        }
        info = api_pb2.HParamInfo(name=self.name, type=types[self.shown])
        if self.low is not None and self.high is not None:
            info.domain_interval.min_value = self.low
            info.domain_interval.max_value = self.high
        elif self.values:
            info.domain_discrete.extend(list(self.values))
        return info


class Columns:
    """The columns of a search, which become more as values occur that nobody foresaw.

    Args:
        domains: each hyperparameter's domain: {"kind": "choice", "values": [...]}, or {"kind": "float" or "int",
            "low": ..., "high": ..., "log": bool}.
        recipes: recipes that are known to occur.
    """

    def __init__(
        self, domains: Mapping[str, Mapping[str, Any]], recipes: Iterable[Mapping[str, Any]] = ()
    ):
        self._domains = domains
        self._values: dict[str, dict[Any, None]] = {name: {} for name in domains}
        self._columns: dict[str, Column] = {}
        for recipe in recipes:
            self._note(recipe)
        self._make()

    def add(self, recipe: Mapping[str, Any]) -> bool:
        """Take the values of a recipe, and return whether they change a column.

        A column keeps its first type, since trials were shown with it; a value that does not fit has no place in it.
        """
        before = self._declared
        if self._note(recipe):
            self._make()
        return self._declared != before

    def shown(self, recipe: Mapping[str, Any]) -> dict[str, bool | float | str]:
        """Return the values of a recipe, each as its column shows it, also where there is only one so far."""
        found = {}
        for name, column in self._columns.items():
            value = recipe.get(name)
            if value is not None and _fits(value, column.shown):
                found[name] = column.shown(value)
        return found

    def declare(self) -> list[HParamInfo]:
        """Return what TensorBoard is told of the columns."""
        return [column.declare() for column in self._declared]

    @property
    def _declared(self) -> list[Column]:
        return [column for column in self._columns.values() if column.varies]

    def _note(self, recipe: Mapping[str, Any]) -> bool:
        """Note the values of a recipe, and return whether one of them is new."""
        found = False
        for name, value in recipe.items():
            known = self._values.setdefault(name, {})
            if value is not None and value not in known:
                known[value], found = None, True
        return found

    def _make(self) -> None:
        columns = {}
        for name, values in self._values.items():
            before = self._columns.get(name)
            fitting = [v for v in values if before is None or _fits(v, before.shown)]
            columns[name] = Column.of(name, self._domains.get(name), fitting)
        self._columns = columns


def _shown(values: Iterable[Any]) -> type:
    values = tuple(values)
    for kind in (bool, float):
        if values and all(_fits(value, kind) for value in values):
            return kind
    return str


def _fits(value: Any, shown: type) -> bool:
    if shown is str:
        return isinstance(value, str | bool | int | float)
    return isinstance(value, bool) if shown is bool else _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

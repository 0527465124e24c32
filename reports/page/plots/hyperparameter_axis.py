"""Where the values of a hyperparameter stand on an axis: numbers by their size, others in steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...wording.recipe_words import short

FEW = 6


@dataclass(frozen=True)
class HyperparameterAxis:
    """The places of values on one axis.

    `kind` is "linear", "log" or "steps"; `values` are the different ones, from the foot of the axis to its top.
    Below them stands what is `absent` from a recipe, if anything is.
    """

    kind: str
    values: tuple[Any, ...]
    absent: bool

    @property
    def ticks(self) -> list[tuple[Any, str]]:
        """Values and their labels: every step, or the ends and the middle of a range; None is labelled "absent"."""
        low, high = self.values[0], self.values[-1]
        if self.kind == "steps":
            shown = self.values
        elif self.kind == "log":
            shown = (low, math.sqrt(low * high), high)
        else:
            shown = (low, (low + high) / 2, high)
        absent = [(None, "absent")] if self.absent else []
        return absent + [(value, short(value)) for value in shown]

    def place(self, value: Any) -> float:
        """Return where the value stands, in its own unit, in powers of ten, or in steps."""
        if value is None:
            low, high = self.place(self.values[0]), self.place(self.values[-1])
            return low - (1.0 if self.kind == "steps" else 0.25 * (high - low))
        if self.kind == "steps":
            return float([repr(one) for one in self.values].index(repr(value)))
        return math.log10(value) if self.kind == "log" else float(value)

    def share(self, value: Any) -> float:
        """Return where the value stands as a share of the axis, 0 at its foot and 1 at its top."""
        low = self.place(None if self.absent else self.values[0])
        high = self.place(self.values[-1])
        return (self.place(value) - low) / (high - low) if high > low else 0.5


def hyperparameter_axis(
    values: Sequence[Any], domain: Mapping[str, Any] | None
) -> HyperparameterAxis:
    """Return the axis for values (N,), None where absent; `domain` is the hyperparameter's record in the space.

    Few different numbers stand in steps, as the values of a choice do.
    """
    domain = domain or {}
    present = [value for value in values if value is not None]
    distinct = list({repr(value): value for value in present}.values())
    absent = len(present) < len(values)
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in distinct)
    if numbers and (len(distinct) > FEW or domain.get("kind") == "float") and len(distinct) > 1:
        log = bool(domain.get("log")) and min(distinct) > 0
        return HyperparameterAxis("log" if log else "linear", tuple(sorted(distinct)), absent)
    ordered = sorted(distinct, key=(lambda v: v) if numbers else _in_domain(domain))
    return HyperparameterAxis("steps", tuple(ordered), absent)


def _in_domain(domain: Mapping[str, Any]) -> Any:
    order = [repr(value) for value in domain.get("values") or ()]
    return lambda value: (
        order.index(repr(value)) if repr(value) in order else len(order),
        str(value),
    )

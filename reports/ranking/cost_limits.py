"""Limits on the cost of the recommended model: time per image, size, parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import StudyError
from ..study.trial import Trial

# Losses, or errors, that are closer than this are the same, and the model with fewer weights is recommended.
TOLERANCE = 0.005


@dataclass(frozen=True)
class CostLimits:
    """What a model may cost at most; None is no limit.

    Attributes:
        milliseconds: prediction time per image.
        megabytes: size of the float32 weights.
        parameters: the number of parameters.
        single: whether it has to be one model, not an ensemble.

    Raises:
        StudyError: a limit is not above 0.
    """

    milliseconds: float | None = None
    megabytes: float | None = None
    parameters: int | None = None
    single: bool = False

    def __post_init__(self):
        for name, value in vars(self).items():
            if name != "single" and value is not None and not value > 0:
                raise StudyError(
                    f"a limit must be above 0, but got {value} for {name}: leave it out for no limit"
                )

    def __bool__(self) -> bool:
        return any(value not in (None, False) for value in vars(self).values())

    @property
    def most(self) -> tuple[float | None, float | None, int | None]:
        """The most milliseconds, megabytes and parameters; None is no limit."""
        return self.milliseconds, self.megabytes, self.parameters

    def __str__(self) -> str:
        """Say the limits in words, such as "at most 5 ms an image and 10 MB"."""
        costs = _in_words(self.most)
        said = [f"at most {costs}"] if costs else []
        return ", ".join([*said, *(["a single model"] if self.single else [])]) or "no limit"

    def allow(self, trial: Trial) -> bool:
        """Whether the trial's model keeps every limit; an unknown cost does not keep a limit on it."""
        return not (self.single and trial.members) and self._excess(_costs(trial)) <= 1

    def allow_cost(self, milliseconds: float | None, megabytes: float, parameters: int) -> bool:
        """Whether a model of this cost keeps every limit; an unknown cost does not keep a limit on it."""
        return self._excess((milliseconds, megabytes, parameters)) <= 1

    def refusal(self, trials: Iterable[Trial]) -> str:
        """Say that no trial keeps the limits, and what the trial costs that comes closest."""
        closest = min(trials, key=lambda trial: (self._excess(_costs(trial)), trial.number))
        if math.isinf(self._excess(_costs(closest))):
            return f"no trial is known to be within the limits ({self}): leave them out"
        costs = [
            cost if limit is not None else None
            for limit, cost in zip(self.most, _costs(closest), strict=True)
        ]
        return (
            f"no trial is within the limits ({self}): raise them; trial {closest.number} comes closest with "
            f"{_in_words(costs)}"
        )

    def _excess(self, costs: tuple[float | None, ...]) -> float:
        """Return the largest ratio of a cost to its limit; infinite when a cost is unknown, 0 without limits."""
        ratios = (
            math.inf if cost is None else cost / limit
            for limit, cost in zip(self.most, costs, strict=True)
            if limit is not None
        )
        return max(ratios, default=0.0)


def _costs(trial: Trial) -> tuple[float | None, float | None, int | None]:
    """Return milliseconds, megabytes and parameters, None where unknown."""
    return trial.milliseconds, trial.megabytes, trial.parameters.get("total")


def _in_words(values: Sequence[float | None]) -> str:
    """Return milliseconds, megabytes and parameters in words; those that are None are left out."""
    forms = ("{:.4g} ms an image", "{:.4g} MB", "{:,} parameters")
    return " and ".join(
        form.format(value) for form, value in zip(forms, values, strict=True) if value is not None
    )

"""Limits on the cost of the recommended model: time per image, size, parameters."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import StudyError
from ..study.trial import Trial


@dataclass(frozen=True)
class CostLimits:
    """What a model may cost at most; None is no limit.

    Attributes:
        milliseconds: prediction time per image.
        megabytes: size of the float32 weights.
        parameters: the number of parameters.

    Raises:
        StudyError: a limit is not above 0.
    """

    milliseconds: float | None = None
    megabytes: float | None = None
    parameters: int | None = None

    def __post_init__(self):
        for name, value in vars(self).items():
            if value is not None and not value > 0:
                raise StudyError(
                    f"a limit must be above 0, but got {value} for {name}: leave it out for no limit"
                )

    def __bool__(self) -> bool:
        return any(value is not None for value in vars(self).values())

    def __str__(self) -> str:
        """Say the limits in words, such as "at most 5 ms an image and 10 MB"."""
        parts = (
            (self.milliseconds, "{:g} ms an image"),
            (self.megabytes, "{:g} MB"),
            (self.parameters, "{:,} parameters"),
        )
        said = [words.format(value) for value, words in parts if value is not None]
        return f"at most {' and '.join(said)}" if said else "no limit"

    def allow(self, trial: Trial) -> bool:
        """Whether the trial's model keeps every limit; an unknown cost does not keep a limit on it."""
        costs = (
            (self.milliseconds, trial.milliseconds),
            (self.megabytes, trial.megabytes),
            (self.parameters, trial.parameters.get("total")),
        )
        return all(limit is None or (cost is not None and cost <= limit) for limit, cost in costs)

"""A trial: one recipe, every fit of it, its score, and why it failed if it did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..errors import StudyError
from ..json_values import plain

COMPLETED = "completed"
FAILED = "failed"
BASELINE = "baseline"
SEARCH = "search"
ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class Fit:
    """One training run of a trial's recipe, scored on its validation images with the best weights restored.

    Attributes:
        seed: the seed of the training.
        fold: the fold that validates.
        repeat: the division into folds.
        score: the objective on the validation images.
        metrics: validation `accuracy` and `loss`.
        epochs: the epochs that were run.
        best_epoch: the epoch whose weights were restored, from 1; 0 for a classifier without epochs.
        seconds: wall time, without computing the features, which all trials share.
    """

    seed: int
    fold: int
    repeat: int
    score: float
    metrics: dict[str, float] = field(default_factory=dict)
    epochs: int = 0
    best_epoch: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Member:
    """A model of an ensemble.

    Attributes:
        trial: the number of the trial that the model comes from.
        weight: its share in the mean of the probabilities, above 0; the weights of an ensemble add up to 1.
    """

    trial: int
    weight: float


@dataclass(frozen=True)
class Trial:
    """A finished or failed trial.

    Attributes:
        number: the trial's number, from 1.
        status: `completed` or `failed`.
        recipe: every value of the classifier and its training, as JSON values; of an ensemble only that it is one.
        score: the objective over all fits, each repeat scored on all its folds together; null for a failed trial.
        fits: the fits.
        seconds: wall time.
        started: when the trial started, ISO 8601 in UTC.
        parameters: the number of weights, `total` and `trainable`.
        cause: why the trial failed.
        strategy: what the strategy needs to know of its proposal.
        role: `search`, `baseline` or `ensemble`.
        milliseconds: time per image on the machine of the search.
        megabytes: size of the weights in float32.
        loss: the log loss over all fits, in nats.
        reported: the score or loss that the strategy was told after the first fits; a loss of some of the images is
            made comparable with that of all.
        note: what was changed to make the trial run.
        members: the models of an ensemble, whose probabilities are averaged; empty for any other trial.
    """

    number: int
    status: str
    recipe: dict[str, Any]
    score: float | None = None
    fits: tuple[Fit, ...] = ()
    seconds: float = 0.0
    started: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    cause: str | None = None
    strategy: dict[str, Any] = field(default_factory=dict)
    role: str = SEARCH
    milliseconds: float | None = None
    megabytes: float | None = None
    loss: float | None = None
    reported: float | None = None
    note: str | None = None
    members: tuple[Member, ...] = ()

    @property
    def by_loss(self) -> float:
        """The loss to sort by, that of the fits if there is no other; without any, behind all others."""
        losses = [fit.metrics.get("loss", math.inf) for fit in self.fits] or [math.inf]
        return sum(losses) / len(losses) if self.loss is None else self.loss

    @property
    def continues(self) -> int | None:
        """The number of the earlier trial whose training it went on with."""
        return self.strategy.get("continues")

    @property
    def scored(self) -> bool:
        """Whether the trial was completed with a finite score, and so may be ranked."""
        return self.status == COMPLETED and self.score is not None and math.isfinite(self.score)

    @property
    def folder(self) -> str:
        """The name of the trial's folder under `trials/` and of its TensorBoard run: 0007."""
        return f"{self.number:04d}"

    def as_dict(self) -> dict[str, Any]:
        """Return strict JSON values; NaN and infinities become None."""
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Trial:
        """Rebuild a trial from `as_dict`; fields of later versions are left out.

        Raises StudyError when the number, the status or the recipe is missing or is not what it should be.
        """
        known = {name: record[name] for name in TRIAL_FIELDS if name in record}
        missing = [name for name in ("number", "status", "recipe") if name not in known]
        if missing:
            raise StudyError(
                f"not a trial, it has no {', '.join(missing)}; restore the file from a copy, or delete that line"
            )
        try:
            known["number"] = int(known["number"])
            if known["status"] == COMPLETED and "score" not in known:
                raise ValueError("a completed trial needs a score")
            known["score"] = None if known.get("score") is None else float(known["score"])
            known |= {name: dict(known.get(name) or {}) for name in ("parameters", "strategy")}
            known["fits"] = tuple(_fit(fit) for fit in known.get("fits") or ())
            known["members"] = tuple(_member(one) for one in known.get("members") or ())
            trial = cls(**known)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StudyError(f"not a trial: {error!r} in {str(dict(record))[:120]}") from error
        _check(trial)
        return trial


# Looked up once, because a study may hold ten thousand trials of several fits.
FIT_FIELDS = tuple(key.name for key in fields(Fit))
TRIAL_FIELDS = tuple(key.name for key in fields(Trial))


def _fit(record: Mapping[str, Any]) -> Fit:
    known = {name: record[name] for name in FIT_FIELDS if name in record}
    known["score"] = _number(known.get("score"))
    known["metrics"] = {name: _number(value) for name, value in known.get("metrics", {}).items()}
    return Fit(**known)


def _member(record: Mapping[str, Any]) -> Member:
    return Member(int(record["trial"]), float(record["weight"]))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _check(trial: Trial) -> None:
    if trial.number < 1:
        raise StudyError(f"not a trial: numbers start at 1, but got {trial.number}")
    if trial.status not in (COMPLETED, FAILED):
        raise StudyError(
            f"not a trial: the status of trial {trial.number} is {trial.status!r}, "
            f"allowed are {COMPLETED!r} and {FAILED!r}"
        )
    if any(member.trial == trial.number or not member.weight > 0 for member in trial.members):
        raise StudyError(
            f"not a trial: the members of trial {trial.number} must be other trials with weights above 0"
        )
    if not isinstance(trial.recipe, dict):
        raise StudyError(f"not a trial: the recipe of trial {trial.number} is no object")

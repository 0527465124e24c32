"""What happens during a search, as values: jobs and operations send them, and the log, TensorBoard and displays listen.

A listener takes every event and leaves out those that it does not know. Events of jobs come from worker processes, so
they are picklable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..datasets import Finding
from ..reports import FurtherFits, LabelCheck, PolicyFacts, Retrain, Start, Trial


@dataclass(frozen=True)
class Progress:
    """A long step has done `done` of `total`; `what` names it."""

    what: str
    done: int
    total: int


@dataclass(frozen=True)
class PreparationStarted:
    """A search begins to read its images, those of `data`, for a space of this name."""

    space: str
    data: str


@dataclass(frozen=True)
class DataRead:
    """The images were read: files that are no image as (path, cause), copies in the test split, and notes."""

    unreadable: tuple[tuple[str, str], ...]
    test_copies: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class DataChecked:
    """The data check has ended."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class LabelsChecked:
    """The label check has ended: with a result, with the cause of its failure, or with neither where it was skipped."""

    check: LabelCheck | None
    cause: str | None


@dataclass(frozen=True)
class SearchStarted:
    """The trials begin.

    `searched` names the hyperparameters in which trials differ, `done` counts the trials of earlier calls,
    `max_trials` is the most trials beside the baselines, `deadline` is in seconds since 1970, and `best` is the trial
    with the lowest loss so far.
    """

    folder: Path
    objective: str
    policy: PolicyFacts
    searched: tuple[str, ...]
    done: int
    max_trials: int | None
    deadline: float | None
    best: Trial | None


@dataclass(frozen=True)
class TrialAnnounced:
    """A trial has a number and a recipe, and is about to start for the first time."""

    start: Start


@dataclass(frozen=True)
class TrialStarted:
    """A job of a trial starts: its first fits up to epoch `epochs`, or further fits of the finished `trial`.

    `continues` is the number of the earlier trial whose training goes on.
    """

    number: int
    role: str
    recipe: dict[str, Any]
    epochs: int
    continues: int | None
    trial: Trial | None


@dataclass(frozen=True)
class EpochEnded:
    """One epoch of one fit of a trial has ended; `row` is its line in the history."""

    trial: int
    repeat: int
    fold: int
    row: dict[str, Any]


@dataclass(frozen=True)
class WorkerDied:
    """The process that ran a trial has died."""

    trial: int
    cause: str


@dataclass(frozen=True)
class TrialEnded:
    """A trial is completed or has failed.

    `best` is the trial with the lowest loss so far; `seconds_left` is how long the whole search still takes, its report
    included, None where that cannot be known yet.
    """

    trial: Trial
    best: Trial | None
    seconds_left: float | None = None


@dataclass(frozen=True)
class FurtherFitsPlanned:
    """The trials of these numbers get further fits, until each has `fits`."""

    trials: tuple[int, ...]
    fits: int


@dataclass(frozen=True)
class FurtherFitsEnded:
    """A trial has got further fits; `trial` counts them."""

    record: FurtherFits
    trial: Trial
    best: Trial | None


@dataclass(frozen=True)
class OutOfTime:
    """The budget allows no new trial; `done` trials have ended beside the baselines, after `seconds` in all."""

    done: int
    max_trials: int | None
    seconds: float


@dataclass(frozen=True)
class RetrainingStarted:
    """A trial is retrained for `epochs` epochs."""

    trial: int
    epochs: int


@dataclass(frozen=True)
class RetrainingLeftOut:
    """The recommended trial always predicts the most frequent class, so it is neither retrained nor tested."""

    trial: int


@dataclass(frozen=True)
class RetrainingEnded:
    """The retrained model is saved and scored."""

    record: Retrain


Event = (
    Progress
    | PreparationStarted
    | DataRead
    | DataChecked
    | LabelsChecked
    | SearchStarted
    | TrialAnnounced
    | TrialStarted
    | EpochEnded
    | WorkerDied
    | TrialEnded
    | FurtherFitsPlanned
    | FurtherFitsEnded
    | OutOfTime
    | RetrainingStarted
    | RetrainingLeftOut
    | RetrainingEnded
)
OnEvent = Callable[[Event], None]


def unheard(event: Event) -> None:
    """Take an event and do nothing with it."""

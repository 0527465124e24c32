"""The log and TensorBoard as listeners to a search's events."""

from collections.abc import Sequence
from pathlib import Path

from ...reports import Death, Header, StudyStore, TensorBoardLog, Trial, write_test_score
from ..events import (
    EpochEnded,
    Event,
    FurtherFitsEnded,
    OnEvent,
    RetrainingEnded,
    TrialAnnounced,
    TrialEnded,
    TrialStarted,
    WorkerDied,
)


def to_all(listeners: Sequence[OnEvent]) -> OnEvent:
    """Return what passes an event to several listeners, in their order."""

    def pass_on(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return pass_on


def log_to(store: StudyStore, header: Header) -> OnEvent:
    """Return what appends the facts among the events to the log; each is on the disk when the event has passed.

    Args:
        store: the open study.
        header: that of this call; the log notes what it changes before it adds a trial.
    """
    renewed = False

    def renew() -> None:
        nonlocal renewed
        if not renewed:
            store.renew(header)
            renewed = True

    def listen(event: Event) -> None:
        match event:
            case TrialAnnounced(start):
                renew()
                store.append(start)
            case TrialEnded(trial):
                if trial.members:  # never announced
                    renew()
                store.append(trial)
            case FurtherFitsEnded(record):
                store.append(record)
            case WorkerDied(number, cause):
                store.append(Death(number, cause))

    return listen


def show_test_score_in(tensorboard: Path) -> OnEvent:
    """Return what adds the test score of a retrained model to its trial in the folder of TensorBoard's event files."""

    def listen(event: Event) -> None:
        match event:
            case RetrainingEnded(record) if (
                record.test is not None and record.test.score is not None
            ):
                write_test_score(tensorboard, record.trial, record.test.score)

    return listen


def show_in(tensorboard: TensorBoardLog) -> OnEvent:
    """Return what writes trials and epochs as TensorBoard's event files."""

    def listen(event: Event) -> None:
        match event:
            case TrialStarted(trial=None):
                tensorboard.start(event.number, event.recipe)
            case TrialStarted(trial=Trial() as trial):
                tensorboard.reopen(trial)
            case EpochEnded(number, repeat, fold, row):
                scalars = {name: value for name, value in row.items() if isinstance(value, float)}
                tensorboard.epoch(number, row["epoch"], scalars, repeat=repeat, fold=fold)
            case TrialEnded(trial):
                if trial.members:  # never started
                    tensorboard.start(trial.number, trial.recipe)
                tensorboard.finish(trial)
            case FurtherFitsEnded(record, trial):
                tensorboard.further_fits(trial, record.fits)

    return listen

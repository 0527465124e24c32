"""What a study's records say, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError
from . import frames
from .files.images import ImageTable, images_frame, read_images
from .files.predictions import read_predictions
from .header import Header
from .paths import StudyPaths
from .records import Death, FurtherFits, Move, Record, Resume, Retrain, Start
from .trial import Trial

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True, repr=False)
class StudyFacts:
    """What a study on disk holds: its header, its trials by number, and what was retrained.

    Attributes:
        folder: the study's folder.
        header: everything that defines the search.
        trials: finished and failed trials, by number.
        retrains: every retraining, in order.
        notices: sentences about what was damaged and left out.
        begun: trials that began and did not end.
        deaths: for a trial's number, the causes for which processes died while they ran it.
        order: the trials' numbers in the order in which the trials ended.
    """

    folder: Path
    header: Header
    trials: tuple[Trial, ...] = ()
    retrains: tuple[Retrain, ...] = ()
    notices: tuple[str, ...] = ()
    begun: tuple[Start, ...] = ()
    deaths: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    order: tuple[int, ...] = ()

    @property
    def paths(self) -> StudyPaths:
        """The study's files."""
        return StudyPaths(self.folder)

    @property
    def is_scored(self) -> bool:
        """Whether the newest retrained model was scored on the test images."""
        return bool(self.retrains) and self.retrains[-1].test is not None

    @property
    def objective(self) -> str:
        """The name of what was improved, such as accuracy."""
        return self.header.objective.name

    @property
    def direction(self) -> str:
        """Either "max" or "min"."""
        return self.header.objective.direction

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the labels."""
        return self.header.data.classes

    @property
    def criterion(self) -> str:
        """What recipes are chosen by: log_loss or error, each also as balanced_."""
        return self.header.policy.criterion

    @property
    def unranked(self) -> tuple[Trial, ...]:
        """Failed trials, and completed ones without a finite score, by number."""
        return tuple(trial for trial in self.trials if not trial.scored)

    def trial(self, number: int) -> Trial:
        """Return the trial with this number.

        Raises:
            StudyError: there is none.
        """
        for trial in self.trials:
            if trial.number == number:
                return trial
        have = f"1 to {self.trials[-1].number}" if self.trials else "none yet"
        raise StudyError(f"{self.folder} has no trial {number}: there are {have}")

    def trials_frame(self) -> pd.DataFrame:
        """One row per trial: number, status, role, score, fits, epochs, costs, cause, and its recipe."""
        return frames.trials_frame(self.trials)

    def fits_frame(self) -> pd.DataFrame:
        """One row per fit: trial, seed, fold, repeat, score, metrics, epochs, best_epoch, seconds."""
        return frames.fits_frame(self.trials)

    def epochs_frame(self) -> pd.DataFrame:
        """One row per epoch: trial, repeat, fold, and the columns of the histories; trials without one have no rows."""
        return frames.epochs_frame(self.trials, self.paths)

    def predictions_frame(self, *numbers: int) -> pd.DataFrame:
        """One row per validation prediction of the trials with these numbers, of all trials when none is given.

        Columns: trial, repeat, fold, image (its index in `images_frame`), label, predicted, correct, and `p_CLASS` with
        the probability of each class. Trials without predictions have no rows.

        Raises:
            StudyError: there is no such trial.
        """
        trials = [self.trial(number) for number in numbers] or self.trials
        return frames.predictions_frame(trials, self.paths, self.classes)

    def images(self) -> ImageTable:
        """Return the images with their labels, splits and folds.

        Raises:
            StudyError: the file is missing or damaged.
        """
        return read_images(self.paths.images, Path(self.header.data.root), len(self.classes))

    def images_frame(self) -> pd.DataFrame:
        """One row per image, by its index: path, label (the name of its class), split and digest.

        Raises:
            StudyError: the file is missing or damaged.
        """
        return images_frame(self.images(), self.classes)

    def predictions(self, number: int) -> dict[str, np.ndarray]:
        """Return a trial's validation predictions, out of fold, in the order of its fits.

        indices (N,) of images, labels (N,) int64, probabilities (N, C) float32, repeats (N,) and folds (N,) int16.

        Raises:
            StudyError: there is no such trial, or its predictions are missing or damaged.
        """
        return read_predictions(self.paths.trial(self.trial(number).number).predictions)

    def test_predictions(self) -> dict[str, np.ndarray]:
        """Return the retrained model's predictions of the test images, as the same arrays.

        Raises:
            StudyError: they are missing or damaged.
        """
        return read_predictions(self.paths.test_predictions)


class FactsBuilder:
    """Gathers records, in the order of the log, into `StudyFacts`."""

    def __init__(self, records: Iterable[Record]):
        self.header: Header | None = None
        self._trials: dict[int, Trial] = {}
        self._starts: list[Start] = []
        self._retrains: list[Retrain] = []
        self._deaths: dict[int, tuple[str, ...]] = {}
        self._order: dict[int, None] = {}
        self._notices: list[str] = []
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take the next record."""
        match record:
            case Header() if self.header is None:
                self.header = record
            case Start():
                self._starts.append(record)
            case Trial():
                self._add_trial(record)
            case FurtherFits() if record.trial in self._trials:
                self._trials[record.trial] = record.added_to(self._trials[record.trial])
            case Death():
                self._deaths[record.trial] = (*self._deaths.get(record.trial, ()), record.cause)
            case Resume() if self.header is not None:
                changed = {
                    name: getattr(record, name) for name in ("limits", "command", "versions")
                }
                self.header = replace(self.header, **changed)
            case Move() if self.header is not None:
                self.header = self.header.at(record.places)
            case Retrain():
                self._retrains.append(record)

    def _add_trial(self, trial: Trial) -> None:
        if trial.number in self._trials:
            self._notices.append(
                f"trial {trial.number} is in the log twice; the later record counts"
            )
        self._trials[trial.number] = trial
        self._order[trial.number] = None

    def facts(self, folder: Path, header: Header, notices: tuple[str, ...]) -> StudyFacts:
        """Return what the records say so far."""
        return StudyFacts(
            folder=folder,
            header=header,
            trials=tuple(self._trials[number] for number in sorted(self._trials)),
            retrains=tuple(self._retrains),
            notices=(*notices, *self._notices),
            begun=tuple(start for start in self._starts if start.number not in self._trials),
            deaths=dict(self._deaths),
            order=tuple(self._order),
        )

"""What TensorBoard shows of a search: a run per fit with its scalars, and the HParams table with a row per trial.

The fits of a trial are sessions of one group, whose scores TensorBoard averages. What a trial has once, such as its
loss, stands in the first of them. Written without TensorFlow, whatever the backend; failed trials are in the table too,
without a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..study.trial import COMPLETED, Fit, Trial
from . import hparams
from .columns import Columns
from .event_file import EventFile
from .runs import TrialRuns, clear


class TensorBoardLog:
    """Event files under `folder`: the columns at its root, a trial's first fit in `0007`, further ones in `0007/…`.

    A running TensorBoard reads the columns once, so they hold all values that are known to occur; the file is written
    again when another one occurs. Everything is on the disk when a method returns; each raises OSError when the folder
    cannot be written or the disk is full.

    Args:
        folder: takes the files.
        objective: the name of what is improved.
        hyperparameters: domains as `Columns` takes them.
        recipes: recipes that are known to occur, such as those of baselines and of trials that are done.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        objective: str,
        hyperparameters: Mapping[str, Mapping[str, Any]],
        recipes: Iterable[Mapping[str, Any]] = (),
    ):
        self.folder = Path(folder)
        self._objective = objective
        self._columns = Columns(hyperparameters, recipes)
        self._runs: dict[int, TrialRuns] = {}
        self._declared = False

    def start(self, number: int, recipe: Mapping[str, Any]) -> None:
        """Begin a trial with the values of its recipe; what an interrupted run of it left is removed."""
        self._declare(recipe)
        self._end(number)
        folder = self.folder / f"{number:04d}"
        clear(folder)
        started = hparams.session_start(folder.name, self._columns.shown(recipe))
        self._runs[number] = TrialRuns(folder, started)

    def epoch(
        self,
        number: int,
        step: int,
        scalars: Mapping[str, float],
        *,
        repeat: int = 0,
        fold: int = 0,
    ) -> None:
        """Write the numbers of one epoch of a fit of a trial that was started."""
        run = self._runs[number].run((repeat, fold))
        run.step = step
        run.file.write_scalars(dict(scalars), step)

    def finish(self, trial: Trial) -> None:
        """End a trial with its status, and each of its fits with its score as the last number."""
        if trial.number not in self._runs:
            self.start(trial.number, trial.recipe)
        runs = self._runs[trial.number]
        if trial.scored and trial.score is not None and not trial.fits:
            runs.run((0, 0)).score(trial.score)
        for fit in trial.fits if trial.scored else ():
            runs.run((fit.repeat, fit.fold)).score(fit.score)
        runs.end(completed=trial.status == COMPLETED)
        self._end(trial.number)
        self._write_metrics(trial)

    def further_fits(self, trial: Trial, fits: Iterable[Fit]) -> None:
        """Add more fits of a trial that was finished: their epochs, if it was reopened for them, and their scores."""
        if trial.number not in self._runs:
            self.reopen(trial)
        runs = self._runs[trial.number]
        for fit in fits:
            runs.run((fit.repeat, fit.fold)).score(fit.score)
        runs.end(completed=True)
        self._end(trial.number)
        self._write_metrics(trial)

    def reopen(self, trial: Trial) -> None:
        """Let epochs of more fits of a finished trial be written; `further_fits` ends them."""
        self._declare(trial.recipe)
        self._end(trial.number)
        self._runs[trial.number] = self._reopened(trial)

    def close(self) -> None:
        """Close the runs of trials that have not finished; they stay in the table as running."""
        for number in list(self._runs):
            self._end(number)

    def _reopened(self, trial: Trial) -> TrialRuns:
        folder = self.folder / trial.folder
        started = hparams.session_start(folder.name, self._columns.shown(trial.recipe))
        return TrialRuns(folder, started, first=False)

    def _write_metrics(self, trial: Trial) -> None:
        """Write what a trial has once; last, since a running TensorBoard does not return to an older file."""
        _append(self.folder / trial.folder, hparams.trial_metrics(trial), len(trial.fits))

    def _declare(self, recipe: Mapping[str, Any]) -> None:
        if not self._columns.add(recipe) and self._declared:
            return
        clear(self.folder)
        root = EventFile(self.folder)
        root.write(hparams.experiment(self._objective, self._columns))
        root.close()
        self._declared = True

    def _end(self, number: int) -> None:
        trial = self._runs.pop(number, None)
        if trial:
            trial.close()


def write_test_score(folder: Path, number: int, score: float) -> None:
    """Add the test score of a trial's retrained model to its row, if the trial has one under `folder`.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    run = folder / f"{number:04d}"
    if run.is_dir():
        _append(run, {hparams.TEST_SCORE: score}, 0)


def _append(run: Path, scalars: dict[str, float], step: int) -> None:
    file = EventFile(run)
    file.write_scalars(scalars, step)
    file.close()

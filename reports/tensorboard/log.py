"""What TensorBoard shows of a search: a run per fit with its scalars, and the HParams table with a row per trial.

The fits of a trial are sessions of one group, whose scores TensorBoard averages. Written without TensorFlow, whatever
the backend; failed trials are in the table too, without a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..study.trial import COMPLETED, Fit, Trial
from . import hparams
from .event_file import EventFile
from .runs import TrialRuns, clear


class TensorBoardLog:
    """Event files under `folder`: the domains at its root, a trial's first fit in `0007`, further ones in `0007/…`.

    `hyperparameters` maps names to domains: {"kind": "choice", "values": [...]}, or {"kind": "float" or "int",
    "low": ..., "high": ..., "log": bool}. Everything is on the disk when a method returns; each raises OSError when the
    folder cannot be written or the disk is full.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        objective: str,
        hyperparameters: Mapping[str, Mapping[str, Any]],
    ):
        self.folder = Path(folder)
        self._objective = objective
        self._hyperparameters = dict(hyperparameters)
        self._runs: dict[int, TrialRuns] = {}
        self._declared = False

    def start(self, number: int, recipe: Mapping[str, Any]) -> None:
        """Begin a trial with the values of its recipe; what an interrupted run of it left is removed."""
        self._declare()
        self._end(number)
        folder = self.folder / f"{number:04d}"
        clear(folder)
        started = hparams.session_start(folder.name, recipe, self._hyperparameters)
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

    def further_fits(self, trial: Trial, fits: Iterable[Fit]) -> None:
        """Add more fits of a trial that was finished: their epochs, if it was reopened for them, and their scores."""
        if trial.number not in self._runs:
            self.reopen(trial)
        runs = self._runs[trial.number]
        for fit in fits:
            runs.run((fit.repeat, fit.fold)).score(fit.score)
        runs.end(completed=True)
        self._end(trial.number)

    def reopen(self, trial: Trial) -> None:
        """Let epochs of more fits of a finished trial be written; `further_fits` ends them."""
        self._declare()
        self._end(trial.number)
        self._runs[trial.number] = self._reopened(trial)

    def close(self) -> None:
        """Close the runs of trials that have not finished; they stay in the table as running."""
        for number in list(self._runs):
            self._end(number)

    def _reopened(self, trial: Trial) -> TrialRuns:
        folder = self.folder / trial.folder
        started = hparams.session_start(folder.name, trial.recipe, self._hyperparameters)
        return TrialRuns(folder, started, first=False)

    def _declare(self) -> None:
        if self._declared:
            return
        clear(self.folder)
        root = EventFile(self.folder)
        root.write(hparams.experiment(self._objective, self._hyperparameters))
        root.close()
        self._declared = True

    def _end(self, number: int) -> None:
        trial = self._runs.pop(number, None)
        if trial:
            trial.close()

"""What TensorBoard shows of a search: a run per trial with its scalars, and the HParams table with every score.

Written without TensorFlow, whatever the backend; failed trials are in the table too, without a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import hparams
from .event_file import EventFile
from .trial import COMPLETED, Trial


class TensorBoardLog:
    """Event files under `folder`: the domains at its root, one run per trial in `0007` and so on.

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
        self._runs: dict[int, EventFile] = {}
        self._steps: dict[int, int] = {}
        self._declared = False

    def start(self, number: int, recipe: Mapping[str, Any]) -> None:
        """Begin the run of a trial with the values of its recipe; what an interrupted run of it left is removed."""
        self._declare()
        self._end(number)
        folder = self.folder / f"{number:04d}"
        _clear(folder)
        self._runs[number] = EventFile(folder)
        self._runs[number].write(hparams.session_start(folder.name, recipe, self._hyperparameters))

    def epoch(self, number: int, step: int, scalars: Mapping[str, float]) -> None:
        """Write the numbers of one epoch of a trial that was started."""
        self._steps[number] = step
        self._runs[number].write_scalars(dict(scalars), step)

    def finish(self, trial: Trial) -> None:
        """End the run of a trial with its status, and with its score as the last number if it has one."""
        if trial.number not in self._runs:
            self.start(trial.number, trial.recipe)
        run = self._runs[trial.number]
        if trial.scored:
            run.write_scalars({hparams.SCORE: trial.score}, self._steps.get(trial.number, 0))
        run.write(hparams.session_end(completed=trial.status == COMPLETED))
        self._end(trial.number)

    def close(self) -> None:
        """Close the runs of trials that have not finished; they stay in the table as running."""
        for number in list(self._runs):
            self._end(number)

    def _declare(self) -> None:
        if self._declared:
            return
        _clear(self.folder)
        root = EventFile(self.folder)
        root.write(hparams.experiment(self._objective, self._hyperparameters))
        root.close()
        self._declared = True

    def _end(self, number: int) -> None:
        self._steps.pop(number, None)
        run = self._runs.pop(number, None)
        if run:
            run.close()


def _clear(folder: Path) -> None:
    for path in folder.glob("events.out.tfevents.*"):
        path.unlink()

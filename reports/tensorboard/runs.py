"""The open event files of one trial: a run per fit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from . import hparams
from .event_file import EventFile

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary


class _Run:
    """The event file of one fit, and the last step written to it."""

    def __init__(self, folder: Path, started: Summary):
        self.file, self.step = EventFile(folder), 0
        self.file.write(started)

    def score(self, value: float) -> None:
        """Write the fit's score as its last number; one that is no number is left out."""
        if math.isfinite(value):
            self.file.write_scalars({hparams.SCORE: value}, self.step)


class TrialRuns:
    """The open runs of a trial's fits by (repeat, fold); its first one stands in the trial's own folder."""

    def __init__(self, folder: Path, started: Summary, *, first: bool = True):
        self._folder, self._started, self._first = folder, started, first
        self._runs: dict[tuple[int, int], _Run] = {}
        self._unnamed = _Run(folder, started) if first else None

    def run(self, slot: tuple[int, int]) -> _Run:
        """The run of that slot, begun if need be."""
        if slot not in self._runs:
            if self._unnamed is not None:
                self._runs[slot], self._unnamed = self._unnamed, None
            else:
                name = f"repeat{slot[0]}_fold{slot[1]}"
                clear(self._folder / name)
                self._runs[slot] = _Run(self._folder / name, self._started)
        return self._runs[slot]

    def end(self, *, completed: bool) -> None:
        """Say in every run how the trial ended."""
        for run in self._all():
            run.file.write(hparams.session_end(completed=completed))

    def close(self) -> None:
        """Close every file."""
        for run in self._all():
            run.file.close()

    def _all(self) -> list[_Run]:
        return [*self._runs.values(), *([self._unnamed] if self._unnamed else [])]


def clear(folder: Path) -> None:
    """Remove the event files of a run and of those in its folder, not of other trials."""
    for path in (
        *folder.glob("events.out.tfevents.*"),
        *folder.glob("repeat*/events.out.tfevents.*"),
    ):
        path.unlink()

"""A request to fit one trial, and what becomes of it when memory or its process fails."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...reports import FurtherFits, Start, StudyPaths, Trial, utc_now
from ...search_spaces import Recipe
from ..events import TrialStarted
from ..seeds import derive_seed
from ..trials.out_of_memory import with_half_the_batch
from ..trials.trial_job import Outcome, TrialJob


@dataclass(frozen=True)
class TrialRequest:
    """Some fits of one trial, to be run as one job.

    `epochs` is the epoch to train to; `record` is the strategy's proposal; `note` says what was changed to make it run.
    Of a finished `trial` only further fits are run. Fits end when the trial `rival` is surely better. `begun` says that
    the log knows of it; `clock` is the value of `time.perf_counter` when its job started, `started` the time in ISO
    8601.
    """

    number: int
    role: str
    recipe: dict[str, Any]
    epochs: int
    slots: tuple[tuple[int, int], ...]
    record: dict[str, Any] = field(default_factory=dict)
    trial: Trial | None = None
    note: str | None = None
    rival: int | None = None
    begun: bool = False
    clock: float = 0.0
    started: str = ""

    @property
    def continues(self) -> int | None:
        """The number of the earlier trial whose training goes on."""
        return self.record.get("continues")

    @property
    def announcement(self) -> Start:
        """The log's line that the trial begins."""
        return Start(self.number, self.role, self.recipe, self.record)

    @property
    def started_event(self) -> TrialStarted:
        """The event that the job starts."""
        return TrialStarted(
            number=self.number,
            role=self.role,
            recipe=self.recipe,
            epochs=self.epochs,
            continues=self.continues,
            trial=self.trial,
        )

    def started_now(self) -> "TrialRequest":
        """Return the request with the current time as the start of its job."""
        return replace(self, begun=True, clock=time.perf_counter(), started=utc_now())

    def job(
        self, paths: StudyPaths, folds: np.ndarray, *, seed: int, deadline: float | None
    ) -> TrialJob:
        """Return the job; `folds` int16 (repeats, pool), `seed` the study's, `deadline` in seconds since 1970."""
        return TrialJob(
            number=self.number,
            recipe=self.recipe,
            epochs=self.epochs,
            seed=derive_seed(seed, "fit", Recipe.from_dict(self.recipe).key),
            slots=self.slots,
            folds=folds,
            folder=paths.trial(self.number),
            resume=None if self.continues is None else paths.trial(self.continues),
            rival=None if self.rival is None else paths.trial(self.rival),
            deadline=deadline,
        )

    def with_smaller_batch(self, images: int) -> "TrialRequest | None":
        """Return the request with half the batch; None if that was tried already, or for further fits.

        Args:
            images: how many images a fit trained on.
        """
        if self.note is not None or self.trial is not None:
            return None
        halved = with_half_the_batch(self.recipe, images)
        return None if halved is None else replace(self, recipe=halved[0], note=halved[1])

    def ended(self, outcome: Outcome, *, by_loss: bool) -> Trial:
        """Return the finished trial; `by_loss` says that the strategy receives its loss, not its score."""
        total = outcome.parameters.get("total")
        return Trial(
            number=self.number,
            status="failed" if outcome.score is None else "completed",
            recipe=self.recipe,
            score=outcome.score,
            fits=outcome.fits,
            seconds=time.perf_counter() - self.clock,
            started=self.started,
            parameters=outcome.parameters,
            cause=outcome.cause,
            strategy=self.record,
            role=self.role,
            milliseconds=outcome.milliseconds,
            megabytes=None if total is None else 4 * total / 1e6,
            loss=outcome.loss,
            reported=outcome.loss if by_loss else outcome.score,
            note=self._note(outcome),
        )

    def _note(self, outcome: Outcome) -> str | None:
        if outcome.score is None or len(outcome.fits) == len(self.slots):
            return self.note
        ended = f"ended after {len(outcome.fits)} of {len(self.slots)} fits, surely worse than trial {self.rival}"
        return ended if self.note is None else f"{self.note}; {ended}"

    def further_fits(self, outcome: Outcome) -> FurtherFits:
        """Return the record of the further fits of a finished trial."""
        # The loop gives up on further fits without a score.
        assert outcome.score is not None  # noqa: S101
        seconds = time.perf_counter() - self.clock
        return FurtherFits(self.number, outcome.fits, outcome.score, outcome.loss, seconds)

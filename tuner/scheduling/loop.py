"""The trials of one study, run and logged.

The log's line is what makes a trial finished; whatever else is written before it may be lost and made again. A trial
that was begun and has no line is run again under its number, from where its files stand.
"""

import numpy as np

from ...reports import CostLimits, FurtherFits, Trial, write_predictions
from ..errors import WorkerDeath
from ..events import FurtherFitsEnded, OnEvent, TrialAnnounced, TrialEnded, WorkerDied
from ..strategies.strategy import Strategy
from ..trials.fit_states import forget_states
from ..trials.out_of_memory import is_out_of_memory
from ..trials.task import Task
from ..trials.trial_job import Outcome, run_trial, training_images
from ..workers.executor import Executor, Running
from .budget import Budget
from .ensembles import make_ensembles
from .replay import reported
from .request import TrialRequest
from .scheduler import Scheduler
from .state import SearchState


class TrialLoop:
    """Runs what the scheduler says, as many jobs at a time as the executor has workers.

    Args:
        state: what has been done so far.
        scheduler: says what to run next.
        strategy: receives the results of its trials.
        task: what all jobs share.
        folds: int16 (repeats, pool), the folds in which the task's images validate.
        executor: runs the jobs.
        budget: how long it may take.
        emit: takes every event; the log is the first to hear it.
    """

    def __init__(
        self,
        state: SearchState,
        scheduler: Scheduler,
        strategy: Strategy,
        task: Task,
        folds: np.ndarray,
        *,
        executor: Executor,
        budget: Budget,
        emit: OnEvent,
    ):
        self._state, self._scheduler, self._strategy = state, scheduler, strategy
        self._task, self._folds = task, folds
        self._executor, self._budget, self._emit = executor, budget, emit
        self.stopping = False
        self._max_trials: int | None = None

    def run(self, max_trials: int | None) -> None:
        """Run until the number, the time, or everything that could be tried is used up, or a stop is asked for.

        Args:
            max_trials: the most trials beside the baselines.

        Raises:
            SearchError: the first trials all failed.
        """
        state, self._max_trials = self._state, max_trials
        while True:
            while not self.stopping and len(state.running) < self._executor.workers:
                state.refuse_hopeless()
                request = self._scheduler.next(max_trials)
                if request is None:
                    break
                self._start(request)
            if not state.running:
                break
            for job in self._executor.wait(list(state.running), self._emit):
                self._finish(state.running.pop(job), job)
        state.refuse_hopeless(at_the_end=True)

    def combine(self, limits: CostLimits) -> None:
        """Make the ensembles of what was trained, once nothing is left to train.

        Args:
            limits: what a model may cost.
        """
        for trial, arrays in make_ensembles(
            self._state.study(), limits, number=self._state.next_number()
        ):
            write_predictions(self._state.paths.trial(trial.number).predictions, arrays)
            self._state.trials[trial.number] = trial
            self._emit(TrialEnded(trial, self._state.best()))

    def stop(self) -> None:
        """Start nothing more, and let what runs end after its epoch."""
        self.stopping = True
        self._executor.stop_soon()

    def _start(self, request: TrialRequest) -> None:
        if not request.begun:  # in the log first, so that a restart runs this very trial again
            self._emit(TrialAnnounced(request.announcement))
            self._state.announce(request.number)
        request = request.started_now()
        self._emit(request.started_event)
        number = request.number
        if request.trial is None and self._state.too_deadly(number):  # killed before its line
            self._end_trial(request, self._state.outcome_of_deaths(number))
            return
        job = request.job(
            self._state.paths,
            self._folds,
            seed=self._state.seed,
            # The first model is made whatever the time.
            deadline=None if self._state.best() is None else self._budget.deadline_of_fits(),
        )
        self._state.running[self._executor.start(run_trial, self._task, job)] = request

    def _finish(self, request: TrialRequest, job: Running) -> None:
        try:
            outcome = job.result()
        except WorkerDeath as death:
            outcome = self._after_death(request, death)
        if outcome is None or outcome.stopped:
            return
        smaller = request.with_smaller_batch(outcome.images) if outcome.out_of_memory else None
        if smaller is not None:
            self._state.waiting.insert(0, smaller)
        elif request.trial is None:
            self._end_trial(request, outcome)
        elif outcome.score is None:
            self._state.given_up.add(request.number)
        else:
            self._end_further_fits(request.further_fits(outcome), request.trial)

    def _after_death(self, request: TrialRequest, death: WorkerDeath) -> Outcome | None:
        """Give a trial whose process died, by whatever hand, one more chance."""
        self._state.died(request.number, str(death))
        self._emit(WorkerDied(request.number, str(death)))
        if self._state.too_deadly(request.number):
            return self._state.outcome_of_deaths(request.number)
        smaller = request.with_smaller_batch(training_images(self._folds, request.slots))
        self._state.waiting.insert(0, smaller if is_out_of_memory(death) and smaller else request)
        return None

    def _end_trial(self, request: TrialRequest, outcome: Outcome) -> None:
        trial = self._state.ended(request, outcome)
        self._state.trials[trial.number] = trial
        self._emit(TrialEnded(trial, self._state.best(), self._seconds_left()))
        if request.record.get("name") == self._strategy.name:
            self._strategy.tell(trial.number, reported(trial))
        for number in self._state.trials.keys() - self._strategy.may_continue():
            forget_states(self._state.paths.trial(number))
        self._budget.reserve_retraining(self._state.leaders(), self._state.test_images)

    def _seconds_left(self) -> float | None:
        return self._scheduler.seconds_left(self._max_trials, self._executor.workers)

    def _end_further_fits(self, record: FurtherFits, earlier: Trial) -> None:
        trial = record.added_to(earlier)
        self._state.trials[trial.number] = trial
        self._emit(FurtherFitsEnded(record, trial, self._state.best()))
        self._budget.reserve_retraining(self._state.leaders(), self._state.test_images)
        forget_states(self._state.paths.trial(trial.number))

"""The trials of one study, run and logged.

The log's line is what makes a trial finished; whatever else is written before it may be lost and made again. A trial
that was begun and has no line is run again under its number, from where its files stand.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import Policy
from ...reports import (
    Death,
    FurtherFits,
    Header,
    ImageTable,
    Start,
    Study,
    StudyStore,
    TensorBoardLog,
    Trial,
    utc_now,
    varied_names,
)
from ...search_spaces import Recipe, Space
from ..errors import WorkerDeath
from ..seeds import derive_seed
from ..strategies.strategy import Strategy
from ..trials.fit_states import forget_states
from ..trials.out_of_memory import is_out_of_memory, with_half_the_batch
from ..trials.task import Task
from ..trials.trial_job import Outcome, TrialJob, run_trial, training_images
from ..workers.executor import Executor
from .budget import Budget
from .scheduler import Agenda
from .state import Ledger, Work

OnEvent = Callable[[str, dict[str, Any]], None]


class TrialLoop:
    """The trials of one study: chosen, run, logged.

    Args:
        store: the study, begun and open for writing.
        wanted: the header that this call would have given it.
        space: what is searched.
        images: the study's images.
        policy: how often a recipe is fitted.
        baselines: whether plain classifiers run first.
    """

    def __init__(
        self,
        store: StudyStore,
        wanted: Header,
        space: Space,
        images: ImageTable,
        policy: Policy,
        *,
        cache: Path,
        executor: Executor,
        on_event: OnEvent,
        budget: Budget,
        baselines: bool = True,
    ):
        self.store, self.space, self.executor, self.on_event = store, space, executor, on_event
        study = self.study = Study.of(store.facts)
        self.header, self.wanted, self.budget = study.header, wanted, budget
        self.task = Task.of(study.header, images, cache)
        self.folds = np.ascontiguousarray(images.folds[:, self.task.pool])
        self._by_loss = "error" not in study.criterion
        self.ledger = Ledger(study)
        self.strategy = self._strategy()
        self.agenda = Agenda(
            self.ledger,
            space,
            policy,
            self.strategy,
            budget,
            epochs=self.header.limits.epochs,
            baselines=baselines,
            on_event=on_event,
        )
        self.ledger.waiting = [self.agenda.again(record) for record in study.begun]
        self.renewed = self.stopping = False
        self.board = TensorBoardLog(
            study.paths.tensorboard,
            objective=study.objective,
            hyperparameters={n: d.as_dict() for n, d in space.searched().items()},
        )

    def run(self, limit: int | None) -> None:
        """Run until the number, the time, or everything that could be tried is used up, or a stop is asked for.

        Args:
            limit: the most trials beside the baselines.

        Raises:
            SearchError: the first trials all failed.
        """
        ledger = self.ledger
        self.on_event(
            "search",
            {
                "folder": self.study.folder,
                "objective": self.study.objective,
                "policy": self.header.policy,
                "searched": self._searched(),
                "done": len(ledger.searched()),
                "trials": limit,
                "deadline": self.budget.deadline,
                "best": ledger.best(),
            },
        )
        while True:
            while not self.stopping and len(ledger.running) < self.executor.workers:
                ledger.refuse_hopeless()
                work = self.agenda.next(limit)
                if work is None:
                    break
                self._start(work)
            if not ledger.running:
                break
            for job in self.executor.wait(list(ledger.running), self._on_job_event):
                self._finish(ledger.running.pop(job), job)
        ledger.refuse_hopeless(at_the_end=True)

    def _searched(self) -> tuple[str, ...]:
        """Return the hyperparameters that trials will differ in."""
        if self.header.strategy != "listed":
            return tuple(self.space.searched())
        return tuple(varied_names(self.space.listed()))

    def stop(self) -> None:
        """Start nothing more, and let what runs end after its epoch."""
        self.stopping = True
        self.executor.stop_soon()

    def _begin(self, work: Work) -> Work:
        """Note in the log that a trial begins, so that a restart runs this very trial again."""
        if not self.renewed:
            self.store.renew(self.wanted)
            self.renewed = True
        self.store.append(Start(work.number, work.role, work.recipe, work.record))
        return replace(work, begun=True)

    def _start(self, work: Work) -> None:
        work = work if work.begun else self._begin(work)
        work = replace(work, clock=time.perf_counter(), started=utc_now())
        if work.trial is None:
            self.board.start(work.number, work.recipe)
        else:
            self.board.reopen(work.trial)
        values = {"number": work.number, "recipe": work.recipe, "epochs": work.epochs}
        if work.trial is None and self.ledger.too_deadly(work.number):
            self._log_trial(work, self._death_of(work.number))  # a kill kept it from its line
            return
        values |= {"role": work.role, "continues": work.record.get("continues")}
        self.on_event("start", {**values, "further": work.trial is not None})
        continues = work.record.get("continues")
        job = TrialJob(
            number=work.number,
            recipe=work.recipe,
            epochs=work.epochs,
            seed=derive_seed(self.header.seed, "fit", Recipe.from_dict(work.recipe).key),
            slots=work.slots,
            folds=self.folds,
            folder=self.study.paths.trial(work.number),
            resume=None if continues is None else self.study.paths.trial(continues),
            deadline=self.budget.deadline_of_fits(),
        )
        self.ledger.running[self.executor.start(run_trial, self.task, job)] = work

    def _finish(self, work: Work, job: Any) -> None:
        try:
            outcome = job.result()
        except WorkerDeath as death:
            outcome = self._after_death(work, death)
        if outcome is None or outcome.stopped:
            return
        smaller = _smaller(work, outcome.images) if outcome.out_of_memory else None
        if smaller is not None:
            self.ledger.waiting.insert(0, smaller)
        elif work.trial is None:
            self._log_trial(work, outcome)
        elif outcome.score is None:
            self.ledger.given_up.add(work.number)
        else:
            self._log_fits(work, outcome)

    def _after_death(self, work: Work, death: WorkerDeath) -> Outcome | None:
        """Give a trial whose process died, by whatever hand, one more chance."""
        causes = self.ledger.deaths.setdefault(work.number, [])
        causes.append(str(death))
        self.store.append(Death(work.number, str(death)))
        if not self.ledger.too_deadly(work.number):
            smaller = _smaller(work, training_images(self.folds, work.slots))
            self.ledger.waiting.insert(0, smaller if is_out_of_memory(death) and smaller else work)
            return None
        return self._death_of(work.number)

    def _death_of(self, number: int) -> Outcome:
        one, other = self.ledger.deaths[number][-2:]
        return Outcome(None, f"twice {other}" if one == other else f"{one} and {other}")

    def _log_trial(self, work: Work, outcome: Outcome) -> None:
        total = outcome.parameters.get("total")
        trial = Trial(
            number=work.number,
            status="failed" if outcome.score is None else "completed",
            recipe=work.recipe,
            score=outcome.score,
            fits=outcome.fits,
            seconds=time.perf_counter() - work.clock,
            started=work.started,
            parameters=outcome.parameters,
            cause=outcome.cause,
            strategy=work.record,
            role=work.role,
            milliseconds=outcome.milliseconds,
            megabytes=None if total is None else 4 * total / 1e6,
            loss=outcome.loss,
            reported=outcome.loss if self._by_loss else outcome.score,
            note=work.note,
        )
        self.store.append(trial)
        self.ledger.trials[trial.number] = trial
        self.board.finish(trial)
        if work.record.get("name") == self.strategy.name:
            self.strategy.tell(trial.number, self._told(trial))
        self._forget_states()
        self._reserve_retraining()
        self.on_event("trial", {"trial": trial, "best": self.ledger.best()})

    def _log_fits(self, work: Work, outcome: Outcome) -> None:
        seconds = time.perf_counter() - work.clock
        record = FurtherFits(work.number, outcome.fits, outcome.score, outcome.loss, seconds)
        self.store.append(record)
        self.ledger.trials[work.number] = trial = record.added_to(work.trial)
        self.board.further_fits(trial, outcome.fits)
        forget_states(self.study.paths.trial(work.number))
        self.on_event("fits", {"trial": trial, "best": self.ledger.best()})

    def _on_job_event(self, kind: str, values: dict[str, Any]) -> None:
        if kind == "epoch":
            scalars = {k: v for k, v in values.items() if isinstance(v, float)}
            slot = {name: values[name] for name in ("repeat", "fold")}
            self.board.epoch(values["trial"], values["epoch"], scalars, **slot)
        self.on_event(kind, values)

    def _strategy(self) -> Strategy:
        strategy = Strategy(
            self.header.strategy,
            self.space,
            direction="min" if self._by_loss else self.study.direction,
            trials=self.header.strategy_trials,
            epochs=self.header.limits.epochs,
            seed=self.header.seed,
        )
        asked = {t.number: t.strategy for t in self.ledger.trials.values()}
        asked |= {record.number: record.strategy for record in self.study.begun}
        mine = [n for n in sorted(asked) if asked[n].get("name") == strategy.name]
        ended = [(n, self._told(self.ledger.trials[n])) for n in self.study.order if n in mine]
        strategy.replay([(n, asked[n]) for n in mine], ended)
        return strategy

    def _told(self, trial: Trial) -> float | None:
        """Return what the strategy heard of a trial, None for a failure."""
        return trial.reported if trial.scored else None

    def _reserve_retraining(self) -> None:
        """Keep the time that retraining the best so far should take, with the model's file and the test images."""
        best = self.ledger.best()
        if best is None or not best.fits:
            return
        images = self.header.split.test * (best.milliseconds or 0.0) / 1000
        self.budget.reserve = 10 + 1.5 * (max(fit.seconds for fit in best.fits) + images)

    def _forget_states(self) -> None:
        needed = self.strategy.may_continue()
        for number in self.ledger.trials:
            if number not in needed:
                forget_states(self.study.paths.trial(number))


def _smaller(work: Work, images: int) -> Work | None:
    """Return a trial's first fits with half the batch; None if that was tried, or for the further fits of the race."""
    smaller = with_half_the_batch(work.recipe, images)
    if smaller is None or work.note is not None or work.trial is not None:
        return None
    recipe, note = smaller
    return replace(work, recipe=recipe, note=note)

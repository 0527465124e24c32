"""The trials of one study: baselines, what the strategy proposes, and more fits for those that contend.

The log's line is what makes a trial finished; whatever else is written before it may be lost and made again. A trial
that was begun and has no line is run again under its number, from where its files stand.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..datasets import Policy
from ..reports import Study, StudyLog, TensorBoardLog, Trial
from ..search_spaces import Recipe, Space
from . import study_folder
from .baselines import fine_tuned_baseline, plain_baselines
from .budget import Budget
from .errors import SearchError, WorkerDeath
from .jobs import Outcome, TrialJob, pictures_of, run_trial
from .race import next_round
from .seeds import derive_seed
from .smaller_batch import with_half_the_batch
from .strategies import Strategy
from .trial_files import forget_states
from .workers import InProcess, WorkerPool

OnEvent = Callable[[str, dict[str, Any]], None]
# So many failures before the first success mean that something is wrong with all of them.
HOPELESS_AFTER = 5
# A trial whose process died so often is not tried again.
_DEATHS = 2


@dataclass(frozen=True)
class Work:
    """Some fits of one trial, to be run as one job.

    `started` is ISO 8601; `epochs` is the epoch to train to; `record` tells the strategy's proposal; `note` what was
    changed to make it run. Of a finished trial only further fits are run.
    """

    number: int
    role: str
    recipe: dict[str, Any]
    epochs: int
    slots: tuple[tuple[int, int], ...]
    record: dict[str, Any] = field(default_factory=dict)
    trial: Trial | None = None
    note: str | None = None
    clock: float = 0.0
    started: str = ""


class TrialLoop:
    """The trials of one study: chosen, run, logged.

    Args:
        study: the study as it was opened, locked by this process.
        wanted: the header that this call would have given it.
        space: what is searched.
        rows: the study's pictures, as `study_folder.picture_rows` gives them.
        policy: how often a recipe is fitted.
        baselines: whether plain classifiers run first.
    """

    def __init__(
        self,
        study: Study,
        wanted: dict[str, Any],
        space: Space,
        rows: list[dict[str, Any]],
        policy: Policy,
        *,
        cache: Path,
        runner: InProcess | WorkerPool,
        on_event: OnEvent,
        budget: Budget,
        baselines: bool = True,
    ):
        self.study, self.space, self.runner, self.on_event = study, space, runner, on_event
        self.header, self.wanted, self.policy, self.budget = study.header, wanted, policy, budget
        self.baselines = baselines
        self.task = study_folder.make_task(study, rows, cache)
        self.folds = study_folder.folds_of(rows, self.task.pool)
        self.log = StudyLog(study.folder / study_folder.LOG)
        self.trials = {trial.number: trial for trial in study.trials}
        self.deaths = {number: list(causes) for number, causes in study.deaths.items()}
        self._by_loss = "error" not in study.criterion
        self.strategy = self._strategy()
        self.waiting = [self._again(record) for record in study.begun]
        self.running: dict[Any, Work] = {}
        self.given_up = {number for number in self.deaths if self._too_deadly(number)}
        self.renewed = self.stopping = False
        self.board = TensorBoardLog(
            study.folder / "tensorboard",
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
        self.on_event(
            "search",
            {
                "folder": self.study.folder,
                "objective": self.study.objective,
                "policy": self.header["policy"],
                "searched": tuple(self.space.searched()),
                "done": len(self._searched()),
                "trials": limit,
                "deadline": self.budget.deadline,
                "best": self._best(),
            },
        )
        while True:
            while not self.stopping and len(self.running) < self.runner.workers:
                work = self._next(limit)
                if work is None:
                    break
                self._start(work)
            if not self.running:
                break
            for job in self.runner.wait(list(self.running), self._on_job_event):
                self._finish(self.running.pop(job), job)
        self._refuse_hopeless(at_the_end=True)

    def stop(self) -> None:
        """Start nothing more, and let what runs end after its epoch."""
        self.stopping = True
        self.runner.stop_soon()

    def _next(self, limit: int | None) -> Work | None:
        """Return what to run next, None when nothing can be started now."""
        self._refuse_hopeless()
        if self.waiting:
            return self.waiting.pop(0)
        work = self._next_baseline() or self._next_proposal(limit)
        if work is None and not self.running:
            work = self._next_baseline(search_is_over=True)
        if work is None and not self.running:
            self.waiting = self._race()
            work = self.waiting.pop(0) if self.waiting else None
        return work

    def _next_baseline(self, *, search_is_over: bool = False) -> Work | None:
        """Return a baseline that is missing; under a budget the fine-tuned one comes last, since it may take it all."""
        if not self.baselines:
            return None
        mine = [one for one in self._all() if one.role == "baseline"]
        # One that ran out of memory was run with another recipe than the one it stands for.
        known = {Recipe.from_dict(one.recipe).key for one in mine}
        known |= {_record_of(one).get("key") for one in mine}
        recipes = plain_baselines(self.space, self.header["limits"]["epochs"])
        missing = [recipe for recipe in recipes if recipe.key not in known]
        running = any(work.role == "baseline" for work in self.running.values())
        if not missing and not running and (search_is_over or self.budget.deadline is None):
            missing = [recipe for recipe in self._fine_tuned() if recipe.key not in known]
        if not missing or not self.budget.allows(0.0):
            return None
        record = {"name": "baseline", "epochs": missing[0].epochs, "key": missing[0].key}
        return self._begin(self._number(), "baseline", missing[0], record, self._opening())

    def _fine_tuned(self) -> list[Recipe]:
        """Return the fixed fine-tuning recipe, on the backbone whose probe did best."""
        probes = [t for t in self._of_classifier("logistic") if t.role == "baseline" and t.scored]
        best = min(probes, key=lambda t: t.by_loss, default=None)
        if best is None:
            return []
        epochs = self.header["limits"]["epochs"]
        return [fine_tuned_baseline(self.space, best.recipe["backbone"], epochs)]

    def _next_proposal(self, limit: int | None) -> Work | None:
        searched = len(self._searched()) + sum(w.role == "search" for w in self.running.values())
        if limit is not None and searched >= limit:
            return None
        if not self.budget.allows_search(self._usual_seconds(), self._racing()):
            if not self.running and not self.budget.reported:
                self.budget.reported = True
                self.on_event("out_of_time", {"done": searched, "trials": limit})
            return None
        number = self._number()
        proposal = self.strategy.propose(number)
        if proposal is None:
            return None
        recipe = self.space.recipe(proposal.values, epochs=self.header["limits"]["epochs"])
        return self._begin(number, "search", recipe, proposal.record, self._opening())

    def _race(self) -> list[Work]:
        """Return further fits for those that contend, until the leader is clear."""
        if not self._racing() or not self.budget.allows(
            self._usual_seconds() / self.policy.opening
        ):
            return []
        contenders, slots = next_round(self._now(), self.policy, self.given_up)
        works = []
        for trial in contenders:
            epochs = trial.strategy.get("epochs", trial.recipe["epochs"])
            missing = slots[len(trial.fits) :]
            work = Work(trial.number, trial.role, trial.recipe, epochs, missing, trial=trial)
            works.append(work)
        if works:
            self.on_event("race", {"trials": [work.number for work in works], "fits": len(slots)})
        return works

    def _racing(self) -> bool:
        return self.policy.fits > self.policy.opening

    def _opening(self) -> tuple[tuple[int, int], ...]:
        return self.policy.slots[: self.policy.opening]

    def _begin(self, number, role, recipe: Recipe, record, slots) -> Work:
        """Note in the log that a trial begins, so that a restart runs this very trial again."""
        if not self.renewed:
            study_folder.renew(self.study, self.wanted)
            self.renewed = True
        values = {"number": number, "role": role, "recipe": recipe.as_dict(), "strategy": record}
        self.log.append("start", values)
        return self._work(values, slots)

    def _again(self, record: dict[str, Any]) -> Work:
        return self._work(record, self._opening())

    def _work(self, values: dict[str, Any], slots) -> Work:
        record = values["strategy"]
        return Work(
            number=values["number"],
            role=values["role"],
            recipe=values["recipe"],
            epochs=record.get("epochs", values["recipe"]["epochs"]),
            slots=slots,
            record=record,
        )

    def _start(self, work: Work) -> None:
        work = replace(work, clock=time.perf_counter(), started=study_folder.now())
        if work.trial is None:
            self.board.start(work.number, work.recipe)
        else:
            self.board.reopen(work.trial)
        values = {"number": work.number, "recipe": work.recipe, "epochs": work.epochs}
        if work.trial is None and self._too_deadly(work.number):
            self._log_trial(work, self._death_of(work.number))  # a kill kept it from its line
            return
        values |= {"role": work.role, "continues": work.record.get("continues")}
        self.on_event("start", {**values, "further": work.trial is not None})
        continues = work.record.get("continues")
        job = TrialJob(
            number=work.number,
            recipe=work.recipe,
            epochs=work.epochs,
            seed=derive_seed(self.header["seed"], "fit", Recipe.from_dict(work.recipe).key),
            slots=work.slots,
            folds=self.folds,
            folder=self._folder(work.number),
            resume=None if continues is None else self._folder(continues),
            deadline=self.budget.deadline_of_fits(),
        )
        self.running[self.runner.start(run_trial, self.task, job)] = work

    def _finish(self, work: Work, job: Any) -> None:
        try:
            outcome = job.result()
        except WorkerDeath as death:
            outcome = self._after_death(work, death)
        if outcome is None or outcome.stopped:
            return
        smaller = _smaller(work, outcome.pictures) if outcome.out_of_memory else None
        if smaller is not None:
            self.waiting.insert(0, smaller)
        elif work.trial is None:
            self._log_trial(work, outcome)
        elif outcome.score is None:
            self.given_up.add(work.number)
        else:
            self._log_fits(work, outcome)

    def _after_death(self, work: Work, death: WorkerDeath) -> Outcome | None:
        """Give a trial whose process died, by whatever hand, one more chance."""
        causes = self.deaths.setdefault(work.number, [])
        causes.append(str(death))
        self.log.append("death", {"trial": work.number, "cause": str(death)})
        if not self._too_deadly(work.number):
            smaller = _smaller(work, pictures_of(self.folds, work.slots))
            self.waiting.insert(0, smaller if death.out_of_memory and smaller else work)
            return None
        return self._death_of(work.number)

    def _too_deadly(self, number: int) -> bool:
        return len(self.deaths.get(number, ())) >= _DEATHS

    def _death_of(self, number: int) -> Outcome:
        one, other = self.deaths[number][-2:]
        return Outcome(None, f"twice {other}" if one == other else f"{one} and {other}")

    def _log_trial(self, work: Work, outcome: Outcome) -> None:
        total = outcome.parameters.get("total")
        trial = Trial(
            number=work.number,
            status="failed" if outcome.score is None else "completed",
            recipe=work.recipe,
            score=outcome.score,
            fits=outcome.as_fits(),
            seconds=time.perf_counter() - work.clock,
            started=work.started,
            parameters=outcome.parameters,
            cause=outcome.cause,
            strategy=work.record,
            role=work.role,
            milliseconds=outcome.milliseconds,
            megabytes=None if total is None else 4 * total / 1e6,
            loss=outcome.loss,
            told=outcome.loss if self._by_loss else outcome.score,
            note=work.note,
        )
        self.log.append("trial", trial.as_dict())
        self.trials[trial.number] = trial
        self.board.finish(trial)
        if work.record.get("name") == self.strategy.name:
            self.strategy.tell(trial.number, self._told(trial))
        self._forget_states()
        self.budget.reserve = self._retrain_seconds()
        self.on_event("trial", {"trial": trial, "best": self._best()})

    def _log_fits(self, work: Work, outcome: Outcome) -> None:
        record = {
            "trial": work.number,
            "fits": list(outcome.fits),
            "score": outcome.score,
            "loss": outcome.loss,
            "seconds": time.perf_counter() - work.clock,
        }
        self.log.append("fit", record)
        self.trials[work.number] = trial = work.trial.with_fits(record)
        self.board.further_fits(trial, outcome.as_fits())
        forget_states(self._folder(work.number))
        self.on_event("fits", {"trial": trial, "best": self._best()})

    def _on_job_event(self, kind: str, values: dict[str, Any]) -> None:
        if kind == "epoch":
            scalars = {k: v for k, v in values.items() if isinstance(v, float)}
            slot = {name: values[name] for name in ("repeat", "fold")}
            self.board.epoch(values["trial"], values["epoch"], scalars, **slot)
        self.on_event(kind, values)

    def _strategy(self) -> Strategy:
        limits = self.header["limits"]
        strategy = Strategy(
            self.header["strategy"],
            self.space,
            direction="min" if self._by_loss else self.study.direction,
            trials=self.header["ladder"],
            epochs=limits["epochs"],
            seed=self.header["seed"],
        )
        asked = {t.number: t.strategy for t in self.trials.values()}
        asked |= {record["number"]: record["strategy"] for record in self.study.begun}
        mine = [n for n in sorted(asked) if asked[n].get("name") == strategy.name]
        ended = [(n, self._told(self.trials[n])) for n in self.study.order if n in mine]
        strategy.replay([(n, asked[n]) for n in mine], ended)
        return strategy

    def _told(self, trial: Trial) -> float | None:
        """Return what the strategy heard of a trial, None for a failure."""
        return trial.told if trial.scored else None

    def _refuse_hopeless(self, *, at_the_end: bool = False) -> None:
        """Give up when nothing has succeeded, or nothing but baselines for several trials."""
        everything = 1 if at_the_end else HOPELESS_AFTER
        groups = ((list(self.trials.values()), everything), (self._searched(), HOPELESS_AFTER))
        for tried, enough in groups:
            failed = [trial for trial in tried if trial.status == "failed"]
            if len(failed) == len(tried) and len(failed) >= enough:
                which = "The only trial" if len(failed) == 1 else f"All {len(failed)} trials"
                raise SearchError(
                    f"{which} failed, so the search stopped; the last cause: {failed[-1].cause}. "
                    f"The log is in {self.study.folder}."
                )

    def _all(self) -> list[Any]:
        """Return everything that has a number: ended, running or waiting."""
        return [*self.trials.values(), *self.running.values(), *self.waiting]

    def _searched(self) -> list[Trial]:
        return [trial for trial in self.trials.values() if trial.role == "search"]

    def _of_classifier(self, name: str) -> list[Trial]:
        return [t for t in self.trials.values() if t.recipe.get("classifier") == name]

    def _number(self) -> int:
        return 1 + max((one.number for one in self._all()), default=0)

    def _usual_seconds(self) -> float:
        times = sorted(trial.seconds for trial in self._searched())
        return times[len(times) // 2] if times else 0.0

    def _retrain_seconds(self) -> float:
        """Return how long retraining the best so far should take, with building and saving the model."""
        best = self._best()
        if best is None or not best.fits:
            return 0.0
        return 10 + 1.5 * max(fit.seconds for fit in best.fits)

    def _best(self) -> Trial | None:
        """Return the trial with the lowest loss of those with the most fits; `Study.ranking` looks closer."""
        scored = self._now().candidates
        most = max((len(trial.fits) for trial in scored), default=0)
        return min(
            (t for t in scored if len(t.fits) == most), key=lambda t: t.by_loss, default=None
        )

    def _now(self) -> Study:
        trials = tuple(self.trials[number] for number in sorted(self.trials))
        return replace(self.study, trials=trials, begun=())

    def _folder(self, number: int) -> Path:
        return self.study.folder / "trials" / f"{number:04d}"

    def _forget_states(self) -> None:
        needed = self.strategy.may_continue()
        for number in self.trials:
            if number not in needed:
                forget_states(self._folder(number))


def _record_of(one: Trial | Work) -> dict[str, Any]:
    return one.strategy if isinstance(one, Trial) else one.record


def _smaller(work: Work, pictures: int) -> Work | None:
    """Return a trial's first fits with half the batch; None if that was tried, or for the further fits of the race."""
    recipe = with_half_the_batch(work.recipe, pictures)
    if recipe is None or work.note is not None or work.trial is not None:
        return None
    note = f"ran out of memory with batches of {work.recipe['batch_size']}, so half of it"
    return replace(work, recipe=recipe, note=note)

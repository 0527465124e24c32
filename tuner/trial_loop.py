"""The trials of one study, one after another: proposed, run, logged, told.

The log's line is what makes a trial finished; whatever else is written before it may be lost and made again.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..reports import Fit, Study, StudyLog, TensorBoardLog, Trial
from ..search_spaces import Space
from . import study_folder
from .errors import SearchError, TrialFailure
from .jobs import Outcome, TrialJob, run_trial
from .seeds import derive_seed
from .strategies import Proposal, Strategy
from .workers import InProcess, WorkerPool

OnEvent = Callable[[str, dict[str, Any]], None]
# So many failures before the first success mean that something is wrong with all of them.
HOPELESS_AFTER = 5


class TrialLoop:
    """The trials of one study: proposed, run, logged."""

    def __init__(
        self,
        study: Study,
        wanted: dict[str, Any],
        space: Space,
        rows: list[dict[str, Any]],
        cache: Path,
        runner: InProcess | WorkerPool,
        on_event: OnEvent,
        deadline: float | None,
    ):
        self.study, self.space, self.runner, self.on_event = study, space, runner, on_event
        self.header, self.wanted, self.deadline = study.header, wanted, deadline
        self.task = study_folder.make_task(study, rows, cache)
        self.train = self.task.local(study_folder.rows_of(rows, "train"))
        self.validation = self.task.local(study_folder.rows_of(rows, "validation"))
        self.log = StudyLog(study.folder / study_folder.LOG)
        self.trials = list(study.trials)
        self.strategy = self._strategy()
        self.board = TensorBoardLog(
            study.folder / "tensorboard",
            objective=study.objective,
            hyperparameters={n: d.as_dict() for n, d in space.searched().items()},
        )

    def run(self, limit: int | None) -> None:
        """Run trials until the number, the time or the strategy's proposals are used up.

        Raises:
            SearchError: the first trials all failed.
        """
        values = {
            "folder": self.study.folder,
            "objective": self.study.objective,
            "searched": tuple(self.space.searched()),
            "done": len(self.trials),
            "trials": limit,
            "deadline": self.deadline,
            "best": self.study.best,
        }
        self.on_event("search", values)
        while limit is None or len(self.trials) < limit:
            self._refuse_hopeless()
            number = 1 + max((trial.number for trial in self.trials), default=0)
            if not self._time_for_another():
                self.on_event("out_of_time", {"done": len(self.trials), "trials": limit})
                break
            proposal = self.strategy.propose(number)
            if proposal is None:
                break
            if len(self.trials) == len(self.study.trials):
                study_folder.renew(self.study, self.wanted)
            trial = self._run(number, proposal)
            self.log.append("trial", trial.as_dict())
            self.trials.append(trial)
            self.board.finish(trial)
            self.strategy.tell(trial.score)
            self._forget_states()
            self.on_event("trial", {"trial": trial, "best": self._best()})
        self._refuse_hopeless(at_the_end=True)

    def _run(self, number: int, proposal: Proposal) -> Trial:
        recipe = self.space.recipe(proposal.values, epochs=self.header["limits"]["epochs"])
        self.board.start(number, recipe.as_dict())
        values = {"number": number, "recipe": recipe.as_dict(), "epochs": proposal.epochs}
        self.on_event("start", {**values, "continues": proposal.continues})
        started, clock = study_folder.now(), time.perf_counter()
        job = TrialJob(
            number=number,
            recipe=recipe.as_dict(),
            epochs=proposal.epochs,
            seed=derive_seed(self.header["seed"], "fit", recipe.key),
            train=self.train,
            validation=self.validation,
            folder=self._folder(number),
            resume=self._state_of(proposal.continues),
            deadline=self.deadline,
        )
        outcome = self._attempt(job)
        return Trial(
            number=number,
            status="failed" if outcome.score is None else "completed",
            recipe=recipe.as_dict(),
            score=outcome.score,
            fits=(Fit(**outcome.fit),) if outcome.fit else (),
            seconds=time.perf_counter() - clock,
            started=started,
            parameters=outcome.parameters,
            cause=outcome.cause,
            strategy=proposal.record,
        )

    def _attempt(self, job: TrialJob) -> Outcome:
        """Run a trial's job; a process that dies, by whatever hand, gets a second chance."""
        try:
            return self.runner.run(run_trial, self.task, job, on_event=self._on_job_event)
        except TrialFailure:
            pass
        try:
            return self.runner.run(run_trial, self.task, job, on_event=self._on_job_event)
        except TrialFailure as death:
            return Outcome(None, f"twice {death}")

    def _on_job_event(self, kind: str, values: dict[str, Any]) -> None:
        if kind == "epoch":
            scalars = {k: v for k, v in values.items() if isinstance(v, float)}
            self.board.epoch(values["trial"], values["epoch"], scalars)
        self.on_event(kind, values)

    def _strategy(self) -> Strategy:
        limits = self.header["limits"]
        strategy = Strategy(
            self.header["strategy"],
            self.space,
            direction=self.study.direction,
            trials=self.header["ladder"],
            epochs=limits["epochs"],
            seed=self.header["seed"],
        )
        strategy.replay((t.number, t.strategy, t.score) for t in self.trials)
        return strategy

    def _time_for_another(self) -> bool:
        """Whether a trial as long as the usual one, and the winner's retraining, still fit in the budget."""
        if self.deadline is None:
            return True
        times = sorted(trial.seconds for trial in self.trials)
        usual = times[len(times) // 2] if times else 0.0
        best = self._best()
        retraining = 1.5 * best.seconds + 10 if best is not None else 0.0
        return time.time() + usual + retraining < self.deadline

    def _refuse_hopeless(self, *, at_the_end: bool = False) -> None:
        failed = [trial for trial in self.trials if trial.status == "failed"]
        enough = 1 if at_the_end else HOPELESS_AFTER
        if len(failed) == len(self.trials) and len(failed) >= enough:
            which = "The only trial" if len(failed) == 1 else f"All {len(failed)} trials"
            raise SearchError(
                f"{which} failed, so the search stopped; the last cause: {failed[-1].cause}. "
                f"The log is in {self.study.folder}."
            )

    def _best(self) -> Trial | None:
        return Study(self.study.folder, self.header, tuple(self.trials), (), ()).best

    def _folder(self, number: int) -> Path:
        return self.study.folder / "trials" / f"{number:04d}"

    def _state_of(self, number: int | None) -> Path | None:
        """Return the state file of a trial to go on from; without it the same training starts over."""
        if number is None:
            return None
        state = self._folder(number) / "state.npz"
        return state if state.exists() else None

    def _forget_states(self) -> None:
        needed = self.strategy.may_continue()
        for trial in self.trials:
            if trial.number not in needed:
                (self._folder(trial.number) / "state.npz").unlink(missing_ok=True)

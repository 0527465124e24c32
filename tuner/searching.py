"""A search, from options to a finished study: the story read top to bottom."""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..datasets import load_dataset, split_dataset
from ..reports import (
    OBJECTIVES,
    Fit,
    Study,
    StudyLog,
    TensorBoardLog,
    Trial,
    load_study,
    write_reports,
)
from ..search_spaces import Space, load_space
from . import study_folder
from .errors import SearchError, TrialFailure
from .feature_cache import default_cache
from .jobs import Outcome, TrialJob, check_weights, run_trial
from .last_study import remember
from .retraining import retrain_locked
from .search_options import (
    absolute_weights,
    backbones_to_build,
    check_objective,
    check_options,
    check_place,
    data_of,
)
from .seeds import derive_seed
from .strategies import Proposal, Strategy
from .study_lock import only_writer
from .workers import InProcess, WorkerProcess

OnEvent = Callable[[str, dict[str, Any]], None]
# So many failures before the first success mean that something is wrong with all of them.
HOPELESS_AFTER = 5


def search(
    space: str | Path | Space,
    *,
    data: str | Path | None = None,
    weights: str | Path = "imagenet",
    strategy: str = "hyperband",
    trials: int | None = None,
    budget: float | None = None,
    epochs: int | None = None,
    objective: str = "accuracy",
    settings: Mapping[str, Iterable[Any]] | None = None,
    seed: int = 0,
    study: str | Path | None = None,
    cache: str | Path | None = None,
    in_process: bool = False,
    retrain_winner: bool = True,
    command: str | None = None,
    on_event: OnEvent | None = None,
) -> Study:
    """Search a space and return the study; the same call on an existing study goes on with it.

    Args:
        space: a space's name, a path to a file with one, or a `Space`.
        data: a folder, a manifest or a named data set; the space's own when None.
        weights: `"imagenet"`, `"none"`, or a folder of weights files.
        strategy: `"hyperband"`, `"bayesian"`, `"random"` or `"grid"`.
        trials: the most trials, the space's default when None; with a `budget` and no number, as many as fit.
        budget: seconds of wall time for everything, retraining included.
        epochs: the most epochs of a trial, the space's default when None.
        objective: a name of `transfertune.reports.OBJECTIVES`.
        settings: hyperparameters to fix or narrow, each with its values.
        seed: a whole number from 0; sampling, splitting and training derive from it.
        study: the study's folder; `studies/SPACE` when None.
        cache: where features and named data sets are kept; the user's cache folder when None.
        in_process: train in this process instead of a worker process.
        retrain_winner: retrain the best recipe on train + validation and score it once on the test pictures.
        command: how to repeat the search, for the report.
        on_event: called with `(kind, values)` as the search proceeds; see `tuner.cli.progress`.

    Raises:
        DataError, SearchError, SpaceError, StudyError: a mistake in the arguments; nothing is written.
    """
    started = time.time()
    on_event = on_event or (lambda kind, values: None)
    space = space if isinstance(space, Space) else load_space(space)
    space = space.narrow(settings or {})
    cache = Path(cache) if cache is not None else default_cache()
    limit = check_options(space, strategy, objective, trials, budget, epochs, seed, str(weights))
    folder = Path(study) if study is not None else Path("studies") / space.name
    check_place(folder)
    dataset = load_dataset(
        data_of(space, data), cache=cache, seed=seed, progress=_as_progress(on_event)
    )
    check_objective(objective, dataset.classes)
    split = split_dataset(dataset, seed=derive_seed(seed, "split"))
    runner = InProcess() if in_process else WorkerProcess()
    with contextlib.closing(runner):
        digests = runner.run(
            check_weights, backbones_to_build(space), str(weights), on_event=on_event
        )
        header = study_folder.make_header(
            space,
            dataset,
            split,
            weights={"source": absolute_weights(weights), "digests": digests},
            objective=OBJECTIVES[objective],
            strategy=strategy,
            limits={"trials": limit, "budget_s": budget, "epochs": epochs or space.epochs},
            seed=seed,
            command=command,
        )
        shown = ("unreadable", "test_copies", "notes")
        on_event("data", {name: header["data"][name] for name in shown})
        rows = study_folder.picture_rows(dataset, split)
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder):
            opened = study_folder.open_or_create(folder, header, rows)
            remember(cache, opened.folder)
            deadline = None if budget is None else started + budget
            try:
                run = _Search(opened, header, space, rows, cache, runner, on_event, deadline)
                run.run(limit)
            finally:
                found = load_study(opened.folder)
                write_reports(found)
            if retrain_winner and found.best is not None and not found.retrains:
                retrain_locked(
                    found, found.best, cache=cache, rows=rows, runner=runner, on_event=on_event
                )
                found = load_study(opened.folder)
                write_reports(found)
    return found


class _Search:
    """The trials of one study: proposed, run, logged."""

    def __init__(
        self,
        study: Study,
        wanted: dict[str, Any],
        space: Space,
        rows: list[dict[str, Any]],
        cache: Path,
        runner: InProcess | WorkerProcess,
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


def _as_progress(on_event: OnEvent) -> Callable[[str, int, int], None]:
    return lambda what, done, total: on_event(
        "progress", {"what": what, "done": done, "total": total}
    )

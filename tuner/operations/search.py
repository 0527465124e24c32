"""A search, from options to a finished study: the story read top to bottom."""

import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...datasets import check_content
from ...reports import (
    BegunSearch,
    CostLimits,
    Study,
    begun_search,
    check_place,
    open_store,
    write_data_check,
)
from ...search_spaces import Space, load_space
from ..backbones.weights import absolute_weights
from ..environment import check_environment
from ..events import OnEvent, RetrainingLeftOut, unheard
from ..features.cache import default_cache
from ..models.retrain import retrain_trial
from ..places.last_study import remember
from ..scheduling.budget import Budget
from ..scheduling.listeners import show_test_score_in, to_all
from ..trials.trial_job import check_weights
from ..workers.executor import InProcessExecutor, result_of
from ..workers.pool import WorkerPool
from .options import (
    DataOptions,
    ExecutionOptions,
    SearchOptions,
    StoppingOptions,
    default_trials,
)
from .prepare import announce_data, announce_preparation, header_of, prepare, with_fitting_views
from .reporting import reporting, trial_to_retrain, write_final_report
from .running_search import RunningSearch


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
    per_class: int | None = None,
    min_per_class: int | None = None,
    study: str | Path | None = None,
    cache: str | Path | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    workers: int = 1,
    every_fit: bool = False,
    ignore: Iterable[str] = (),
    limits: CostLimits | None = None,
    in_process: bool = False,
    retrain_winner: bool = True,
    command: str | None = None,
    on_event: OnEvent | None = None,
) -> Study:
    """Search a space and return the study. The same call continues an existing study.

    Args:
        space: a space's name, a path to a file with one, or a `Space`.
        data: a folder, a manifest or a named data set; the space's own when None.
        weights: `"imagenet"`, `"none"`, or a folder of weights files.
        strategy: `"hyperband"`, `"bayesian"`, `"random"`, `"grid"`, or `"listed"` for the space's own runs.
        trials: the most trials, the space's default when None; with a `budget` and no number, as many as fit.
        budget: seconds of wall time for everything, retraining included.
        epochs: the most epochs of a trial, the space's default when None.
        objective: a name of `transfertune.reports.OBJECTIVES`.
        settings: hyperparameters to fix or narrow, each with its values.
        seed: a whole number from 0; sampling, splitting and training derive from it.
        per_class: take only so many images of each class and split, at random; all when None.
        min_per_class: leave out classes of fewer images; none when None.
        study: the study's folder; `studies/SPACE` when None.
        cache: where features and named data sets are kept; the user's cache folder when None.
        folds: 2 or more for cross-validation, 1 for hold-outs; what fits the number of images when None.
        repeats: how often all folds, or how many hold-outs, a contender gets at most.
        workers: how many trials run at the same time, one GPU each where there are several.
        every_fit: fit every recipe as often as a contender, without baselines; for comparisons.
        ignore: kinds of findings of the data check with which no search starts otherwise: `"blank"`, `"conflict"`,
            `"unreadable"`.
        limits: what the recommended model may cost at most.
        in_process: train in this process instead of a worker process.
        retrain_winner: retrain the best recipe on train + validation and score it once on the test images.
        command: how to repeat the search, for the report.
        on_event: called with each event of `transfertune.tuner.events` as the search proceeds.

    Raises:
        DataError, SearchError, SpaceError, StudyError: a mistake in the arguments; nothing is written.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the same call continues the search.
    """
    started = time.time()
    check_environment()
    space = space if isinstance(space, Space) else load_space(space)
    folder = Path("studies") / space.name if study is None else Path(study)
    begun = begun_search(folder)
    if begun is not None:
        begun.refuse_space(space.name)
    space = space.narrow(settings or {})
    options = SearchOptions(
        space=space,
        views_are_set="predict_views" in (settings or {}),
        data=DataOptions(
            space.data if data is None else data,
            per_class,
            min_per_class,
            folds,
            repeats,
            tuple(ignore),
        ),
        stopping=StoppingOptions(
            max_trials=default_trials(space, strategy, budget) if trials is None else trials,
            budget=budget,
            epochs=space.epochs if epochs is None else epochs,
        ),
        execution=ExecutionOptions(
            study=folder,
            cache=default_cache() if cache is None else Path(cache),
            workers=workers,
            in_process=in_process,
        ),
        weights=str(weights),
        strategy=strategy,
        objective=objective,
        seed=seed,
        comparison=every_fit,
        cost_limits=limits or CostLimits(),
        retrain_winner=retrain_winner,
        command=command,
    )
    return run_search(options, begun, Budget(started, budget), on_event or unheard)


def run_search(
    options: SearchOptions, begun: BegunSearch | None, budget: Budget, on_event: OnEvent
) -> Study:
    """Run the search that the options ask for, or go on with the one that was begun; see `search`."""
    execution = options.execution
    check_place(execution.study)
    if begun is not None:
        begun.refuse_options(options.asked)
    options.check_together()
    announce_preparation(options, on_event)
    executor = InProcessExecutor() if execution.in_process else WorkerPool(execution.workers)
    with contextlib.closing(executor):
        # The first worker imports Keras and builds the backbones while the images are read here.
        weights = absolute_weights(options.weights)
        checking = executor.start(check_weights, options.backbones, weights)
        prepared = prepare(options, begun, on_event)
        options = with_fitting_views(options, prepared)
        checked = result_of(executor, checking, on_event)
        digests = {name: digest for name, (digest, _) in checked.items()}
        layers = {name: costs for name, (_, costs) in checked.items()}
        header = header_of(options, prepared, digests)
        announce_data(header, prepared, on_event)
        with open_store(execution.study, header) as store:
            store.begin(header, prepared.images)
            remember(execution.cache, execution.study)
            write_data_check(execution.study, *check_content(prepared.check))
            with reporting(store, options.cost_limits, on_event) as heard:
                running = RunningSearch(
                    options, prepared, header, layers, store, executor, budget, heard
                )
                running.run()
                best = trial_to_retrain(store, options)
                if best is not None and best.recipe.get("classifier") == "most_frequent":
                    heard(RetrainingLeftOut(best.number))
                elif best is not None:
                    retrain_trial(
                        store,
                        best,
                        keeps_test=running.is_preliminary,
                        cache=execution.cache,
                        images=prepared.images,
                        executor=executor,
                        on_event=to_all([show_test_score_in(store.paths.tensorboard), heard]),
                    )
            return write_final_report(store, options.cost_limits)

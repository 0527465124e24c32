"""A search, from options to a finished study: the story read top to bottom."""

import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import check_content
from ...reports import (
    CostLimits,
    Study,
    StudyError,
    check_place,
    open_store,
    read_label_check,
    write_data_check,
    write_reports,
)
from ...search_spaces import Space, load_space
from ..cancellation import stopping_politely
from ..errors import TrialFailure
from ..features.cache import default_cache
from ..models.retrain import retrain_trial
from ..scheduling.baselines import plain_baselines
from ..scheduling.budget import Budget
from ..scheduling.loop import OnEvent, TrialLoop
from ..trials.trial_job import check_weights
from ..workers.executor import InProcessExecutor
from ..workers.pool import WorkerPool
from .check_labels import check_labels
from .last_study import remember
from .options import backbones_to_build, check_options, data_of
from .prepare import Prepared, prepare


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
    study: str | Path | None = None,
    cache: str | Path | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    workers: int = 1,
    every_fit: bool = False,
    limits: CostLimits | None = None,
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
        strategy: `"hyperband"`, `"bayesian"`, `"random"`, `"grid"`, or `"listed"` for the space's own runs.
        trials: the most trials, the space's default when None; with a `budget` and no number, as many as fit.
        budget: seconds of wall time for everything, retraining included.
        epochs: the most epochs of a trial, the space's default when None.
        objective: a name of `transfertune.reports.OBJECTIVES`.
        settings: hyperparameters to fix or narrow, each with its values.
        seed: a whole number from 0; sampling, splitting and training derive from it.
        per_class: take only so many images of each class and split, at random; all when None.
        study: the study's folder; `studies/SPACE` when None.
        cache: where features and named data sets are kept; the user's cache folder when None.
        folds: 2 or more for cross-validation, 1 for hold-outs; what fits the number of images when None.
        repeats: how often all folds, or how many hold-outs, a contender gets at most.
        workers: how many trials run at the same time, one GPU each where there are several.
        every_fit: fit every recipe as often as a contender, without baselines; for comparisons.
        limits: what the recommended model may cost at most.
        in_process: train in this process instead of a worker process.
        retrain_winner: retrain the best recipe on train + validation and score it once on the test images.
        command: how to repeat the search, for the report.
        on_event: called with `(kind, values)` as the search proceeds; see `tuner.cli.progress`.

    Raises:
        DataError, SearchError, SpaceError, StudyError: a mistake in the arguments; nothing is written.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the same call goes on.
    """
    started = time.time()
    on_event = on_event or (lambda kind, values: None)
    space = space if isinstance(space, Space) else load_space(space)
    space = space.narrow(settings or {})
    cache = Path(cache) if cache is not None else default_cache()
    limit = check_options(
        space, strategy, objective, trials, budget, epochs, seed, str(weights), workers
    )
    folder = Path(study) if study is not None else Path("studies") / space.name
    check_place(folder)
    prepared = prepare(
        space,
        data_of(space, data),
        objective=objective,
        seed=seed,
        per_class=per_class,
        folds=folds,
        repeats=repeats,
        every_fit=every_fit,
        cache=cache,
        on_event=on_event,
    )
    executor = InProcessExecutor() if in_process else WorkerPool(workers)
    with contextlib.closing(executor):
        header = prepared.header(
            executor.run(check_weights, backbones_to_build(space), str(weights), on_event=on_event),
            weights=weights,
            strategy=strategy,
            limits={"trials": limit, "budget_s": budget, "epochs": epochs or space.epochs},
            command=command,
            comparison=every_fit,
        )
        with open_store(folder, header) as store:
            store.begin(header, prepared.images)
            remember(cache, folder)
            write_data_check(folder, *check_content(prepared.check))
            loop = TrialLoop(
                store,
                header,
                space,
                prepared.images,
                prepared.policy,
                cache=cache,
                executor=executor,
                on_event=on_event,
                budget=Budget(started, budget),
                baselines=not every_fit,
            )
            found = run_and_report(
                loop, limit, limits or CostLimits(), None if every_fit else prepared
            )
            if retrain_winner and found.recommended is not None and not found.retrains:
                retrain_trial(
                    store,
                    found.recommended,
                    cache=cache,
                    images=prepared.images,
                    executor=executor,
                    on_event=on_event,
                )
                found = Study.of(store.facts, limits)
                write_reports(found)
    return found


def run_and_report(
    loop: TrialLoop, limit: int | None, limits: CostLimits, prepared: Prepared | None
) -> Study:
    """Run the trials and write the report, also when they end badly; return the study.

    Args:
        loop: the trials.
        limit: the most of them.
        limits: what the recommended model may cost at most.
        prepared: the images whose labels are checked first, if they shall be.

    Raises:
        KeyboardInterrupt: a signal asked the search to stop; what was running is kept.
        StudyError: no trial keeps the limits; the report is written without them.
    """
    refused = None
    try:
        with stopping_politely(loop.stop):
            if prepared is not None:
                keep_label_check(loop, prepared)
            loop.run(limit)
    finally:
        found = Study.of(loop.store.facts, limits)
        try:
            write_reports(found)
        except StudyError as error:  # no trial keeps the limits; an error in flight goes first
            refused = error
            write_reports(Study.of(loop.store.facts))
    if loop.stopping:
        raise KeyboardInterrupt
    if refused is not None:
        raise refused
    return found


def keep_label_check(loop: TrialLoop, prepared: Prepared) -> None:
    """Ask a probe about the labels, unless the study knows already or nothing is pretrained."""
    check, cause = read_label_check(loop.study.folder), None
    probes = [r for r in plain_baselines(loop.space, 1) if r.classifier == "logistic"]
    if check is None and probes and loop.task.weights != "none":
        split = prepared.split
        try:
            check = check_labels(
                loop.task,
                prepared.dataset,
                np.sort(np.concatenate([split.train, split.validation])),
                probes[0],
                executor=loop.executor,
                on_event=loop.on_event,
                deadline=loop.budget.deadline_of_fits(),
            )
        except TrialFailure as failure:  # the trials will tell more, or do without
            cause = str(failure)
        if check is not None:
            check.write(loop.study.folder)
    loop.on_event("labels", {"check": check, "cause": cause})

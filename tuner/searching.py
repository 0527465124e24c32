"""A search, from options to a finished study: the story read top to bottom."""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..datasets import check_dataset, load_dataset, split_dataset, with_alike, write_check
from ..reports import OBJECTIVES, Study, load_study, write_reports
from ..search_spaces import Space, load_space
from . import study_folder
from .feature_cache import default_cache
from .jobs import check_weights
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
from .study_lock import only_writer
from .trial_loop import OnEvent, TrialLoop
from .workers import InProcess, WorkerPool


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
        strategy: `"hyperband"`, `"bayesian"`, `"random"`, `"grid"`, or `"listed"` for the space's own runs.
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
    check = check_dataset(dataset, cache=cache, progress=_as_progress(on_event))
    dataset = with_alike(dataset, cache=cache)
    check_objective(objective, dataset.classes)
    split = split_dataset(dataset, seed=derive_seed(seed, "split"))
    runner = InProcess() if in_process else WorkerPool()
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
        on_event("check", {"findings": check.findings})
        study_folder.refuse_another_search(folder, header)
        rows = study_folder.picture_rows(dataset, split)
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder):
            opened = study_folder.open_or_create(folder, header, rows)
            remember(cache, opened.folder)
            write_check(check, opened.folder)
            deadline = None if budget is None else started + budget
            try:
                loop = TrialLoop(opened, header, space, rows, cache, runner, on_event, deadline)
                loop.run(limit)
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


def _as_progress(on_event: OnEvent) -> Callable[[str, int, int], None]:
    return lambda what, done, total: on_event(
        "progress", {"what": what, "done": done, "total": total}
    )

"""Retrains a trial's recipe on train + validation, scores it once on the test images, and keeps the model."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...reports import Study, StudyLog, Trial
from ..errors import SearchError
from ..seeds import derive_seed
from ..trials import study_folder, study_header
from ..workers.pool import InProcessExecutor, WorkerPool
from .retrain_job import RetrainJob, retrain_and_test

OnEvent = Callable[[str, dict[str, Any]], None]
MODEL = Path("best") / "model.keras"


def retrain_locked(
    study: Study,
    chosen: Trial,
    *,
    cache: Path,
    rows: list[dict[str, Any]],
    executor: InProcessExecutor | WorkerPool,
    on_event: OnEvent,
) -> dict[str, Any]:
    """Retrain a trial for one who holds the study's lock and has its images and a executor."""
    task = study_folder.make_task(study, rows, cache)
    test = study_folder.rows_of(rows, "test")
    job = RetrainJob(
        trial=chosen.number,
        recipe=chosen.recipe,
        history=_history(study, chosen),
        seed=derive_seed(study.header["seed"], "retrain", chosen.number),
        train=task.local(
            np.sort(
                np.concatenate([study_folder.rows_of(rows, n) for n in ("train", "validation")])
            )
        ),
        test=test,
        test_paths=tuple(rows[i]["path"] for i in test),
        test_labels=np.array([rows[i]["label"] for i in test], dtype=np.int64),
        folder=study.folder / MODEL.parent,
        facts={"study": study.header["space"]["name"], "created": study_header.now()},
    )
    on_event("retrain", {"trial": chosen.number, "epochs": len(job.history)})
    started = time.perf_counter()
    test_scores = executor.run(retrain_and_test, task, job, on_event=on_event)
    record = {
        "trial": chosen.number,
        "seed": job.seed,
        "epochs": len(job.history),
        "test": test_scores,
        "look": len(study.retrains) + 1,
        "seconds": time.perf_counter() - started,
        "model": MODEL.as_posix(),
        "at": study_header.now(),
    }
    StudyLog(study.folder / study_folder.LOG).append("retrain", record)
    on_event("retrained", record)
    return record


def _history(study: Study, trial: Trial) -> list[dict[str, Any]]:
    """Return the epochs to repeat, with their stages and learning rates.

    They are those of the fit whose best epoch is the middle one of all fits; a classifier fitted at once has none.
    """
    middle = sorted(trial.fits, key=lambda fit: fit.best_epoch)[(len(trial.fits) - 1) // 2]
    if middle.best_epoch == 0:
        return []
    file = study.folder / "trials" / trial.folder / "history.csv"
    try:
        frame = pd.read_csv(file)
        mine = (frame["repeat"] == middle.repeat) & (frame["fold"] == middle.fold)
        rows = frame[mine & (frame["epoch"] <= middle.best_epoch)]
        if len(rows) != middle.best_epoch:
            raise ValueError("epochs are missing")
        return rows[["epoch", "stage", "learning_rate"]].to_dict("records")
    except (OSError, ValueError, KeyError) as error:
        raise SearchError(
            f"{file} is missing or damaged, and retraining repeats its epochs; "
            "retrain another trial with --trial NUMBER."
        ) from error

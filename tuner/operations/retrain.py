"""Retrains the recommended trial, or another one, of a finished study."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...reports import Study, Trial
from ..errors import SearchError
from ..models.retrain import retrain_locked
from ..trials import study_folder
from ..trials.study_lock import only_writer
from ..workers.pool import InProcessExecutor, WorkerPool
from .options import check_place

OnEvent = Callable[[str, dict[str, Any]], None]


def retrain(
    study: Study,
    *,
    cache: Path,
    trial: int | None = None,
    again: bool = False,
    in_process: bool = False,
    on_event: OnEvent | None = None,
) -> dict[str, Any]:
    """Retrain the winner, or trial number `trial`, and return the record that the study's log keeps.

    The recipe is trained from the start on train + validation for as many epochs as the middle one of its
    fits took, with the same learning rates; the model goes to `best/`, and its score on the test images into the log.

    Raises:
        SearchError: no trial succeeded, the number is unknown, the test images were looked at before and
            `again` is not set, or another process works on the study.
    """
    check_place(study.folder)
    chosen = _chosen(study, trial)
    if study.retrains and not again:
        raise SearchError(_looked_at(study, chosen))
    rows = study_folder.read_images(study)
    executor = InProcessExecutor() if in_process else WorkerPool()
    with only_writer(study.folder), contextlib.closing(executor):
        return retrain_locked(
            study,
            chosen,
            cache=cache,
            rows=rows,
            executor=executor,
            on_event=on_event or (lambda kind, values: None),
        )


def _chosen(study: Study, number: int | None) -> Trial:
    trial = study.best if number is None else study.trial(number)
    if trial is None:
        raise SearchError(
            f"No trial of {study.folder} has succeeded, so there is nothing to retrain; see `tune report`."
        )
    if trial.score is None:
        raise SearchError(
            f"Trial {trial.number} failed ({trial.cause}); retrain another one with --trial NUMBER."
        )
    return trial


def _looked_at(study: Study, chosen: Trial) -> str:
    past = study.retrains[-1]
    same = "is" if past["trial"] == chosen.number else f"is not trial {chosen.number} but"
    return (
        f"The test images were scored already: the retrained one {same} trial {past['trial']}, test "
        f"{study.objective} {past['test']['score']:.3f}. Choosing by a second look is optimistic; "
        "--again takes it and records it as such."
    )

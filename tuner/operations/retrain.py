"""Retrains the recommended trial, or another one, of a finished study."""

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...reports import Retrain, Study, StudyError, Trial, check_place, open_store
from ..errors import SearchError
from ..events import OnEvent, Progress, unheard
from ..models.retrain import members_to_fit, retrain_trial
from ..models.saved_model import damage_of
from ..places.images import find_images
from ..places.weights import find_weights, pretrained_of, refuse_other_weights, sizes_of
from ..scheduling.listeners import show_test_score_in, to_all
from ..trials.trial_job import check_weights
from ..workers.executor import InProcessExecutor
from ..workers.pool import WorkerPool


def retrain(
    study: Study,
    *,
    cache: Path,
    data: str | Path | None = None,
    weights: str | Path | None = None,
    trial: int | None = None,
    again: bool = False,
    seeds: int = 1,
    in_process: bool = False,
    on_event: OnEvent | None = None,
) -> Retrain:
    """Retrain the recommended trial, or trial number `trial`, and return the record that the study's log keeps.

    The recipe is trained from scratch on train + validation. It repeats the epochs and learning rates of the fit whose
    best epoch is the median of the trial's fits. The model is written to the study, and its test score to the log. A
    model that was lost or damaged is restored: the same training repeats its score, so that is no further look at the
    test images.

    Args:
        study: The study.
        cache: The folder of cached features.
        data: Where the images are, if they were moved; the study keeps the new place.
        weights: Where the weights are, if they were moved; the study keeps the new place.
        trial: A trial's number; the recommended trial when None.
        again: Whether to score the test images once more if they were scored before.
        seeds: With how many seeds the recipe is trained. All are scored at one look at the test images. The model is
            that of the first seed, so that no score decides which model it is.
        in_process: Whether to train in this process instead of a worker process.
        on_event: Called with the events.

    Raises:
        SearchError: No trial succeeded, the number is unknown, there are no test images for several seeds, the test
            images were scored before and `again` is not set, the model of another trial is lost, or images or weights
            are missing or have changed.
        DataError: There is no such source of images.
        StudyError: The list of images is damaged, or another process works on the study.
    """
    if seeds < 1:
        raise SearchError(f"seeds must be a whole number from 1, but got {seeds!r}.")
    if seeds > 1 and not study.header.split.test:
        raise SearchError(
            "The study has no test images to score several seeds on; leave seeds out."
        )
    check_place(study.folder)
    chosen = _chosen(study, trial)
    damage = damage_of(study) if study.retrains else None
    restores = damage is not None and chosen.number == study.retrains[-1].trial
    if study.retrains and study.retrains[-1].look and not (again or restores):
        raise SearchError(damage or _looked_at(study, chosen))
    if len(study.images()) < study.header.split.total:
        raise StudyError(
            f"{study.paths.images} lacks images; delete the file and run the same `tune search` again to restore it."
        )
    members = [study.trial(one.trial) for one in members_to_fit(study, chosen)]
    heard = on_event or unheard
    place = find_weights(study, weights, members)
    places, images = find_images(
        study,
        data,
        cache=cache,
        needed=np.arange(study.header.split.total),
        progress=lambda what, done, total: heard(Progress(what, done, total)),
    )
    with (
        open_store(study.folder) as store,
        contextlib.closing(InProcessExecutor() if in_process else WorkerPool()) as executor,
    ):
        sizes = sizes_of(study.header, pretrained_of(members))
        checked = executor.run(check_weights, sizes, place, on_event=heard)
        digests = {name: digest for name, (digest, _) in checked.items()}
        refuse_other_weights(study.header, place, digests)
        store.move(replace(places, weights=place), images)
        return retrain_trial(
            store,
            chosen,
            restores=restores,
            seeds=seeds,
            cache=cache,
            images=images,
            executor=executor,
            on_event=to_all([show_test_score_in(study.paths.tensorboard), heard]),
        )


def _chosen(study: Study, number: int | None) -> Trial:
    trial = study.recommended if number is None else study.trial(number)
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
    past = next(record for record in reversed(study.retrains) if record.test is not None)
    assert past.test is not None  # noqa: S101
    more = "it once more" if past.trial == chosen.number else f"trial {chosen.number} too"
    return (
        f"The test images were scored already: trial {past.trial} has test {study.objective} "
        f"{past.test.score:.3f}. A second score is optimistic if it decides which trial to use; "
        f"--again scores {more} and records that."
    )

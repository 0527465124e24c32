"""Retrains a trial's recipe on train + validation, scores it once on the test images, and keeps the model."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...reports import (
    ImageTable,
    Member,
    Retrain,
    StudyError,
    StudyFacts,
    StudyStore,
    Trial,
    fit_temperature,
    read_history,
    scaled,
    utc_now,
)
from ..events import OnEvent, RetrainingEnded, RetrainingStarted
from ..seeds import derive_seed
from ..trials.task import Task
from ..workers.executor import Executor
from .retrain_job import RetrainedMember, RetrainJob, retrain_and_test
from .saved_model import file_digest


def retrain_trial(
    store: StudyStore,
    chosen: Trial,
    *,
    restores: bool = False,
    keeps_test: bool = False,
    seeds: int = 1,
    cache: Path,
    images: ImageTable,
    executor: Executor,
    on_event: OnEvent,
) -> Retrain:
    """Retrain a trial of an open study; append the record to its log and return it.

    Args:
        store: The study, open for writing.
        chosen: The trial.
        restores: Whether this repeats the newest retraining, whose files were lost.
        keeps_test: Whether the test images are kept for a better model.
        seeds: With how many seeds the recipe is trained and scored; the model is that of the first one.
        cache: The folder of cached features.
        images: The study's images.
        executor: What runs the retraining.
        on_event: Called with the events.

    Raises:
        StudyError: The trial's history is missing or damaged.
        TrialFailure: The retraining failed.
    """
    study = store.facts
    task = Task.of(study.header, images, cache)
    test, train = images.indices("test"), images.indices("train", "validation")
    test = test[: 0 if keeps_test else None]
    temperature, validated, confidences = _calibration(study, chosen)
    members = members_to_fit(study, chosen)
    job = RetrainJob(
        trial=chosen.number,
        members=members,
        others=tuple(_with_another_seed(members, number) for number in range(1, seeds)),
        train=task.local(train),
        folds=images.folds[:, train],
        test=test,
        test_paths=tuple(images.path(i) for i in test),
        test_labels=images.labels[test],
        paths=study.paths,
        temperature=temperature,
        validated=task.local(validated),
        confidences=confidences,
    )
    on_event(RetrainingStarted(chosen.number, job.epochs))
    started = time.perf_counter()
    scores, others = executor.run(retrain_and_test, task, job, on_event=on_event)
    if restores and seeds == 1:
        others = study.retrains[-1].others
    record = Retrain(
        trial=chosen.number,
        seed=job.members[0].seed,
        epochs=job.epochs,
        test=scores,
        look=_look(study, restores or keeps_test),
        seconds=time.perf_counter() - started,
        model=study.paths.model.relative_to(study.folder).as_posix(),
        digest=file_digest(study.paths.model),
        at=utc_now(),
        temperature=job.temperature,
        others=others,
    )
    store.append(record)
    on_event(RetrainingEnded(record))
    return record


def _calibration(study: StudyFacts, chosen: Trial) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the temperature for a trial, its validation images, and its confidence in each; 1 and none if unknown."""
    try:
        found = study.predictions(chosen.number)
    except StudyError:
        return 1.0, np.empty(0, np.int64), np.empty(0)
    # Repeats predict an image several times; it counts once, with the mean.
    images, first, image = np.unique(found["indices"], return_index=True, return_inverse=True)
    labels = found["labels"][first]
    probabilities = np.zeros((len(labels), found["probabilities"].shape[1]), np.float32)
    np.add.at(probabilities, image, found["probabilities"])
    probabilities /= np.bincount(image)[:, None]
    temperature = fit_temperature(labels, probabilities)
    return temperature, images, scaled(probabilities, temperature).max(axis=1)


def _look(study: StudyFacts, adds_none: bool) -> int:
    """Return how often the test images have been scored once this retraining ends."""
    past = study.retrains[-1].look if study.retrains else 0
    return past if adds_none else past + 1


def members_to_fit(study: StudyFacts, chosen: Trial) -> tuple[RetrainedMember, ...]:
    """Return what has to be fitted for a trial: itself, or the members of an ensemble.

    Raises:
        StudyError: The history of a trial is missing or damaged.
    """
    members = chosen.members or (Member(chosen.number, 1.0),)
    return tuple(
        RetrainedMember(
            trial=member.trial,
            recipe=study.trial(member.trial).recipe,
            history=epochs_to_repeat(study, study.trial(member.trial)),
            seed=derive_seed(study.header.seed, "retrain", member.trial),
            weight=member.weight,
        )
        for member in members
    )


def _with_another_seed(
    members: tuple[RetrainedMember, ...], number: int
) -> tuple[RetrainedMember, ...]:
    return tuple(replace(one, seed=derive_seed(one.seed, "seed", number)) for one in members)


def epochs_to_repeat(study: StudyFacts, trial: Trial) -> list[dict[str, Any]]:
    """Return the epochs to repeat, with their stages and learning rates.

    They are those of the fit whose best epoch is the middle one of all fits; a classifier fitted at once has none.
    """
    middle = sorted(trial.fits, key=lambda fit: fit.best_epoch)[(len(trial.fits) - 1) // 2]
    if middle.best_epoch == 0:
        return []
    file = study.paths.trial(trial.number).history
    rows = [
        {name: row[name] for name in ("epoch", "stage", "learning_rate")}
        for row in read_history(file)
        if (row["repeat"], row["fold"]) == (middle.repeat, middle.fold)
        and row["epoch"] <= middle.best_epoch
    ]
    if len(rows) != middle.best_epoch:
        raise StudyError(
            f"{file} is missing or damaged, but retraining needs its epochs; "
            "retrain another trial with --trial NUMBER."
        )
    return rows

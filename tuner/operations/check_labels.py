"""Checks whether labels are right: a logistic probe on frozen features predicts images that it was not fitted on.

The probe costs a few seconds, since the search uses the same features. It runs before the trials, so that a user who
mixed up images learns it first.
"""

import contextlib
from pathlib import Path

import numpy as np

from ...datasets import Dataset, cross_folds, groups_of
from ...reports import DisputedLabel, LabelCheck, label_disputes
from ...search_spaces import BACKBONES, Recipe
from ..backbones.weights import absolute_weights, weights_mistakes
from ..errors import SearchError, TrialFailure
from ..events import OnEvent
from ..seeds import derive_seed
from ..trials.label_check_job import LabelJob, probe_labels
from ..trials.task import Task
from ..workers.executor import Executor
from ..workers.pool import WorkerPool

_FOLDS = 5


def check_labels(
    task: Task,
    dataset: Dataset,
    images: np.ndarray,
    recipe: Recipe,
    *,
    executor: Executor,
    on_event: OnEvent,
) -> LabelCheck | None:
    """Return the labels of some images that a probe disputes.

    Args:
        task: What jobs share; its pool holds the images.
        dataset: The images with their classes and groups.
        images: Sorted indices in the data set.
        recipe: A logistic probe on a backbone.
        executor: What runs the probe.
        on_event: Called with the progress.

    Returns:
        None if a stop was asked for, or a class has too few images to hold any out.

    Raises:
        TrialFailure: The backbone or the probe failed; the message says how.
    """
    seed = derive_seed(task.seed, "labels")
    folds = cross_folds(dataset, images, _FOLDS, seed=seed)
    if folds is None:
        return None
    job = LabelJob(recipe.as_dict(), task.local(images), folds, seed)
    probabilities = executor.run(probe_labels, task, job, on_event=on_event)
    if probabilities is None:
        return None
    labels = dataset.labels[images]
    disputed = tuple(
        DisputedLabel(
            path=dataset.relative(dataset.images[images[one.row]].path),
            given=dataset.classes[labels[one.row]],
            suggested=dataset.classes[one.suggested],
            belief=one.belief,
            confidence=one.confidence,
        )
        for one in label_disputes(labels, probabilities)
    )
    agreed = float((probabilities.argmax(axis=1) == labels).mean())
    return LabelCheck(recipe.backbone, len(images), agreed, disputed)


def label_probe(backbone: str, weights: str) -> Recipe:
    """Return the recipe of the probe on a backbone, after checking that it can be built.

    Raises:
        SearchError, SpaceError: The backbone is unknown or not pretrained, or its weights are missing.
    """
    recipe = Recipe.from_values({"backbone": backbone, "classifier": "logistic"}, epochs=1)
    if BACKBONES[backbone].from_scratch:
        known = [name for name, row in BACKBONES.items() if not row.from_scratch]
        raise SearchError(
            f"{backbone} is trained from scratch, so its features say nothing about labels; "
            f"use one of {', '.join(known)}."
        )
    if weights == "none":
        raise SearchError(
            "weights must be imagenet or a folder, but got none: "
            f"random features of {backbone} say nothing about labels."
        )
    mistakes = weights_mistakes([backbone], weights)
    if mistakes:
        raise SearchError(" ".join(mistakes))
    return recipe


def check_dataset_labels(
    dataset: Dataset, probe: Recipe, *, weights: str, cache: Path, on_event: OnEvent
) -> LabelCheck:
    """Return the labels of a data set that a probe disputes, without a study.

    Images of a stated test split are left out. A search of the same images uses the same features.

    Raises:
        SearchError: A class has too few images, or the backbone or the probe failed.
    """
    pool = np.flatnonzero([image.split != "test" for image in dataset.images])
    chosen = [dataset.images[i] for i in pool]
    task = Task(
        pool=pool,
        paths=tuple(image.path for image in chosen),
        digests=tuple(image.digest for image in chosen),
        labels=dataset.labels[pool],
        classes=dataset.classes,
        weights=absolute_weights(weights),
        cache=cache,
        objective="accuracy",
        seed=0,
        gray=dataset.gray,
    )
    with contextlib.closing(WorkerPool()) as executor:
        try:
            check = check_labels(task, dataset, pool, probe, executor=executor, on_event=on_event)
        except TrialFailure as failure:
            raise SearchError(f"The labels could not be checked: {failure}") from failure
    if check is None:
        groups = groups_of(dataset)[pool]
        few = [
            name
            for label, name in enumerate(dataset.classes)
            if len(np.unique(groups[task.labels == label])) < 2
        ]
        raise SearchError(
            f"The labels could not be checked: every class needs 2 different images outside the test split, "
            f"but these have fewer: {', '.join(few)}."
        )
    return check

"""Whether the labels are right: a logistic probe on frozen features names images that it was not fitted on.

The probe costs a few seconds, since the features serve the search too. It runs before the trials, so that someone who
has mixed up images learns it first.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import DataError, Dataset, cross_folds, groups_of
from ...reports import DisputedLabel, LabelCheck, label_disputes
from ...search_spaces import BACKBONES, Recipe, SpaceError
from ..errors import SearchError, Stopped, TrialFailure
from ..operations.options import absolute_weights, weights_mistakes
from ..seeds import derive_seed
from ..workers.pool import InProcessExecutor, WorkerPool
from .trial_job import Report, Task, cause_of

OnEvent = Callable[[str, dict[str, Any]], None]
_FOLDS = 5


@dataclass(frozen=True)
class LabelJob:
    """One check: the probe's recipe, the `images` (n,) within the task's pool, and the fold (n,) each is held out in.

    After `deadline`, in seconds since 1970, it ends without a result.
    """

    recipe: dict[str, Any]
    images: np.ndarray
    folds: np.ndarray
    seed: int
    deadline: float | None


def check_labels(
    task: Task,
    dataset: Dataset,
    images: np.ndarray,
    recipe: Recipe,
    *,
    executor: InProcessExecutor | WorkerPool,
    on_event: OnEvent,
    deadline: float | None = None,
) -> LabelCheck | None:
    """Return what a probe says of the labels of some images.

    Args:
        task: what jobs need to know; its pool holds the images.
        dataset: the images with their classes and groups.
        images: sorted indices in the data set.
        recipe: a logistic probe on a backbone.
        executor: where it runs.
        on_event: told of the progress.
        deadline: when to give up, in seconds since 1970.

    Returns:
        None when a stop was asked for, time was up, or a class has too few images to hold any out.

    Raises:
        TrialFailure: the backbone or the probe failed; the message says how.
    """
    seed = derive_seed(task.seed, "labels")
    folds = cross_folds(dataset, images, _FOLDS, seed=seed)
    if folds is None:
        return None
    job = LabelJob(recipe.as_dict(), task.local(images), folds, seed, deadline)
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


def probe_labels(task: Task, job: LabelJob, report: Report) -> np.ndarray | None:
    """Return the class probabilities of the job's images, float32 (n, C), each from a fit without it.

    Raises:
        TrialFailure: whatever went wrong in Keras or the probe.
    """
    try:
        return _held_out(task, job, report)
    except Stopped:
        return None
    except (DataError, SearchError, SpaceError):
        raise
    except Exception as error:
        raise TrialFailure(cause_of(error)) from error


def _held_out(task: Task, job: LabelJob, report: Report) -> np.ndarray:
    from ..training.estimators import base_of, feature_source, stopping_progress
    from ..training.probes.logistic import fit_logistic
    from ..training.probes.probe import FrozenFeatures

    recipe = Recipe.from_dict(job.recipe)
    base = base_of(recipe.backbone, recipe.image_size, task.weights, recipe.architecture)
    features = FrozenFeatures(recipe, base, feature_source(task, report, job.deadline))
    rows, labels = features.of(job.images), task.labels[job.images]
    probabilities = np.zeros((len(rows), len(task.classes)), np.float32)
    progress = stopping_progress(report, job.deadline)
    l2, folds = recipe.probe_l2, np.unique(job.folds)
    for done, fold in enumerate(folds, 1):
        held_out = job.folds == fold
        probe = fit_logistic(
            rows[~held_out],
            labels[~held_out],
            len(task.classes),
            l2=l2,
            balanced=False,
            seed=job.seed,
        )
        l2 = probe.l2  # what is best for one of the fits is best for all
        probabilities[held_out] = probe.probabilities(rows[held_out])
        progress("checking labels", done, len(folds))
    return probabilities


def label_probe(backbone: str, weights: str) -> Recipe:
    """Return the recipe of the probe on a backbone, once it is known that it can be built.

    Raises:
        SearchError, SpaceError: the backbone is not known or not pretrained, or its weights are not there.
    """
    recipe = Recipe.of({"backbone": backbone, "classifier": "logistic"}, epochs=1)
    if BACKBONES[backbone].from_scratch:
        known = [name for name, row in BACKBONES.items() if not row.from_scratch]
        raise SearchError(
            f"{backbone} is trained from scratch, so its features say nothing of labels; use one of {', '.join(known)}."
        )
    if weights == "none":
        raise SearchError(
            f"weights must be imagenet or a folder, but got none: random features of {backbone} say nothing of labels."
        )
    mistakes = weights_mistakes([backbone], weights)
    if mistakes:
        raise SearchError(" ".join(mistakes))
    return recipe


def check_labels_of(
    dataset: Dataset, probe: Recipe, *, weights: str, cache: Path, on_event: OnEvent
) -> LabelCheck:
    """Return what a probe says of the labels of a data set without a study; stated test images are left alone.

    Its features are those that a search of the same images will use.

    Raises:
        SearchError: a class has too few images, or the backbone or the probe failed.
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
            f"The labels could not be checked: every class needs 2 different images that are not for the test, "
            f"which {', '.join(few)} has not."
        )
    return check

"""The job of a label check: a logistic probe predicts every image from a fit without it."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ...datasets import DataError
from ...search_spaces import Recipe, SpaceError
from ..errors import SearchError, Stopped, TrialFailure
from ..events import OnEvent
from .task import Task
from .trial_job import cause_of


@dataclass(frozen=True)
class LabelJob:
    """One label check.

    Attributes:
        recipe: The values of the probe's `Recipe`.
        images: Indices (n,) in the task's pool.
        folds: The fold (n,) that each image is held out in.
        seed: Decides the fits.
    """

    recipe: dict[str, Any]
    images: np.ndarray
    folds: np.ndarray
    seed: int


def probe_labels(task: Task, job: LabelJob, report: OnEvent) -> np.ndarray | None:
    """Return the class probabilities of the job's images, float32 (n, C), each from a fit without it.

    Raises:
        TrialFailure: Keras or the probe failed; the message says how.
    """
    try:
        return _held_out(task, job, report)
    except Stopped:
        return None
    except (DataError, SearchError, SpaceError):
        raise
    except Exception as error:
        raise TrialFailure(cause_of(error)) from error


def _held_out(task: Task, job: LabelJob, report: OnEvent) -> np.ndarray:
    from ..training.estimators import cached_base, feature_source, stopping_progress
    from ..training.probes.logistic import fit_logistic
    from ..training.probes.probe import FrozenFeatures

    recipe = Recipe.from_dict(job.recipe)
    base = cached_base(recipe.backbone, recipe.image_size, task.weights, recipe.architecture)
    features = FrozenFeatures(recipe, base, feature_source(task, report))
    rows, labels = features.for_inference(job.images), task.labels[job.images]
    probabilities = np.zeros((len(rows), len(task.classes)), np.float32)
    progress = stopping_progress(report)
    l2, folds = cast("float | str", recipe.probe_l2), np.unique(job.folds)
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
        l2 = probe.l2  # chosen by the first fit and kept for the others
        probabilities[held_out] = probe.probabilities(rows[held_out])
        progress("checking labels", done, len(folds))
    return probabilities

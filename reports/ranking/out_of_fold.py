"""Validation predictions of a study's trials side by side: one row a trial, one column an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import StudyError
from .log_loss import log_losses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..study.trial import Trial
    from .study import Study


@dataclass(frozen=True)
class OutOfFold:
    """Losses and accuracies of T trials on N images, each averaged over the repeats that validated the image.

    Attributes:
        numbers: the trials' numbers, T of them, one per row.
        indices: int64 (N,), the images' indices in the study, sorted.
        labels: int64 (N,), the true classes.
        losses: float64 (T, N), what recipes are chosen by: log loss in nats, or errors in 0 to 1, times the image's
            weight; NaN where a trial did not validate an image.
        correct: float64 (T, N), the share of repeats that predict the image's class, in 0 to 1; NaN as in `losses`.
        weights: float64 (N,), the weight of each image in the loss, such that every class counts the same for a
            balanced criterion.
        criterion: `log_loss` or `error`, each also as `balanced_…`, see `criterion_of`.
    """

    numbers: tuple[int, ...]
    indices: np.ndarray
    labels: np.ndarray
    losses: np.ndarray
    correct: np.ndarray
    weights: np.ndarray
    criterion: str

    def row(self, number: int) -> int:
        """Return the row of the trial with this number."""
        return self.numbers.index(number)

    def places(self, indices: np.ndarray) -> np.ndarray:
        """Return the columns, int64 (n,), of images with these indices in the study, int64 (n,)."""
        return np.searchsorted(self.indices, indices)


def out_of_fold(study: Study, trials: Iterable[Trial], criterion: str) -> OutOfFold:
    """Read the stored predictions of some trials; a trial whose file is missing or damaged is left out.

    Args:
        study: the study that holds the predictions.
        trials: the trials to read.
        criterion: `log_loss` or `error`, each also as `balanced_…`, see `criterion_of`.
    """
    read = {}
    for trial in trials if study.folder else ():
        try:
            read[trial.number] = study.predictions(trial.number)
        except StudyError:
            continue
    every = [found["indices"] for found in read.values()]
    indices = np.unique(np.concatenate(every)) if every else np.empty(0, np.int64)
    labels = np.zeros(len(indices), np.int64)
    for found in read.values():
        labels[np.searchsorted(indices, found["indices"])] = found["labels"]
    weights = image_weights(labels, criterion)
    losses = np.full((len(read), len(indices)), np.nan)
    correct = losses.copy()
    for row, found in enumerate(read.values()):
        places = np.searchsorted(indices, found["indices"])
        predicted_correctly = found["probabilities"].argmax(axis=1) == found["labels"]
        loss = image_losses(found["labels"], found["probabilities"], criterion)
        losses[row] = _means(places, loss * weights[places], len(indices))
        correct[row] = _means(places, predicted_correctly, len(indices))
    return OutOfFold(tuple(read), indices, labels, losses, correct, weights, criterion)


def image_losses(labels: np.ndarray, probabilities: np.ndarray, criterion: str) -> np.ndarray:
    """Return what a criterion counts of each image, before weights: its log loss, or 1 for an error; float64 (..., N).

    Args:
        labels: int64 (N,), below C.
        probabilities: (..., N, C).
        criterion: as for `out_of_fold`.
    """
    if criterion.endswith("error"):
        return (probabilities.argmax(axis=-1) != labels).astype(float)
    return log_losses(labels, probabilities)


def image_weights(labels: np.ndarray, criterion: str) -> np.ndarray:
    """Return a weight per image: 1, or for a balanced criterion such that every class counts the same."""
    if not criterion.startswith("balanced") or not len(labels):
        return np.ones(len(labels))
    counts = np.bincount(labels)
    return (len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels]


def _means(places: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    counts = np.bincount(places, minlength=size)
    sums = np.bincount(places, weights=values, minlength=size)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

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
    """What T trials did on N images, each the mean over the repeats in which a trial validated the image.

    `losses` (T, N) are what recipes are chosen by, `hits` (T, N) whether the image was named right; NaN where a trial
    did not validate an image. `indices` (N,) are those of the study's images, `labels` is int64 (N,), `numbers` are the
    trials'.
    """

    numbers: tuple[int, ...]
    indices: np.ndarray
    labels: np.ndarray
    losses: np.ndarray
    hits: np.ndarray

    def row(self, number: int) -> int:
        """Give back the row of a trial."""
        return self.numbers.index(number)


def out_of_fold(study: Study, trials: Iterable[Trial], criterion: str) -> OutOfFold:
    """Read the trials' stored predictions; a trial whose file is missing or damaged is left out."""
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
    weights = _weights(labels, criterion)
    losses = np.full((len(read), len(indices)), np.nan)
    hits = losses.copy()
    for row, found in enumerate(read.values()):
        places = np.searchsorted(indices, found["indices"])
        right = found["probabilities"].argmax(axis=1) == found["labels"]
        loss = ~right
        if not criterion.endswith("error"):
            loss = log_losses(found["labels"], found["probabilities"])
        losses[row] = _means(places, loss * weights[places], len(indices))
        hits[row] = _means(places, right, len(indices))
    return OutOfFold(tuple(read), indices, labels, losses, hits)


def _weights(labels: np.ndarray, criterion: str) -> np.ndarray:
    """Images count the same, or so that every class does."""
    if not criterion.startswith("balanced") or not len(labels):
        return np.ones(len(labels))
    counts = np.bincount(labels)
    return (len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels]


def _means(places: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    counts = np.bincount(places, minlength=size)
    sums = np.bincount(places, weights=values, minlength=size)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

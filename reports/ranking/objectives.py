"""The objectives of a search: each with its direction and how it is computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import StudyError
from .log_loss import log_losses

# Labels (N,), probabilities (N, C) and weights (B, N) become B scores.
Scores = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Objective:
    """A score of predictions and the direction in which it gets better.

    `scores(labels, probabilities, weights)` takes labels (N,) of integers below C, probabilities (N, C) that sum to
    one, and weights float (B, N) of the images. It returns the score under each weighting, float64 (B,), NaN when a
    probability is not finite (a diverged model), or when a weighting leaves nothing to score. It raises StudyError for
    no images, for shapes that do not fit, and for a number of classes that the objective does not support.
    """

    name: str
    direction: str
    help: str
    scores: Scores

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1, as all do that are better the higher they are."""
        return self.direction == "max"

    def score(self, labels: np.ndarray, probabilities: np.ndarray) -> float:
        """Return the score of images that all count once; see `scores`."""
        return float(self.scores(labels, probabilities, np.ones((1, len(labels))))[0])

    def better(self, a: float | None, b: float | None) -> bool:
        """Whether score `a` is strictly better than `b`; None and NaN are worse than any number."""
        return better(a, b, self.direction)


def better(a: float | None, b: float | None, direction: str) -> bool:
    """Whether `a` is strictly better than `b` in the direction "max" or "min"; None and NaN are worst."""
    if a is None or math.isnan(a):
        return False
    if b is None or math.isnan(b):
        return True
    return a > b if direction == "max" else a < b


def _accuracy(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _share(weights @ (probabilities.argmax(axis=1) == labels), weights.sum(axis=1))


def _auc(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    if probabilities.shape[1] != 2:
        raise StudyError(
            f"the objective auc needs two classes, but there are {probabilities.shape[1]}: "
            "choose accuracy, balanced_accuracy, log_loss or macro_f1"
        )
    values, places = np.unique(probabilities[:, 1], return_inverse=True)
    positive = _sums(weights * (labels == 1), places, len(values))
    negative = _sums(weights * (labels == 0), places, len(values))
    # Of equal probabilities half count as ordered rightly.
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return _share((positive * below).sum(axis=1), pairs)


def _balanced_accuracy(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    guesses, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    recalls = _share(
        _sums(weights * (guesses == labels), labels, classes), _sums(weights, labels, classes)
    )
    return _mean_of_present(recalls)


def _log_loss(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _share(weights @ log_losses(labels, probabilities), weights.sum(axis=1))


def _macro_f1(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    guesses, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    true = _sums(weights, labels, classes)
    right = _sums(weights * (guesses == labels), labels, classes)
    f1 = _share(2 * right, true + _sums(weights, guesses, classes))
    return _mean_of_present(np.where(true > 0, f1, np.nan))


def _sums(weights: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Return the sum of the weights (B, N) of each of `count` values (N,), float64 (B, count)."""
    order = np.argsort(values, kind="stable")
    there, starts = np.unique(values[order], return_index=True)
    sums = np.zeros((len(weights), count))
    sums[:, there] = np.add.reduceat(weights[:, order], starts, axis=1)
    return sums


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, NaN where the whole is nothing."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _mean_of_present(values: np.ndarray) -> np.ndarray:
    """Return the mean of each row of values (B, C), of those that are numbers."""
    there = ~np.isnan(values)
    return _share(np.where(there, values, 0).sum(axis=1), there.sum(axis=1))


def _checked(scores: Scores) -> Scores:
    def checked(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
        labels, probabilities = np.asarray(labels), np.asarray(probabilities, np.float64)
        if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
            raise StudyError(
                "labels must have the shape (N,) and probabilities (N, C), "
                f"but got {labels.shape} and {probabilities.shape}"
            )
        if not len(labels):
            raise StudyError("there is nothing to score: no images")
        if not np.isfinite(probabilities).all():
            return np.full(len(weights), math.nan)
        total = probabilities.sum(axis=1, keepdims=True)
        return scores(labels, probabilities / np.where(total > 0, total, 1), weights)

    return checked


OBJECTIVES: dict[str, Objective] = {
    "accuracy": Objective("accuracy", "max", "share of correct predictions", _checked(_accuracy)),
    "auc": Objective("auc", "max", "area under the ROC curve, for two classes", _checked(_auc)),
    "balanced_accuracy": Objective(
        "balanced_accuracy",
        "max",
        "mean recall over the classes",
        _checked(_balanced_accuracy),
    ),
    "log_loss": Objective(
        "log_loss",
        "min",
        "mean negative log of the correct class's probability, in nats",
        _checked(_log_loss),
    ),
    "macro_f1": Objective("macro_f1", "max", "mean F1 over the classes", _checked(_macro_f1)),
}

LOG_LOSS = "log_loss"


def criterion_of(objective: str, *, many_images: bool) -> str:
    """Return what recipes are chosen by: a loss, or the error where it is the objective and has many images."""
    balanced = "balanced_" if objective in ("balanced_accuracy", "macro_f1") else ""
    by_error = many_images and objective in ("accuracy", "balanced_accuracy")
    return balanced + ("error" if by_error else LOG_LOSS)

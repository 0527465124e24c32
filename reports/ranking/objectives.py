"""The objectives of a search: each with its direction and how it is computed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import StudyError
from .log_loss import log_loss

Score = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Objective:
    """A score of predictions and the direction in which it gets better.

    `score(labels, probabilities)` takes labels (N,) of integers below C and probabilities (N, C) that sum to one, and
    returns a number, NaN when a probability is not finite (a diverged model). It raises StudyError for no images,
    for shapes that do not fit, and for a number of classes that the objective does not support.
    """

    name: str
    direction: str
    help: str
    score: Score

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


def _accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def _auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    if probabilities.shape[1] != 2:
        raise StudyError(
            f"the objective auc needs two classes, but there are {probabilities.shape[1]}: "
            "choose accuracy, balanced_accuracy, log_loss or macro_f1"
        )
    if len(np.unique(labels)) < 2:
        return math.nan
    return float(roc_auc_score(labels, probabilities[:, 1]))


def _balanced_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    from sklearn.metrics import recall_score

    guesses, present = probabilities.argmax(axis=1), np.unique(labels)
    return float(recall_score(labels, guesses, labels=present, average="macro"))


def _macro_f1(labels: np.ndarray, probabilities: np.ndarray) -> float:
    from sklearn.metrics import f1_score

    guesses, present = probabilities.argmax(axis=1), np.unique(labels)
    return float(f1_score(labels, guesses, labels=present, average="macro", zero_division=0))


def _checked(score: Score) -> Score:
    def checked(labels: np.ndarray, probabilities: np.ndarray) -> float:
        labels, probabilities = np.asarray(labels), np.asarray(probabilities, np.float64)
        if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
            raise StudyError(
                "labels must have the shape (N,) and probabilities (N, C), "
                f"but got {labels.shape} and {probabilities.shape}"
            )
        if not len(labels):
            raise StudyError("there is nothing to score: no images")
        if not np.isfinite(probabilities).all():
            return math.nan
        total = probabilities.sum(axis=1, keepdims=True)
        return score(labels, probabilities / np.where(total > 0, total, 1))

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
        _checked(log_loss),
    ),
    "macro_f1": Objective("macro_f1", "max", "mean F1 over the classes", _checked(_macro_f1)),
}

LOG_LOSS = "log_loss"


def criterion_of(objective: str, *, many_images: bool) -> str:
    """Return what recipes are chosen by: a loss, or the error where it is the objective and has many images."""
    balanced = "balanced_" if objective in ("balanced_accuracy", "macro_f1") else ""
    by_error = many_images and objective in ("accuracy", "balanced_accuracy")
    return balanced + ("error" if by_error else LOG_LOSS)

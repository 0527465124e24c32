"""The confusion matrix, and precision, recall and F1 of every class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScore:
    """How well one class is predicted.

    Attributes:
        label: the class's position, counted from 0.
        images: the number of images of the class.
        correct: how many of them are predicted as the class.
        predicted: how many images of any class are predicted as this one.
    """

    label: int
    images: int
    correct: int
    predicted: int

    @property
    def precision(self) -> float | None:
        """Share of the images predicted as the class that belong to it; None when there are none."""
        return self.correct / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the class's images that are predicted as the class; None when it has no images."""
        return self.correct / self.images if self.images else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None when the class has no images."""
        return 2 * self.correct / (self.images + self.predicted) if self.images else None


@dataclass(frozen=True)
class Confusion:
    """Counts of images by true class (rows) and predicted class (columns), int64 (C, C)."""

    counts: np.ndarray

    @property
    def correct(self) -> int:
        """The number of images whose class is predicted correctly."""
        return int(np.trace(self.counts))

    @property
    def total(self) -> int:
        """The number of images."""
        return int(self.counts.sum())

    @property
    def shares(self) -> np.ndarray:
        """Counts as shares of the true class, (C, C) in 0 to 1; rows of classes without images are 0."""
        return self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)

    def classes(self) -> list[ClassScore]:
        """Return the classes that have images, the highest F1 first."""
        images, predicted = self.counts.sum(axis=1), self.counts.sum(axis=0)
        scores = [
            ClassScore(int(c), int(images[c]), int(self.counts[c, c]), int(predicted[c]))
            for c in np.flatnonzero(images)
        ]
        return sorted(scores, key=lambda one: (-(one.f1 or 0), one.label))

    def confused_pairs(self, limit: int) -> list[tuple[int, int, int]]:
        """Return (true class, predicted class, images) of the most frequent mistakes, at most `limit` of them."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        pairs = [(int(t), int(n), int(wrong[t, n])) for t, n in np.argwhere(wrong)]
        return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))[:limit]


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> Confusion:
    """Return the confusion matrix of some predictions.

    Args:
        labels: int64 (N,), the true classes, from 0 to C - 1.
        probabilities: (N, C); the most probable class of a row is the predicted one.
    """
    classes = probabilities.shape[1]
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    return Confusion(counts)

"""Which classes a model takes for which, and how well it knows each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScore:
    """One class: its number, its images, how many were named right, how many were named so, and the three shares.

    `precision` is None when nothing was named so, `recall` and `f1` when the class has no images.
    """

    label: int
    images: int
    right: int
    named: int

    @property
    def precision(self) -> float | None:
        """Share of the images named so that are of the class."""
        return self.right / self.named if self.named else None

    @property
    def recall(self) -> float | None:
        """Share of the class's images that were named right."""
        return self.right / self.images if self.images else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.images + self.named) if self.images else None


@dataclass(frozen=True)
class Confusion:
    """Counts of images by true class (rows) and named class (columns), (C, C) int64."""

    counts: np.ndarray

    @property
    def right(self) -> int:
        """The number of images named right."""
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
        """Give back the classes that have images, the best known first."""
        images, named = self.counts.sum(axis=1), self.counts.sum(axis=0)
        scores = [
            ClassScore(int(c), int(images[c]), int(self.counts[c, c]), int(named[c]))
            for c in np.flatnonzero(images)
        ]
        return sorted(scores, key=lambda one: (-(one.f1 or 0), one.label))

    def confused_pairs(self, limit: int) -> list[tuple[int, int, int]]:
        """Give back (true class, named class, images) of the most frequent mistakes, at most `limit`."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        pairs = [(int(t), int(n), int(wrong[t, n])) for t, n in np.argwhere(wrong)]
        return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))[:limit]


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> Confusion:
    """Count labels (N,) against the most probable class of probabilities (N, C).

    Labels are integers from 0 to C - 1.
    """
    classes = probabilities.shape[1]
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    return Confusion(counts)

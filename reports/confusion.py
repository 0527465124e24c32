"""Which classes a model takes for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Confusion:
    """Counts of pictures by true class (rows) and named class (columns), (C, C) int64."""

    counts: np.ndarray

    @property
    def right(self) -> int:
        """The number of pictures named right."""
        return int(np.trace(self.counts))

    @property
    def total(self) -> int:
        """The number of pictures."""
        return int(self.counts.sum())

    @property
    def shares(self) -> np.ndarray:
        """Counts as shares of the true class, (C, C) in 0 to 1; rows of classes without pictures are 0."""
        return self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)

    def recalls(self) -> list[tuple[int, int, int]]:
        """Give back (class, right, pictures) of the classes that have pictures, worst first."""
        totals, right = self.counts.sum(axis=1), np.diag(self.counts)
        present = [(int(c), int(right[c]), int(totals[c])) for c in np.flatnonzero(totals)]
        return sorted(present, key=lambda row: (row[1] / row[2], row[0]))

    def confused_pairs(self, limit: int) -> list[tuple[int, int, int]]:
        """Give back (true class, named class, pictures) of the most frequent mistakes, at most `limit`."""
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

"""What stored predictions say of the objective: rows scored with intervals, and compared in pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from scipy.special import stdtr, stdtrit

from ..intervals import WIDENING, Z95, widened_wilson
from ..objectives import Objective
from ..out_of_fold import OutOfFold
from ..selection import paired
from .score_noise import Predicted, ScoreNoise


class ScoredRows:
    """The objective of the rows of some predictions.

    Accuracies are means over images, so that their noise is known; that of other objectives is their bootstrap's.
    Everything else is the same.

    Args:
        objective: what is scored.
        found: the rows.
        read: returns the stored predictions of the trial of a number.
        inflation: factor on the variance of a mean difference, see `Study.inflation`.
    """

    def __init__(
        self,
        objective: Objective,
        found: OutOfFold,
        read: Callable[[int], Mapping[str, np.ndarray]],
        inflation: float,
    ):
        self.objective, self.found = objective, found
        self._read, self._inflation = read, inflation
        self.by_accuracy = objective.name == "accuracy"
        self._noise = ScoreNoise(objective, len(found.indices))
        self.predicted: Callable[[int], Predicted] = cache(self._predicted)

    def _predicted(self, row: int) -> Predicted:
        stored = self._read(self.found.numbers[row])
        return Predicted(
            self.found.places(stored["indices"]),
            stored["labels"],
            stored["probabilities"],
            stored["repeats"],
        )

    def scores(self, row: int, weights: np.ndarray) -> np.ndarray:
        """Return a row's score under each weighting (B, N) of the images, float64 (B,); NaN without images."""
        if self.by_accuracy:
            return share_correct(self.found.correct[row][None], weights)
        return self.predicted(row).scores(self.objective, weights)

    def interval(self, row: int, score: float) -> tuple[float, float]:
        """Return the 95 % interval of a score that is a row's, or expected of it, for the luck of all images."""
        if self.by_accuracy:
            return widened_wilson(score, int((~np.isnan(self.found.losses[row])).sum()))
        predicted = self.predicted(row)
        if self.objective.is_share:
            return widened_wilson(score, self._noise.effective_images(predicted))
        half = Z95 * WIDENING * self._noise.error(predicted)
        return max(0.0, score - half), score + half

    def difference(self, first: int, second: int) -> tuple[float, tuple[float, float], float]:
        """Compare two rows on the images that both predicted.

        Returns:
            The score of the first minus that of the second, its 95 % interval (low, high), and its two-sided p-value.
        """
        if self.by_accuracy:
            correct = self.found.correct
            mean, half, p = paired(correct[first], correct[second], self._inflation)
            return mean, (mean - half, mean + half), p
        mean, below, above, images = self._noise.difference(
            self.predicted(first), self.predicted(second)
        )
        freedom = max(1, images - 1)
        longer = float(np.sqrt(self._inflation) * stdtrit(freedom, 0.975) / Z95)
        interval = mean - longer * below, mean + longer * above
        error = float(np.sqrt(self._inflation)) * (below if mean > 0 else above) / Z95
        p = float(2 * stdtr(freedom, -abs(mean) / error)) if error > 0 else 1.0
        return mean, interval, p

    def is_ahead(self, first: int, second: int) -> bool:
        """Whether the first row is surely better than the second."""
        _, (low, high), _ = self.difference(first, second)
        return low > 0 if self.objective.direction == "max" else high < 0


def share_correct(correct: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of correct predictions under each weighting (B, N), float64 (B,); NaN without images.

    Args:
        correct: float64 (B, N) or (1, N), NaN where an image was not predicted.
        weights: float64 (B, N).
    """
    there = ~np.isnan(correct) * weights
    images = there.sum(axis=1)
    right = (np.where(np.isnan(correct), 0.0, correct) * weights).sum(axis=1)
    return np.where(images > 0, right / np.maximum(images, 1e-9), np.nan)

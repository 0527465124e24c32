"""The score to expect of a recipe that was chosen for its score.

The best of many is partly luck. Bootstrap bias correction (Tsamardinos, Greasidou and Borboudakis, Machine Learning
107, 2018) repeats the choice on samples of the images and scores it on those left out; it needs the stored
predictions and no training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from .intervals import Z95, wilson
from .selection import Rule

SAMPLES = 1000
_PARTS = 20
# From so many images on fewer samples say as much.
_LARGE = 2000
# An interval for the images alone is too narrow for a model that was fitted on other such images: Bates, Hastie and
# Tibshirani (J. Am. Stat. Assoc. 119, 2024) find that nested cross-validation widens it by about this much.
WIDENING = 1.4


@dataclass(frozen=True)
class Expected:
    """What to expect on new images: `score` with its 95 % `interval` (low, high); `raw` has the luck in it."""

    score: float
    interval: tuple[float, float]
    raw: float


def expected_score(
    rule: Rule,
    winner: int,
    score: Callable[[np.ndarray, np.ndarray], float] | None,
    probabilities: Callable[[int], tuple[np.ndarray, np.ndarray]],
    *,
    seed: int = 0,
) -> Expected:
    """Estimate the score of row `winner`, which a rule has chosen.

    On every sample the rule chooses again, and what it chooses is scored on the images left out; an ensemble's weights
    are fitted again too.

    Args:
        rule: the rule, with the predictions that it chose by.
        winner: the row that was chosen.
        score: the objective of labels (n,) and probabilities (n, C); None for accuracy, which needs no more than the
            rule's own predictions.
        probabilities: returns a row's places among the images, int64 (n,), and its probabilities of them, (n, C).
        seed: of the bootstrap samples.
    """
    found = rule.found
    rng, size = np.random.default_rng(seed), len(found.indices)
    samples = SAMPLES if score is None and size <= _LARGE else SAMPLES // 5
    weights = rng.multinomial(size, np.full(size, 1 / size), samples).astype(float)
    seen = ~np.isnan(found.losses[winner])
    scored = _Scored(rule, score, probabilities)
    raw = scored.as_found(winner, seen)
    # In parts: hundreds of trials under all weightings at once would take tens of megabytes.
    left_out = np.concatenate([scored.left_out(part) for part in np.array_split(weights, _PARTS)])
    expected = float(np.nanmean(left_out))
    if score is None:
        return Expected(expected, widened_wilson(expected, int(seen.sum())), raw)
    again = [scored.as_found(winner, np.where(seen, w, 0)) for w in weights]
    half = Z95 * WIDENING * float(np.nanstd(again))
    return Expected(expected, (expected - half, expected + half), raw)


class _Scored:
    """Scores rows of a rule on some of the images; NaN where a row has no score."""

    def __init__(self, rule: Rule, score, probabilities):
        self._rule, self._score = rule, score
        self._read = cache(probabilities)

    def as_found(self, row: int, counts: np.ndarray) -> float:
        """Return the score of a row's stored predictions, where each image counts so often, (N,)."""
        if self._score is None:
            return float(np.nanmean(self._rule.found.correct[row][counts > 0]))
        places, probabilities = self._read(row)
        return self._of(places, probabilities, counts)

    def left_out(self, weights: np.ndarray) -> np.ndarray:
        """Return the score of what the rule chooses under each weighting on the images of no weight, float64 (B,)."""
        choice, scores = self._rule.choose(weights), np.full(len(weights), np.nan)
        for row in np.unique(choice.winner):
            those = np.flatnonzero(choice.winner == row)
            members = None if choice.weights is None else choice.weights[those]
            if self._score is None:
                correct = self._rule.correct(int(row), members)
                there = ~np.isnan(correct) & (weights[those] == 0)
                hits = np.where(there, correct, 0.0).sum(axis=1)
                scores[those] = np.where(
                    there.any(axis=1), hits / np.maximum(there.sum(axis=1), 1), np.nan
                )
                continue
            fitted = self._rule.fitted
            for i, b in enumerate(those):
                if fitted is None or members is None or row != fitted.row:
                    scores[b] = self.as_found(int(row), weights[b] == 0)
                else:
                    places = self._rule.found.places(fitted.pool.indices)
                    mean = fitted.pool.mean(members[i : i + 1])[0]
                    scores[b] = self._of(places, mean, weights[b] == 0)
        return scores

    def _of(self, places: np.ndarray, probabilities: np.ndarray, counts: np.ndarray) -> float:
        rows = np.repeat(np.arange(len(places)), counts[places].astype(int))
        labels = self._rule.found.labels[places[rows]]
        if len(np.unique(labels)) < 2:
            return float("nan")
        return self._score(labels, probabilities[rows])


def widened_wilson(share: float, images: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval with both arms longer, for the luck of the training images."""
    low, high = wilson(share, images)
    return max(0.0, share - WIDENING * (share - low)), min(1.0, share + WIDENING * (high - share))

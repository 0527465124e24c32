"""The score to expect of a recipe that was chosen for its score.

The best of many is partly luck. Bootstrap bias correction (Tsamardinos, Greasidou and Borboudakis, Machine Learning
107, 2018) repeats the choice on samples of the images and scores it on those left out; it needs the stored
predictions and no training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .selection import Rule
from .uncertainty.scored_rows import ScoredRows, share_correct

SAMPLES = 1000
_PARTS = 20
# From so many images on fewer samples say as much.
_LARGE = 2000


@dataclass(frozen=True)
class Expected:
    """What to expect on new images: `score` with its 95 % `interval` (low, high); `raw` has the luck in it."""

    score: float
    interval: tuple[float, float]
    raw: float


def expected_score(rule: Rule, winner: int, scored: ScoredRows, *, seed: int = 0) -> Expected:
    """Estimate the score of row `winner`, which a rule has chosen.

    On every sample the rule chooses again, and what it chooses is scored on the images left out; an ensemble's weights
    are fitted again too.

    Args:
        rule: the rule, with the predictions that it chose by.
        winner: the row that was chosen.
        scored: what these predictions say of the objective.
        seed: of the bootstrap samples.
    """
    rng, size = np.random.default_rng(seed), len(rule.found.indices)
    samples = SAMPLES if size <= _LARGE else SAMPLES // 5
    weights = rng.multinomial(size, np.full(size, 1 / size), samples).astype(float)
    raw = float(scored.scores(winner, np.ones((1, size)))[0])
    # In parts: hundreds of trials under all weightings at once would take tens of megabytes.
    parts = np.array_split(weights, _PARTS)
    left_out = np.concatenate([_left_out(rule, scored, part) for part in parts])
    if scored.by_accuracy:
        expected = float(np.nanmean(left_out))
    else:
        # Few images score otherwise than many, which no accuracy does, so only what the choice costs is taken off.
        lost = scored.scores(winner, (weights == 0).astype(float)) - left_out
        known = lost[~np.isnan(lost)]
        expected = raw - (float(known.mean()) if len(known) else 0.0)
        expected = min(expected, 1.0) if scored.objective.is_share else max(expected, 0.0)
    return Expected(expected, scored.interval(winner, expected), raw)


def _left_out(rule: Rule, scored: ScoredRows, weights: np.ndarray) -> np.ndarray:
    """Return the score of what the rule chooses under each weighting on the images of no weight, float64 (B,)."""
    choice, scores = rule.choose(weights), np.full(len(weights), np.nan)
    for row in np.unique(choice.winner):
        those = np.flatnonzero(choice.winner == row)
        unseen = (weights[those] == 0).astype(float)
        fitted = rule.fitted
        if choice.weights is None or fitted is None or row != fitted.row:
            scores[those] = scored.scores(int(row), unseen)
        elif scored.by_accuracy:
            correct = rule.correct(fitted.row, choice.weights[those])
            scores[those] = share_correct(correct, unseen)
        else:
            places, pool = rule.found.places(fitted.pool.indices), fitted.pool
            for b, members, counts in zip(
                those, choice.weights[those], unseen[:, places], strict=True
            ):
                mean = pool.mean(members[None])[0]
                scores[b] = scored.objective.scores(pool.labels, mean, counts[None])[0]
    return scores

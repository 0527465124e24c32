"""The score to expect of a recipe that was chosen for its score.

The best of many is partly luck. Bootstrap bias correction (Tsamardinos, Greasidou and Borboudakis, Machine Learning
107, 2018) repeats the choice on samples of the images and scores it on those left out; it needs the stored
predictions and no training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .intervals import Z95, wilson
from .out_of_fold import OutOfFold
from .selection import choose

SAMPLES = 1000
_PARTS = 20
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
    found: OutOfFold,
    winner: int,
    score_of: Callable[[int, np.ndarray], float],
    *,
    share: bool,
    eligible: np.ndarray,
    simplicity: np.ndarray,
    inflation: float,
    seed: int = 0,
) -> Expected:
    """Estimate the score of row `winner`, which `choose` has chosen from `found`.

    Args:
        found: the stored predictions.
        winner: the row that was chosen.
        score_of: the score of a row on some of the images (a bool mask (N,)); NaN where it has none.
        share: whether the score is a share of the images, as accuracy is.
        eligible: as it was for `choose`.
        simplicity: as it was for `choose`.
        inflation: as it was for `choose`.
        seed: of the bootstrap samples.
    """
    rng, size = np.random.default_rng(seed), len(found.indices)
    samples = SAMPLES if share else SAMPLES // 5
    weights = rng.multinomial(size, np.full(size, 1 / size), samples).astype(float)
    rule: dict[str, Any] = {"eligible": eligible, "simplicity": simplicity, "inflation": inflation}
    # In parts: hundreds of trials under all weightings at once would take tens of megabytes.
    parts = np.array_split(weights, _PARTS)
    winners = np.concatenate([choose(found, part, **rule).winner for part in parts])
    seen = ~np.isnan(found.losses[winner])
    raw = score_of(winner, seen)
    if share:
        score = _left_out_share(found.correct[winners], weights)
        return Expected(score, widened_wilson(score, int(seen.sum())), raw)
    left_out = [score_of(row, w == 0) for row, w in zip(winners, weights, strict=True)]
    score = float(np.nanmean(left_out))
    again = [score_of(winner, seen & (w > 0)) for w in weights]
    half = Z95 * WIDENING * float(np.nanstd(again))
    return Expected(score, (score - half, score + half), raw)


def _left_out_share(correct: np.ndarray, weights: np.ndarray) -> float:
    there = ~np.isnan(correct) & (weights == 0)
    shares = np.where(there, correct, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return float(shares[there.any(axis=1)].mean())


def widened_wilson(share: float, images: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval with both arms longer, for the luck of the training images."""
    low, high = wilson(share, images)
    return max(0.0, share - WIDENING * (share - low)), min(1.0, share + WIDENING * (high - share))

"""Which recipe to take: the best by loss, or a cheaper one that cannot be told from it.

Works on many reweightings of the pictures at once, so that the same rule can be repeated on bootstrap samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .out_of_fold import OutOfFold


@dataclass(frozen=True)
class Choice:
    """The rule's outcome for B weightings of the pictures.

    `best` and `winner` (B,) are rows; `tied` (T, B) says which rows cannot be told from the best; `behind` (T, B) is
    how much more loss a row has than the best.
    """

    best: np.ndarray
    winner: np.ndarray
    tied: np.ndarray
    behind: np.ndarray


def choose(
    found: OutOfFold,
    weights: np.ndarray,
    *,
    eligible: np.ndarray,
    cost_order: np.ndarray,
    inflation: float,
) -> Choice:
    """Apply the rule under each weighting.

    The best is the eligible row with the lowest mean loss. A row is worse when its paired difference to the best lies
    beyond Student's 97.5 % quantile, and it does not name more pictures right. The winner is the first in
    `cost_order` of the eligible rows that are not worse.

    Args:
        found: predictions of T rows on N pictures.
        weights: (B, N), how often each picture counts.
        eligible: bool (T,), the rows that may win: those that were fitted most often.
        cost_order: row numbers, the cheapest first.
        inflation: factor on the variance of a mean difference, see `ranking.inflation`.
    """
    rows, size = found.losses.shape[0], len(weights)
    best = _best(found.losses, weights, eligible)
    behind, tied = np.zeros((rows, size)), np.zeros((rows, size), bool)
    for leader in np.unique(best):
        those = best == leader
        behind[:, those], worse = compare(found, leader, weights[those], inflation)
        tied[:, those] = ~worse
    may_win = tied & eligible[:, None]
    winner = cost_order[may_win[cost_order].argmax(axis=0)]
    return Choice(best, winner, tied, behind)


def compare(
    found: OutOfFold, leader: int, weights: np.ndarray, inflation: float
) -> tuple[np.ndarray, np.ndarray]:
    """Compare every row with the leader on the pictures that both validated.

    Returns the mean difference in loss (T, B), above 0 where the row is behind, and whether it is worse (T, B).
    """
    both = ~np.isnan(found.losses) & ~np.isnan(found.losses[leader])
    difference = np.where(both, found.losses - found.losses[leader], 0.0)
    hits = np.where(both, found.hits - found.hits[leader], 0.0)
    mean, error, count = _mean_and_error(difference, both, weights, inflation)
    more_right = hits @ weights.T > 0
    quantile = stats.t.ppf(0.975, np.maximum(count - 1, 1))
    return mean, (mean > quantile * error) & ~more_right


def paired(a: np.ndarray, b: np.ndarray, inflation: float) -> tuple[float, float]:
    """Give back the mean of a - b (N,) over the pictures that both have, and half of its 95 % interval."""
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < 2:
        return 0.0, float("inf")
    difference = (a - b)[both]
    error = np.sqrt(difference.var(ddof=1) / len(difference) * inflation)
    return float(difference.mean()), float(error * stats.t.ppf(0.975, len(difference) - 1))


def _best(losses: np.ndarray, weights: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(eligible)
    there = ~np.isnan(losses[rows])
    total = there.astype(float) @ weights.T
    means = np.where(there, losses[rows], 0.0) @ weights.T / np.maximum(total, 1e-9)
    return rows[np.where(total > 0, means, np.inf).argmin(axis=0)]


def _mean_and_error(values, there, weights, inflation):
    count = np.maximum(there.astype(float) @ weights.T, 1e-9)
    mean = values @ weights.T / count
    square = np.square(values) @ weights.T / count
    variance = np.maximum(square - np.square(mean), 0) * count / np.maximum(count - 1, 1)
    return mean, np.sqrt(variance / count * inflation), count

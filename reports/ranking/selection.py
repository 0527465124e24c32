"""Which recipe to take: the best by loss, or a simpler one that it does not beat.

Works on many reweightings of the images at once, so that the same rule can be repeated on bootstrap samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .out_of_fold import OutOfFold


@dataclass(frozen=True)
class Choice:
    """The rule's outcome for B weightings of the images.

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
    simplicity: np.ndarray,
    inflation: float,
) -> Choice:
    """Apply the rule under each weighting.

    The best is the eligible row with the lowest mean loss. It is told apart from a row when both its loss and its hits
    are better beyond Student's 97.5 % quantile; it beats a row already when its loss is, and its hits are better by one
    standard error. The winner is the best row of the simplest kind that has a row which the best does not beat.

    Args:
        found: predictions of T rows on N images.
        weights: (B, N), how often each image counts.
        eligible: bool (T,), the rows that may win: those that were fitted most often.
        simplicity: int (T,), the kind of each row, 0 the simplest.
        inflation: factor on the variance of a mean difference, see `Study.inflation`.
    """
    rows, size = found.losses.shape[0], len(weights)
    best = _best(found.losses, weights, eligible)
    behind, tied = np.zeros((rows, size)), np.ones((rows, size), bool)
    beaten = np.zeros((rows, size), bool)
    for leader in np.unique(best):
        those = best == leader
        behind[:, those], sure, beaten[:, those] = compare(found, leader, weights[those], inflation)
        tied[:, those] = ~sure
    may_win = ~beaten & eligible[:, None]
    # Kinds are whole numbers, so that a share of the largest loss decides only within a kind.
    within = behind / (1 + np.abs(behind).max())
    order = np.where(may_win, simplicity[:, None] + 0.5 * within, np.inf)
    return Choice(best, order.argmin(axis=0), tied, behind)


def compare(
    found: OutOfFold, leader: int, weights: np.ndarray, inflation: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare every row with the leader on the images that both validated.

    Returns the mean difference in loss (T, B), above 0 where the row is behind; whether the leader is surely better;
    and whether it beats the row (T, B).
    """
    both = ~np.isnan(found.losses) & ~np.isnan(found.losses[leader])
    loss = np.where(both, found.losses - found.losses[leader], 0.0)
    hits = np.where(both, found.hits[leader] - found.hits, 0.0)
    behind, loss_error, count = _mean_and_error(loss, both, weights)
    fewer, hits_error, _ = _mean_and_error(hits, both, weights)
    quantile = stats.t.ppf(0.975, np.maximum(count - 1, 1)) * np.sqrt(inflation)
    worse = behind > quantile * loss_error
    return behind, worse & (fewer > quantile * hits_error), worse & (fewer > hits_error)


def paired(a: np.ndarray, b: np.ndarray, inflation: float) -> tuple[float, float, float]:
    """Give back the mean of a - b (N,) over the images that both have, half of its 95 % interval, and its p-value."""
    difference = (a - b)[~np.isnan(a) & ~np.isnan(b)]
    size = len(difference)
    if size < 2:
        return 0.0, float("inf"), 1.0
    error = float(np.sqrt(difference.var(ddof=1) / size * inflation))
    mean = float(difference.mean())
    if error == 0:
        return mean, 0.0, 1.0
    half = error * float(stats.t.ppf(0.975, size - 1))
    return mean, half, float(2 * stats.t.sf(abs(mean) / error, size - 1))


def _best(losses: np.ndarray, weights: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(eligible)
    there = ~np.isnan(losses[rows])
    total = there.astype(float) @ weights.T
    means = np.where(there, losses[rows], 0.0) @ weights.T / np.maximum(total, 1e-9)
    return rows[np.where(total > 0, means, np.inf).argmin(axis=0)]


def _mean_and_error(values, there, weights):
    count = np.maximum(there.astype(float) @ weights.T, 1e-9)
    mean = values @ weights.T / count
    square = np.square(values) @ weights.T / count
    variance = np.maximum(square - np.square(mean), 0) * count / np.maximum(count - 1, 1)
    return mean, np.sqrt(variance / count), count

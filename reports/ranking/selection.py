"""The rule that selects a recipe: the best by loss, or a simpler one that the best does not beat.

The rule is applied to many weightings of the images at once, so that it can be repeated on bootstrap samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .out_of_fold import OutOfFold


@dataclass(frozen=True)
class Choice:
    """The rule's outcome for B weightings of the images.

    Attributes:
        best: int64 (B,), the row with the lowest mean loss.
        winner: int64 (B,), the row that is selected.
        tied: bool (T, B), whether a row cannot be told apart from the best.
        behind: float64 (T, B), the mean loss of a row minus that of the best.
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

    The best is the eligible row with the lowest mean loss. Another row is tied unless the best is ahead of it in both
    loss and accuracy by more than Student's 97.5 % quantile of standard errors. The best beats a row when it is ahead
    by that much in loss and by more than one standard error in accuracy. The winner is the best row of the simplest
    kind that has a row which is not beaten.

    Args:
        found: predictions of T rows on N images.
        weights: float64 (B, N), how often each image counts.
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
    tie_break = behind / (1 + np.abs(behind).max())
    order = np.where(may_win, simplicity[:, None] + 0.5 * tie_break, np.inf)
    return Choice(best, order.argmin(axis=0), tied, behind)


def compare(
    found: OutOfFold, leader: int, weights: np.ndarray, inflation: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare every row with the leader on the images that both validated.

    Args:
        found: predictions of T rows on N images.
        leader: the row that the others are compared with.
        weights: float64 (B, N), how often each image counts.
        inflation: factor on the variance of a mean difference.

    Returns:
        The mean difference in loss, float64 (T, B), above 0 where the row is behind; whether the leader is better in
        loss and accuracy, bool (T, B); and whether the leader beats the row, bool (T, B), as `choose` defines it.
    """
    both = ~np.isnan(found.losses) & ~np.isnan(found.losses[leader])
    loss = np.where(both, found.losses - found.losses[leader], 0.0)
    correct = np.where(both, found.correct[leader] - found.correct, 0.0)
    behind, loss_error, count = _mean_and_error(loss, both, weights)
    fewer, correct_error, _ = _mean_and_error(correct, both, weights)
    quantile = stats.t.ppf(0.975, np.maximum(count - 1, 1)) * np.sqrt(inflation)
    worse = behind > quantile * loss_error
    return behind, worse & (fewer > quantile * correct_error), worse & (fewer > correct_error)


def paired(a: np.ndarray, b: np.ndarray, inflation: float) -> tuple[float, float, float]:
    """Compare two rows by a paired t-test on the images that both have.

    Args:
        a: float64 (N,), NaN where the row has no value.
        b: the same for the other row.
        inflation: factor on the variance of the mean difference.

    Returns:
        The mean of a - b, half of its 95 % interval, and its two-sided p-value.
    """
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

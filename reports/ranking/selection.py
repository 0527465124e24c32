"""The rule that selects a model: the lowest loss, after what its noise takes off.

Every model's loss is compared with that of one fixed model on the images that both validated. One standard error of the
difference is added, and what early stopping makes the loss too low. The result is one number a model, so that the order
never depends on which two are looked at. The rule is applied to many weightings of the images at once, so that it can
be repeated on bootstrap samples; there an ensemble's weights are chosen anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from .cost_limits import TOLERANCE
from .ensembles.pool import Pool
from .out_of_fold import OutOfFold, image_losses

# How many standard errors are added to a difference, chosen on simulated searches that are not among those reported.
CAUTION = 2.0


@dataclass(frozen=True)
class Choice:
    """The rule's outcome for B weightings of the images.

    Attributes:
        cautious: float64 (T, B), the mean loss of a row minus that of the reference, plus its noise and its optimism.
        winner: int64 (B,), the row that is selected.
        weights: float64 (B, members), the weights of the fitted ensemble; None where there is none.
    """

    cautious: np.ndarray
    winner: np.ndarray
    weights: np.ndarray | None


@dataclass(frozen=True)
class Fitted:
    """The row whose predictions depend on the images: an ensemble of weighted members.

    Attributes:
        row: its row among the predictions.
        pool: the trials that it may be made of.
    """

    row: int
    pool: Pool


@dataclass(frozen=True)
class Rule:
    """What decides between T rows of predictions on N images.

    Attributes:
        found: the predictions.
        eligible: bool (T,), the rows that may win.
        cost: float (T,), what decides between rows whose losses are the same to the rule: the lowest is taken.
        reference: the row that the others are compared with.
        inflation: factor on the variance of a mean difference, see `Study.inflation`.
        optimism: float (T,), how much too low the losses of the rows are.
        fitted: the ensemble among the rows whose weights are fitted.
    """

    found: OutOfFold
    eligible: np.ndarray
    cost: np.ndarray
    reference: int
    inflation: float
    optimism: np.ndarray
    fitted: Fitted | None = None

    def choose(self, weights: np.ndarray) -> Choice:
        """Apply the rule under each weighting; `weights` float64 (B, N) say how often each image counts."""
        found = self.found
        behind, error, _ = differences(found.losses, self.reference, weights)
        members = None
        if self.fitted is not None:
            row, pool = self.fitted.row, self.fitted.pool
            places = found.places(pool.indices)
            members = pool.weights(weights[:, places] * found.weights[places])
            behind[row], error[row] = self._of_fitted(pool, members, weights, places)
        cautious = behind + CAUTION * np.sqrt(self.inflation) * error
        cautious += (self.optimism - self.optimism[self.reference])[:, None]
        allowed = np.where(self.eligible[:, None], cautious, np.inf)
        same = allowed <= allowed.min(axis=0) + TOLERANCE
        winner = np.where(same, self.cost[:, None], np.inf).argmin(axis=0)
        return Choice(cautious, winner, members)

    def correct(self, row: int, members: np.ndarray | None) -> np.ndarray:
        """Return which images a row predicts correctly, float64 (B, N) or (1, N), NaN where it predicts none.

        Args:
            row: the row.
            members: float64 (B, members), the weights of the fitted ensemble.
        """
        fitted = self.fitted
        if fitted is None or row != fitted.row or members is None:
            return self.found.correct[row][None]
        mean = fitted.pool.mean(members)
        correct = np.full((len(members), len(self.found.indices)), np.nan)
        correct[:, self.found.places(fitted.pool.indices)] = (
            mean.argmax(axis=2) == fitted.pool.labels
        )
        return correct

    def _of_fitted(
        self, pool: Pool, members: np.ndarray, weights: np.ndarray, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the ensemble's mean difference to the reference and its error under each weighting, (B,) each."""
        found = self.found
        losses = image_losses(pool.labels, pool.mean(members), found.criterion)
        difference = losses * found.weights[places] - found.losses[self.reference, places]
        there = ~np.isnan(difference)
        return _mean_and_error(
            np.where(there, difference, 0.0), there, weights[:, places], row_by_row=True
        )[:2]


def differences(
    losses: np.ndarray, leader: int, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare every row with one on the images that both validated.

    Args:
        losses: float64 (T, N), NaN where a row did not validate an image.
        leader: the row that the others are compared with.
        weights: float64 (B, N), how often each image counts.

    Returns:
        The mean of a row minus the leader, its standard error, and how many images count, float64 (T, B) each.
    """
    both = ~np.isnan(losses) & ~np.isnan(losses[leader])
    return _mean_and_error(np.where(both, losses - losses[leader], 0.0), both, weights)


def surely_worse(
    found: OutOfFold,
    leader: int,
    inflation: float,
    is_ahead: Callable[[int, int], bool] | None = None,
) -> np.ndarray:
    """Return which rows are surely worse than the leader, bool (T,).

    The leader has to be ahead in both loss and accuracy by more than Student's 97.5 % quantile of standard errors.

    Args:
        found: the predictions.
        leader: the row that the others are compared with.
        inflation: factor on the variance of a mean difference.
        is_ahead: whether a row is surely better than another in what takes the place of accuracy.
    """
    once = np.ones((1, len(found.indices)))
    behind, loss_error, count = differences(found.losses, leader, once)
    quantile = stdtrit(np.maximum(count - 1, 1), 0.975) * np.sqrt(inflation)
    apart = (behind > quantile * loss_error)[:, 0]
    if is_ahead is not None:
        return np.array([worse and is_ahead(leader, row) for row, worse in enumerate(apart)])
    fewer, correct_error, _ = differences(-found.correct, leader, once)
    return apart & (fewer > quantile * correct_error)[:, 0]


def may_still_win(found: OutOfFold, leader: int, inflation: float) -> np.ndarray:
    """Return which rows are behind the leader's loss by at most one standard error, bool (T,)."""
    behind, error, _ = differences(found.losses, leader, np.ones((1, len(found.indices))))
    return (behind <= np.sqrt(inflation) * error)[:, 0]


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
    half = error * float(stdtrit(size - 1, 0.975))
    return mean, half, float(2 * stdtr(size - 1, -abs(mean) / error))


def _mean_and_error(values, there, weights, *, row_by_row: bool = False):
    """Return the weighted mean of each row of values, its standard error, and the sum of the weights.

    Every row is weighted in each of the B ways, so that the results are (T, B). With `row_by_row` there are B
    rows, and each has a weighting of its own, so that they are (B,).
    """

    def total(rows: np.ndarray) -> np.ndarray:
        return (rows * weights).sum(axis=1) if row_by_row else rows @ weights.T

    count = np.maximum(total(there.astype(float)), 1e-9)
    mean = total(values) / count
    variance = np.maximum(total(np.square(values)) / count - np.square(mean), 0)
    return mean, np.sqrt(variance / np.maximum(count - 1, 1)), count

"""The log loss: one value for training, objective and ranking, also where probabilities are clipped."""

import numpy as np
import pytest

from transfertune.reports import OBJECTIVES, log_loss
from transfertune.reports.ranking.log_loss import log_losses

SMALLEST = np.finfo(np.float32).tiny


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("probability", [1.0, 0.5, 1e-7, 1e-20, 1e-37, 1e-45, 0.0])
def test_it_is_in_nats(probability, dtype):
    """The loss is minus the logarithm of the probability; only below the smallest float32 is it clipped."""
    rows = np.array([[probability, 1 - probability]] * 4, dtype)
    expected = -np.log(max(float(dtype(probability)), SMALLEST))
    assert log_loss(np.zeros(4, np.int64), rows) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("probability", [0.0, 1e-30, 1e-16, 0.3])
def test_objective_and_ranking_agree(probability):
    """The objective, the loss of a trial and the losses that are ranked are the same number."""
    rows = np.array([[probability, 1 - probability], [0.25, 0.75]])
    labels = np.array([0, 1])
    loss = log_loss(labels, rows)
    assert OBJECTIVES["log_loss"].score(labels, rows) == loss
    assert log_losses(labels, rows).mean() == loss


def test_it_is_scikit_learns_where_nothing_is_clipped():
    """Probabilities that are no closer to 0 than training makes them give the value everyone knows."""
    from sklearn.metrics import log_loss as reference

    rng = np.random.default_rng(0)
    rows, labels = rng.dirichlet(np.ones(5), 200), rng.integers(0, 5, 200)
    assert log_loss(labels, rows) == pytest.approx(
        reference(labels, rows, labels=range(5)), rel=1e-12
    )

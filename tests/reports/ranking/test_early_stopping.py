"""How much of a low loss is the luck of the epoch."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports import Fit, Trial
from transfertune.reports.ranking.early_stopping import early_stopping_optimism


def stopped(curves, *, best=None):
    """Return a trial of one fit for each curve of validation losses, and its history."""
    rows = [
        {"repeat": 0, "fold": fold, "epoch": epoch, "val_loss": loss}
        for fold, curve in enumerate(curves)
        for epoch, loss in enumerate(curve, 1)
    ]
    fits = tuple(
        Fit(
            1,
            fold,
            0,
            0.5,
            epochs=len(c),
            best_epoch=1 + int(np.argmin(c)) if best is None else best,
        )
        for fold, c in enumerate(curves)
    )
    return Trial(1, "completed", {}, 0.5, fits), rows


def test_folds_that_agree_were_not_lucky():
    """Where every fold has its best epoch at the same place, nothing is taken off."""
    assert early_stopping_optimism(*stopped([[0.9, 0.5, 0.7]] * 4)) == 0


def test_a_lucky_epoch_counts():
    """One of three folds has its best epoch elsewhere: a third of what it gained is luck."""
    curves = [[0.9, 0.5, 0.8], [0.9, 0.5, 0.8], [0.9, 0.7, 0.4]]
    assert early_stopping_optimism(*stopped(curves)) == pytest.approx((0.7 - 0.4) / 3)


def test_a_fold_that_stopped_earlier_stands_still():
    """Its last loss counts for the epochs that it did not run."""
    curves = [[0.4, 0.6], [0.9, 0.8, 0.5, 0.3], [0.9, 0.8, 0.5, 0.3]]
    assert early_stopping_optimism(*stopped(curves)) == pytest.approx((0.6 - 0.4) / 3, abs=0.01)


def test_pure_noise_is_all_luck():
    """Curves without any learning look better at their best epoch than at another fold's, by what their noise gives."""
    rng = np.random.default_rng(0)
    draws = [(0.7 + 0.1 * rng.standard_normal((10, 30))).tolist() for _ in range(50)]
    found = [early_stopping_optimism(*stopped(curves)) for curves in draws]
    assert np.mean(found) == pytest.approx(0.7 - np.min(draws, axis=2).mean(), abs=0.02)


@pytest.mark.parametrize("curves", [[], [[0.9, 0.5]], [[0.9, 0.5], [0.4, 0.6]]])
def test_too_few_folds_say_nothing(curves):
    """Two folds cannot tell luck from a difference between them, and a probe has no epochs."""
    assert early_stopping_optimism(*stopped(curves)) == 0


def test_where_training_began_is_no_luck():
    """A fit that kept its start has chosen no epoch."""
    curves = [[0.9, 0.5], [0.6, 0.8], [0.7, 0.9]]
    assert early_stopping_optimism(*stopped(curves, best=0)) == 0

"""The budget of a search, on a clock that the test sets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transfertune.tuner.scheduling.budget import Budget


@pytest.fixture
def clock():
    """A clock that stands at the time in its only element."""
    return [1000.0]


@pytest.fixture
def budget(clock):
    """One hundred seconds from 1000 on, five of them in reserve."""
    return Budget(1000.0, 100.0, now=lambda: clock[0])


def test_without_a_limit_everything_is_allowed():
    """There is no deadline, neither for trials nor for fits."""
    budget = Budget(1000.0, None)
    assert (budget.deadline, budget.deadline_of_fits(), budget.reserve) == (None, None, 0.0)
    assert budget.allows(1e9)
    assert budget.race_seconds == 0.0


def test_what_fits_before_the_reserve_is_allowed(budget, clock):
    """The last second before the reserve is not available."""
    assert (budget.deadline, budget.reserve, budget.deadline_of_fits()) == (1100.0, 5.0, 1095.0)
    assert budget.allows(94.0)
    assert not budget.allows(95.0)
    clock[0] = 1094.0
    assert budget.allows(0.0)
    clock[0] = 1095.0
    assert not budget.allows(0.0)


def test_a_short_budget_reserves_little():
    """The report gets a twentieth of it."""
    assert Budget(1000.0, 20.0).reserve == 1.0


def test_rounds_of_further_fits_keep_a_quarter(budget):
    """Of the whole budget, however much is left."""
    assert budget.race_seconds == 25.0


def test_retraining_is_reserved(budget, new_trial):
    """One and a half times the longest fit of each leader and the test images, and ten seconds for the file."""
    budget.reserve_retraining([], 10)
    assert budget.reserve == 5.0
    trial = new_trial(1, fits=2, milliseconds=100.0)
    fits = tuple(replace(fit, seconds=s) for fit, s in zip(trial.fits, (4.0, 9.0), strict=True))
    # Two heads share the pass of their backbone, a tail has its own.
    tail = {"backbone": "drawn_net", "classifier": "head", "unfreeze": 3}
    leaders = [
        replace(trial, fits=fits),
        new_trial(2, fits=1, milliseconds=200.0),
        new_trial(3, fits=1, milliseconds=100.0, recipe=tail),
    ]
    budget.reserve_retraining(leaders, test_images=10)
    assert budget.reserve == 10 + 1.5 * (9.0 + 2.0 + 1.0)
    assert budget.ending == pytest.approx(3 + 1.3 * 12.0)
    assert budget.deadline_of_fits() == 1072.0

"""Limits on what a model may cost."""

import pytest

from transfertune.reports import CostLimits, StudyError


def test_a_limit_is_kept_by_what_is_known_to_keep_it(new_trial):
    """A trial is allowed when every cost is known and within its limit; without limits all are."""
    trial = new_trial(1, milliseconds=4.0, megabytes=9.0, parameters={"total": 1000})
    assert CostLimits().allow(trial)
    assert not CostLimits()
    assert CostLimits(milliseconds=4, megabytes=9, parameters=1000).allow(trial)
    assert not CostLimits(milliseconds=3.9).allow(trial)
    assert not CostLimits(megabytes=8).allow(trial)
    assert not CostLimits(parameters=999).allow(trial)
    assert not CostLimits(milliseconds=100).allow(new_trial(2, milliseconds=None))


def test_a_refusal_names_the_trial_that_comes_closest(new_trial):
    """Closest is the trial whose largest excess over a limit is smallest; only what is limited is named."""
    trials = [
        new_trial(1, milliseconds=2.0, megabytes=90.0, parameters={"total": 10}),
        new_trial(2, milliseconds=4.0, megabytes=12.5, parameters={"total": 90}),
        new_trial(3, milliseconds=1.0, megabytes=None),
    ]
    limits = CostLimits(milliseconds=2, megabytes=10)
    assert limits.refusal(trials) == (
        "no trial is within the limits (at most 2 ms an image and 10 MB): raise them; "
        "trial 2 comes closest with 4 ms an image and 12.5 MB"
    )
    assert (
        CostLimits(parameters=5)
        .refusal(trials)
        .endswith("trial 1 comes closest with 10 parameters")
    )
    assert limits.refusal(trials[2:]).endswith("leave them out")


def test_limits_are_said_in_words():
    """Only the limits that are set are named."""
    assert str(CostLimits(milliseconds=5, parameters=20000)) == (
        "at most 5 ms an image and 20,000 parameters"
    )
    assert str(CostLimits()) == "no limit"


@pytest.mark.parametrize("value", [0, -1.5, float("nan")])
def test_a_limit_is_above_nothing(value):
    """A limit that nothing could keep is a mistake."""
    with pytest.raises(StudyError, match="must be above 0"):
        CostLimits(megabytes=value)

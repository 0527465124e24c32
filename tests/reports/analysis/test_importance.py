"""The importance of hyperparameters: found where there is any, and not claimed where there is none."""

import random

import pytest

from transfertune.reports.analysis.importance import MIN_TRIALS, encode, importances


def _trials(new_trial, count, score):
    """Trials whose score is a function of their recipe."""
    made = [new_trial(number) for number in range(1, count + 1)]
    return [new_trial(trial.number, score=score(trial)) for trial in made]


def test_what_moves_the_score_comes_first(new_trial):
    """Where the score follows one hyperparameter, that one is by far the most important, in any order of trials."""
    trials = _trials(new_trial, 60, lambda trial: 0.5 + 0.5 * trial.recipe["dropout"])
    found = importances(trials)
    assert found.items[0].name == "dropout"
    assert 0.6 < found.items[0].share < 1.3
    assert found.items[0].share > 10 * abs(found.items[1].share)
    assert found.explained > 0.9
    assert importances(trials[::-1]) == found
    assert "show no causes" in found.sentence


def test_luck_is_not_explained(new_trial):
    """Where scores are chance, no importance is shown, and that is said."""
    chance = random.Random(3)
    found = importances(_trials(new_trial, 60, lambda trial: chance.random()))
    assert found.items == ()
    assert "could not predict" in found.sentence


@pytest.mark.parametrize("count", [0, 1, MIN_TRIALS - 1])
def test_few_trials_say_nothing(new_trial, count):
    """Below the least number of trials nothing is estimated, and that is said."""
    found = importances(_trials(new_trial, count, lambda trial: trial.recipe["dropout"]))
    assert found.items == ()
    assert f"at least {MIN_TRIALS} scored trials" in found.sentence


def test_values_become_numbers():
    """Numbers stay as they are, other values get a place each, and absent ones stand below all."""
    assert list(encode([0.5, None, 0.1])) == [0.5, pytest.approx(-0.9), 0.1]
    assert len(set(encode(["all", 0, None, "all"]))) == 3
    assert encode([True, False, None])[2] == -1

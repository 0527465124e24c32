"""Who gets more fits: those that may still win, the fewest fits first, and never without end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transfertune.datasets import Policy
from transfertune.reports import Member, Trial
from transfertune.tuner.scheduling.race import next_round

FOLDS = Policy("cross-validation", 5, 4, first_fits=5, costly_fits=2, fits=20)
HOLD_OUTS = Policy("hold-outs", 5, 1, first_fits=1, costly_fits=1, fits=5)
TAIL = {"backbone": "drawn_net", "classifier": "head", "unfreeze": 3, "epochs": 1}


@pytest.fixture
def numbers():
    """Return the numbers of the trials of a round, sorted."""
    return lambda found: sorted(trial.number for trial, _ in found)


def with_recipe(study, number: int, recipe):
    """Return the study in which one trial has another recipe."""
    trials = [replace(t, recipe=recipe) if t.number == number else t for t in study.trials]
    return replace(study, trials=tuple(trials))


def test_a_clear_leader_ends_the_race(make_study, new_costs):
    """When every other trial is worse by the paired comparison, nobody is fitted again."""
    study = make_study([0.9, 0.4, 0.3])
    assert study.ranking.contenders == (study.trials[0],)
    assert next_round(study, new_costs(FOLDS), set()) == []


def test_those_that_may_win_get_another_round_of_folds(make_study, new_costs, numbers):
    """Those that are hardly behind are fitted on all folds once more; the others are not."""
    found = next_round(make_study([0.8, 0.8, 0.3]), new_costs(FOLDS), set())
    assert numbers(found) == [1, 2]
    assert {slots for _, slots in found} == {FOLDS.slots[5:10]}


def test_a_costly_recipe_gets_a_fold_at_a_time(make_study, new_costs):
    """It began with fewer folds, and catches up one by one before anybody is divided anew."""
    study = with_recipe(make_study([0.8, 0.8], fits=[5, 2]), 2, TAIL)
    assert [(t.number, s) for t, s in next_round(study, new_costs(FOLDS), set())] == [
        (2, FOLDS.slots[2:3])
    ]
    behind = with_recipe(make_study([0.8, 0.3], fits=[5, 2]), 2, TAIL)
    assert next_round(behind, new_costs(FOLDS), set()) == []


def test_a_round_needs_no_expected_score(make_study, new_costs):
    """The bootstrap of the expected score runs when the score is read, not when a race asks who contends."""
    study = make_study([0.8, 0.8, 0.3])
    next_round(study, new_costs(FOLDS), set())
    assert "expected" not in vars(study.ranking)
    assert study.ranking.expected is study.ranking.expected is not None


def test_hold_outs_come_one_by_one(make_study, new_costs):
    """Where every trial had one hold-out, contenders get a second one."""
    found = next_round(make_study([0.8, 0.8], policy=HOLD_OUTS), new_costs(HOLD_OUTS), set())
    assert {slots for _, slots in found} == {HOLD_OUTS.slots[1:2]}


def test_only_those_behind_are_fitted(make_study, new_costs):
    """A contender that has its fits already waits for the others."""
    ((trial, slots),) = next_round(make_study([0.8, 0.8], fits=[10, 5]), new_costs(FOLDS), set())
    assert (trial.number, slots) == (2, FOLDS.slots[5:10])


def test_a_round_has_six_at_most(make_study, new_costs):
    """However many cannot be told apart."""
    study = make_study([0.8] * 40 + [0.3] * 10)
    assert len(study.ranking.contenders) > 6
    assert len(next_round(study, new_costs(FOLDS), set())) == 6


def test_a_costly_leader_is_not_crowded_out(make_study, new_costs):
    """Many contenders that have all their fits do not keep a better one from its next fold."""
    policy = Policy("cross-validation", 5, 1, first_fits=5, costly_fits=2, fits=5)
    study = with_recipe(make_study([0.8] * 12 + [0.9], fits=[5] * 12 + [2]), 13, TAIL)
    assert [(t.number, s) for t, s in next_round(study, new_costs(policy), set())] == [
        (13, policy.slots[2:3])
    ]


def with_epochs(study, epochs: int):
    """Return the study in which each fit ran so many epochs."""
    trials = [
        replace(t, fits=tuple(replace(f, epochs=epochs) for f in t.fits)) for t in study.trials
    ]
    return replace(study, trials=tuple(trials))


@pytest.mark.parametrize(("fits", "goes_on"), [([2, 2, 1], True), ([4, 4, 3], False)])
def test_it_ends_when_it_has_cost_as_much_as_the_search(make_study, new_costs, fits, goes_on):
    """What counts is arithmetic: the first fits and the features against the fits after them."""
    policy = Policy("cross-validation", 5, 1, first_fits=5, costly_fits=1, fits=5)
    costs = new_costs(policy, images=10**6)
    study = make_study([0.8, 0.8, 0.8], fits=fits)
    for number in (1, 2, 3):
        study = with_recipe(study, number, TAIL)
    study = with_epochs(study, 1)
    slow = [replace(t, fits=tuple(replace(f, seconds=900.0) for f in t.fits)) for t in study.trials]
    for trials in (study.trials, tuple(slow)):
        found = next_round(replace(study, trials=trials), costs, set())
        assert bool(found) == goes_on


@pytest.mark.parametrize(("dear", "found"), [(0, [1, 2]), (1, [])])
def test_who_is_worse_and_dearer_gets_nothing(make_study, new_costs, numbers, dear, found):
    """A tail behind a head is not fitted again, and the head is alone then; a tail that leads competes with it."""
    study = make_study([0.8, 0.8])
    order = [trial.number for trial in study.ranking.contenders]
    study = with_epochs(with_recipe(study, order[dear], TAIL), 1)
    assert numbers(next_round(study, new_costs(FOLDS), set())) == found


def test_an_ensemble_has_no_say(make_study, new_costs, numbers):
    """What is fitted again is the same before and after the ensembles were made."""
    study = make_study([0.8, 0.8, 0.3])
    mean = Trial(4, "completed", {}, 0.9, members=(Member(1, 0.5), Member(2, 0.5)))
    again = replace(study, trials=(*study.trials, mean))
    assert numbers(next_round(again, new_costs(FOLDS), set())) == [1, 2]


def test_it_ends_with_the_last_fit(make_study, new_costs):
    """No contender gets more than the policy gives."""
    assert next_round(make_study([0.8, 0.8], fits=[20, 20]), new_costs(FOLDS), set()) == []


def test_who_failed_again_is_left_out(make_study, new_costs, numbers):
    """A trial whose further fits failed is not asked a third time; alone, a leader needs no race."""
    study = make_study([0.8, 0.8, 0.8])
    whole = numbers(next_round(study, new_costs(FOLDS), set()))
    assert len(whole) > 1
    assert numbers(next_round(study, new_costs(FOLDS), set(whole[1:]))) == []

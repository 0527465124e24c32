"""Who gets more fits: those that cannot be told from the leader, fewer each round, and never without end."""

from __future__ import annotations

from dataclasses import replace

from transfertune.datasets import Policy
from transfertune.tuner.scheduling.race import next_round

FOLDS = Policy("cross-validation", 5, 4, first_fits=5, fits=20)
HOLD_OUTS = Policy("hold-outs", 5, 1, first_fits=1, fits=5)


def test_a_clear_leader_ends_the_race(make_study):
    """When every other trial is worse by the paired comparison, nobody is fitted again."""
    study = make_study([0.9, 0.4, 0.3])
    assert study.ranking.tied == (study.trials[0],)
    assert next_round(study, FOLDS, set()) == ([], ())


def test_the_tied_get_another_round_of_folds(make_study):
    """Those that cannot be told apart are fitted on all folds once more; the others are not."""
    study = make_study([0.8, 0.8, 0.3])
    contenders, slots = next_round(study, FOLDS, set())
    assert sorted(trial.number for trial in contenders) == [1, 2]
    assert slots == FOLDS.slots[:10]


def test_a_round_needs_no_expected_score(make_study):
    """The bootstrap of the expected score runs when the score is read, not when a race asks who is tied."""
    study = make_study([0.8, 0.8, 0.3])
    next_round(study, FOLDS, set())
    assert "expected" not in vars(study.ranking)
    assert study.ranking.expected is study.ranking.expected is not None


def test_hold_outs_come_one_by_one(make_study):
    """Where every trial had one hold-out, contenders get a second one."""
    study = make_study([0.8, 0.8], policy=HOLD_OUTS)
    assert next_round(study, HOLD_OUTS, set())[1] == HOLD_OUTS.slots[:2]


def test_only_those_behind_are_fitted(make_study):
    """A contender that has its fits already waits for the others."""
    study = make_study([0.8, 0.8], fits=[10, 5])
    contenders, slots = next_round(study, FOLDS, set())
    assert [trial.number for trial in contenders] == [2]
    assert len(slots) == 10


def test_rounds_shrink(make_study):
    """Eight contenders at first, then six, then four."""
    for fits, most in ((5, 8), (10, 6), (15, 4)):
        study = make_study([0.8] * 10 + [0.3] * 10, fits=[fits] * 10 + [5] * 10)
        assert len(next_round(study, FOLDS, set())[0]) == most


def test_the_best_baseline_races_along(make_study):
    """Tied with the leader, it is fitted again even when others stand before it."""
    roles = ["search"] * 9 + ["baseline"]
    study = make_study([0.8] * 9 + [0.795], roles=roles)
    assert study.ranking.baseline in study.ranking.tied
    assert 10 in [trial.number for trial in next_round(study, FOLDS, set())[0]]


def test_it_ends_with_the_last_fit(make_study):
    """No contender gets more than the policy gives."""
    assert next_round(make_study([0.8, 0.8], fits=[20, 20]), FOLDS, set()) == ([], ())


def test_it_takes_no_more_fits_than_the_search(make_study):
    """Once there are more further fits than first ones of all trials, it ends; how long they took changes nothing."""
    study = make_study([0.8, 0.8], fits=[10, 10])
    slow = [replace(t, fits=tuple(replace(f, seconds=900.0) for f in t.fits)) for t in study.trials]
    for trials in (study.trials, tuple(slow)):
        assert next_round(replace(study, trials=trials), FOLDS, set())[0]
    assert next_round(make_study([0.8, 0.8], fits=[15, 15]), FOLDS, set()) == ([], ())


def test_who_failed_again_is_left_out(make_study):
    """A trial whose further fits failed is not asked a third time; alone, a leader needs no race."""
    study = make_study([0.8, 0.8, 0.8])
    contenders, _ = next_round(study, FOLDS, {2})
    assert sorted(trial.number for trial in contenders) == [1, 3]
    assert next_round(study, FOLDS, {1, 2}) == ([], ())

"""The leaderboard: who is ranked, how, and what stands beside a score."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.reports import Fit, Study, Trial, leaderboard

HEADER = {"objective": {"name": "accuracy", "direction": "max"}, "split": {"validation": 60}}
LOSS = {"objective": {"name": "log_loss", "direction": "min"}, "split": {"validation": 60}}


def _study(trials, tmp_path=None, header=HEADER):
    return Study(folder=tmp_path, header=header, trials=tuple(trials))


@st.composite
def many_trials(draw):
    """Trials with many equal scores and sizes, some failed, some not a number."""
    count = draw(st.integers(0, 12))
    scores = st.sampled_from([0.5, 0.75, 0.8, math.nan, None])
    sizes = st.sampled_from([{}, {"total": 10, "trainable": 2}, {"total": 20, "trainable": 2}])
    return [
        Trial(
            number,
            draw(st.sampled_from(["completed", "failed"])),
            {"dropout": draw(st.sampled_from([0.1, 0.2]))},
            draw(scores),
            parameters=draw(sizes),
        )
        for number in range(1, count + 1)
    ]


@settings(max_examples=60, deadline=None)
@given(many_trials(), st.randoms(use_true_random=False), st.sampled_from([HEADER, LOSS]))
def test_order_of_input_does_not_matter(trials, shuffler, header):
    """Trials in any order give the same ranks, each trial once, scores never getting better downwards."""
    shuffled = list(trials)
    shuffler.shuffle(shuffled)
    rows = leaderboard(_study(trials, header=header))
    other = leaderboard(_study(shuffled, header=header))
    ranked = [row for row in rows if row.rank]
    assert rows == other
    assert sorted(row.trial for row in rows) == [trial.number for trial in trials]
    assert [row.rank for row in ranked] == list(range(1, len(ranked) + 1))
    sign = 1 if header is HEADER else -1
    scores = [sign * row.score for row in ranked]
    assert scores == sorted(scores, reverse=True)


def test_failed_trials_are_apart_with_their_cause(new_trial):
    """Failed trials are never ranked, even with a score; they come last, each with its cause."""
    trials = [
        new_trial(1, cause="out of memory"),
        new_trial(2, score=0.4),
        Trial(3, "failed", {}, score=0.99, cause="crashed"),
        new_trial(4, score=math.nan),
    ]
    rows = leaderboard(_study(trials))
    assert [(row.rank, row.trial) for row in rows] == [(1, 2), (None, 1), (None, 3), (None, 4)]
    assert [row.cause for row in rows[1:]] == [
        "out of memory",
        "crashed",
        "its score is not a number",
    ]
    assert all(row.score is None and row.interval is None for row in rows[1:])


def test_intervals_stand_beside_accuracy_only(new_trial):
    """Accuracy has Wilson's interval over the validation pictures; other objectives have none."""
    trials = [new_trial(1, score=0.8)]
    low, high = leaderboard(_study(trials))[0].interval
    assert (low, high) == (pytest.approx(0.6822, abs=1e-4), pytest.approx(0.8817, abs=1e-4))
    assert leaderboard(_study(trials, header=LOSS))[0].interval is None
    unknown = {**HEADER, "split": {}}
    assert leaderboard(_study(trials, header=unknown))[0].interval is None


def test_several_fits_show_their_spread_and_cost():
    """The number of fits, their spread and all of their epochs stand beside the mean."""
    fits = tuple(
        Fit(seed, 0, seed, score, {}, 10, 8, 2.0) for seed, score in enumerate((0.7, 0.8, 0.9))
    )
    trial = Trial(1, "completed", {"dropout": 0.25}, 0.8, fits, 6.5)
    row = leaderboard(_study([trial]))[0]
    assert (row.fits, row.epochs, row.seconds) == (3, 30, 6.5)
    assert row.spread == pytest.approx(0.1)


def test_recipe_tells_what_differs(new_trial):
    """The words of a recipe are the values that tell the trials apart; a lone trial shows the usual ones."""
    trials = [
        new_trial(1, recipe={"backbone": "resnet50", "pooling": "gap", "dropout": 0.2}),
        new_trial(2, recipe={"backbone": "resnet50", "pooling": "gap", "dropout": 0.3, "views": 4}),
    ]
    words = {row.trial: row.recipe for row in leaderboard(_study(trials))}
    assert words == {1: "dropout 0.2", 2: "dropout 0.3"}
    assert leaderboard(_study(trials[:1]))[0].recipe == "resnet50, gap"

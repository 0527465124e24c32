"""The luck of being chosen: what is expected of the best of many that are all the same."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports.ranking.intervals import WIDENING, widened_wilson, wilson
from transfertune.reports.ranking.objectives import OBJECTIVES
from transfertune.reports.ranking.out_of_fold import OutOfFold
from transfertune.reports.ranking.selection import Rule
from transfertune.reports.ranking.selection_bias import expected_score
from transfertune.reports.ranking.uncertainty.scored_rows import ScoredRows


def expect(correct, losses=None, *, objective="accuracy"):
    """Estimate the score of the row with the lowest loss; a loss is by default what a hit is not."""
    losses = 1.0 - correct if losses is None else losses
    images, rows = np.arange(correct.shape[1]), len(correct)
    labels, numbers = images % 2, tuple(range(rows))
    found = OutOfFold(numbers, images, labels, losses, correct, np.ones(len(images)), "error")
    # Without inflation no noise is added, so that the luckiest row is chosen.
    rule = Rule(found, np.ones(rows, bool), np.arange(rows, dtype=float), 0, 0.0, np.zeros(rows))

    def read(row):
        named = np.where(correct[row].astype(bool), labels, 1 - labels)
        once = np.zeros(len(images), int)
        return {
            "indices": images,
            "labels": labels,
            "probabilities": np.eye(2)[named],
            "repeats": once,
        }

    winner = int(rule.choose(np.ones((1, len(images)))).winner[0])
    return expected_score(rule, winner, ScoredRows(OBJECTIVES[objective], found, read, 1.0))


@pytest.mark.parametrize("objective", ["accuracy", "balanced_accuracy", "macro_f1", "auc"])
def test_the_best_of_many_guesses_is_a_guess(objective):
    """Thirty coins: the luckiest shows far more than a half, and a half is expected of it, on average over draws."""
    draws = [
        expect(
            (np.random.default_rng(seed).random((30, 60)) < 0.5).astype(float), objective=objective
        )
        for seed in range(12)
    ]
    assert np.mean([found.raw for found in draws]) > 0.6
    assert np.mean([found.score for found in draws]) == pytest.approx(0.5, abs=0.03)
    assert all(found.interval[0] < 0.5 < found.interval[1] for found in draws)


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_without_a_choice_nothing_is_taken_off(objective):
    """A single recipe's score is its own."""
    correct = (np.random.default_rng(3).random((1, 400)) < 0.7).astype(float)
    found = expect(correct, objective=objective)
    assert found.score == pytest.approx(found.raw, abs=0.01)
    assert found.interval[0] < found.score < found.interval[1]


def test_the_same_predictions_give_the_same_score():
    """The samples come from a seed: the same predictions give the same score to the bit."""
    correct = (np.random.default_rng(4).random((10, 100)) < 0.6).astype(float)
    assert expect(correct).score == expect(correct).score


@pytest.mark.parametrize(("share", "images"), [(0.0, 20), (0.5, 40), (0.93, 200), (1.0, 8)])
def test_the_interval_is_wilsons_made_longer(share, images):
    """Both arms are longer by the same factor, cut at 0 and 1, and hold the share."""
    (low, high), (wide_low, wide_high) = wilson(share, images), widened_wilson(share, images)
    assert 0 <= wide_low <= low <= share <= high <= wide_high <= 1
    assert share - wide_low == pytest.approx(min(share, WIDENING * (share - low)))

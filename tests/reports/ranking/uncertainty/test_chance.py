"""What beats chance: better than the most frequent class, and by more than luck explains."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports import OBJECTIVES
from transfertune.reports.ranking.uncertainty.chance import beat_chance, constant_score
from transfertune.reports.ranking.uncertainty.score_noise import Predicted

LABELS = np.repeat([0, 1], [90, 10])


def model(named: np.ndarray, sure: float = 0.9) -> Predicted:
    """Return the predictions of a model that names these classes."""
    images, classes = len(named), 2
    probabilities = np.where(np.eye(classes, dtype=bool)[named], sure, 1 - sure)
    return Predicted(np.arange(images), LABELS, probabilities, np.zeros(images, int))


@pytest.mark.parametrize(
    ("objective", "score"),
    [("accuracy", 0.9), ("balanced_accuracy", 0.5), ("macro_f1", 0.9 / 1.9), ("auc", 0.5)],
)
def test_the_constant_by_hand(objective, score):
    """On 90 to 10 images."""
    assert constant_score(OBJECTIVES[objective], LABELS, 2) == pytest.approx(score)


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_a_constant_does_not_beat_chance_and_a_good_model_does(objective):
    """Whatever is scored, also beside each other."""
    good = np.where(np.arange(100) % 20 == 0, 1 - LABELS, LABELS)
    models = [model(np.zeros(100, int)), model(good)]
    assert beat_chance(OBJECTIVES[objective], LABELS, models).tolist() == [False, True]


def test_guesses_in_the_shares_of_the_classes_do_not_beat_chance():
    """Their macro F1 is above the constant's, but so is that of any such guess."""
    found = []
    for seed in range(20):
        guesses = np.random.default_rng(seed).permutation(LABELS)
        found += beat_chance(OBJECTIVES["macro_f1"], LABELS, [model(guesses)], seed=seed).tolist()
    assert sum(found) <= 5  # more than 5 of 20 by chance: 3 in 10,000


def test_the_luckiest_of_many_is_held_against_the_luck_of_many():
    """Of six guesses one is often better than most permutations, and seldom better than the luckiest of six."""
    found = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        models = [model((rng.random(100) < 0.3).astype(int)) for _ in range(6)]
        found += bool(beat_chance(OBJECTIVES["balanced_accuracy"], LABELS, models).any())
    assert found <= 2  # more than 2 of 6 by chance: 2 in 1,000


def test_better_than_luck_is_not_enough_under_accuracy():
    """Who finds four of ten at the price of ten false alarms knows something, and is worse than the constant."""
    named = np.zeros(100, int)
    named[:10], named[90:94] = 1, 1
    for objective, beats in (("accuracy", False), ("balanced_accuracy", True)):
        assert beat_chance(OBJECTIVES[objective], LABELS, [model(named)]).tolist() == [beats]

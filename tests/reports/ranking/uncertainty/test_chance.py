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
    for seed in range(100):
        guesses = np.random.default_rng(seed).permutation(LABELS)
        found += beat_chance(OBJECTIVES["macro_f1"], LABELS, [model(guesses)], seed=seed).tolist()
    assert sum(found) <= 13  # more than 13 of 100 by chance: 5 in 10,000


def test_the_luckiest_of_many_is_held_against_the_luck_of_many():
    """Of four guesses one is often better than most permutations, and seldom better than the luckiest of four."""
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        models = [model((rng.random(100) < 0.3).astype(int)) for _ in range(4)]
        found += bool(beat_chance(OBJECTIVES["balanced_accuracy"], LABELS, models).any())
    assert found <= 7  # more than 7 of 40 by chance: 7 in 10,000


def hold_outs(labels: np.ndarray, positive: np.ndarray, rng: np.random.Generator) -> Predicted:
    """Return predictions in five hold-outs of nine images of class 0 and one of class 1."""
    zeros, ones = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    places = np.concatenate(
        [[*rng.choice(zeros, 9, replace=False), rng.choice(ones)] for _ in range(5)]
    )
    probabilities = np.stack([1 - positive, positive], axis=1)
    return Predicted(places, labels[places], probabilities[places], np.repeat(np.arange(5), 10))


def test_a_hold_out_that_permuted_labels_leave_without_a_class_says_nothing():
    """An AUC needs both classes, which most permutations of four rare images deny to some of five hold-outs."""
    labels, found = np.repeat([0, 1], [36, 4]), 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        model = hold_outs(labels, rng.random(40), rng)
        found += bool(beat_chance(OBJECTIVES["auc"], labels, [model], seed=seed).any())
    assert found <= 7  # more than 7 of 40 by chance: 7 in 10,000
    good = hold_outs(labels, 0.1 + 0.8 * labels, rng)
    guess = hold_outs(labels, rng.random(40), rng)
    assert beat_chance(OBJECTIVES["auc"], labels, [good, guess]).tolist() == [True, False]


def test_a_model_of_none_of_the_permuted_images_does_not_beat_chance():
    """Two of 5,000 images are hardly among the thousand that are permuted; the others are judged as ever."""
    labels = np.arange(5000) % 2
    right = np.eye(2)[labels]
    few = Predicted(np.arange(2), labels[:2], right[:2], np.zeros(2, int))
    every = Predicted(np.arange(5000), labels, right, np.zeros(5000, int))
    for objective in ("accuracy", "auc"):
        assert beat_chance(OBJECTIVES[objective], labels, [few, every]).tolist() == [False, True]


def test_a_diverged_repeat_counts_against_its_model():
    """However good its other repeat is."""
    good = model(LABELS)
    probabilities = np.concatenate([good.probabilities, np.full((100, 2), np.nan)])
    twice = Predicted(
        np.tile(good.places, 2), np.tile(LABELS, 2), probabilities, np.repeat([0, 1], 100)
    )
    assert not beat_chance(OBJECTIVES["balanced_accuracy"], LABELS, [twice]).any()


def test_better_than_luck_is_not_enough_under_accuracy():
    """Who finds four of ten at the price of ten false alarms knows something, and is worse than the constant."""
    named = np.zeros(100, int)
    named[:10], named[90:94] = 1, 1
    for objective, beats in (("accuracy", False), ("balanced_accuracy", True)):
        assert beat_chance(OBJECTIVES[objective], LABELS, [model(named)]).tolist() == [beats]

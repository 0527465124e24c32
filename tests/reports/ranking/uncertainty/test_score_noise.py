"""Intervals of scores that are no shares of images: as Wilson's where they are, and how often they hold the truth."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest

from transfertune.reports import OBJECTIVES
from transfertune.reports.ranking.intervals import wilson
from transfertune.reports.ranking.out_of_fold import OutOfFold
from transfertune.reports.ranking.uncertainty.score_noise import Predicted, ScoreNoise
from transfertune.reports.ranking.uncertainty.scored_rows import ScoredRows

SHARES = ["auc", "balanced_accuracy", "macro_f1"]


def draw(rng, images: int, rare: float, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels of two classes, three or more images of each, and what the best classifier says of them."""
    labels = np.zeros(images, int)
    while min(labels.sum(), images - labels.sum()) < 3:
        labels = (rng.random(images) < rare).astype(int)
    odds = apart * (rng.standard_normal(images) + apart * labels - apart / 2)
    chance = 1 / (1 + np.exp(-odds - np.log(rare / (1 - rare))))
    return labels, np.stack([1 - chance, chance], axis=1)


def predicted(labels, probabilities) -> Predicted:
    """Return predictions of one repeat."""
    images = len(labels)
    return Predicted(np.arange(images), labels, probabilities, np.zeros(images, int))


def interval(objective: str, labels, probabilities, seed: int = 0) -> tuple[float, float]:
    """Return the interval for a fixed classifier, as that of a test score."""
    noise = ScoreNoise(OBJECTIVES[objective], len(labels), seed=seed)
    effective = noise.effective_images(predicted(labels, probabilities))
    return wilson(OBJECTIVES[objective].score(labels, probabilities), effective)


@pytest.mark.parametrize("objective", SHARES)
@pytest.mark.parametrize(("rare", "images"), [(0.5, 60), (0.1, 200)])
def test_the_truth_is_held_about_as_often_as_is_said(objective, rare, images):
    """Over 300 draws; a coverage of 0.95 stays above 0.89 and below 0.995 but for less than once in 10,000."""
    rng = np.random.default_rng(1)
    truth = OBJECTIVES[objective].score(*draw(rng, 200_000, rare, 1.5))
    held = []
    for seed in range(300):
        low, high = interval(objective, *draw(rng, images, rare, 1.5), seed)
        held.append(low <= truth <= high)
    assert 0.89 <= np.mean(held) <= 0.995


def test_an_accuracy_has_as_many_effective_images_as_images():
    """So that every objective's interval means what an accuracy's does."""
    rng = np.random.default_rng(0)
    for objective, rare in (("accuracy", 0.2), ("accuracy", 0.5), ("balanced_accuracy", 0.5)):
        noise = ScoreNoise(OBJECTIVES[objective], 300)
        found = noise.effective_images(predicted(*draw(rng, 300, rare, 1.0)))
        assert found == pytest.approx(300, rel=0.15)


@pytest.mark.parametrize("objective", SHARES)
def test_no_mistake_is_not_certain(objective):
    """With eight images of one class all predicted rightly, a tenth less is still possible, and never more than 1."""
    labels = np.repeat([0, 1], [72, 8])
    low, high = interval(objective, labels, np.eye(2)[labels])
    assert 0.6 < low < 0.92
    assert high == 1.0


def test_repeats_are_no_further_images():
    """The same predictions in two repeats are as uncertain as in one."""
    labels, probabilities = draw(np.random.default_rng(3), 100, 0.3, 1.0)
    once = predicted(labels, probabilities)
    twice = Predicted(
        np.tile(once.places, 2),
        np.tile(labels, 2),
        np.tile(probabilities, (2, 1)),
        np.repeat([0, 1], 100),
    )
    noise = ScoreNoise(OBJECTIVES["macro_f1"], 100)
    assert noise.effective_images(twice) == pytest.approx(noise.effective_images(once))


def rows(objective: str, labels, *probabilities, inflation: float = 1.0) -> ScoredRows:
    """Return the rows of some classifiers."""
    images = np.arange(len(labels))
    correct = np.array([(p.argmax(axis=1) == labels).astype(float) for p in probabilities])
    ones = np.ones(len(labels))
    found = OutOfFold(
        tuple(range(len(correct))), images, labels, 1 - correct, correct, ones, "error"
    )

    def read(number: int) -> dict[str, np.ndarray]:
        return {
            "indices": images,
            "labels": labels,
            "probabilities": probabilities[number],
            "repeats": np.zeros(len(labels), int),
        }

    return ScoredRows(OBJECTIVES[objective], found, read, inflation)


def test_the_bootstrap_gives_the_paired_test_of_an_accuracy():
    """The mean is the same, and the interval about as long as Student's."""
    rng = np.random.default_rng(4)
    labels, first = draw(rng, 200, 0.5, 1.5)
    second = np.where(rng.random((200, 1)) < 0.3, first[:, ::-1], first)
    mean, (low, high), _ = rows("accuracy", labels, first, second).difference(0, 1)
    noise = ScoreNoise(OBJECTIVES["accuracy"], 200)
    found = noise.difference(predicted(labels, first), predicted(labels, second))
    assert (found[0], found[-1]) == (pytest.approx(mean), 200)
    assert found[1] + found[2] == pytest.approx(high - low, rel=0.15)


@pytest.mark.parametrize("objective", SHARES)
def test_a_true_difference_is_held_about_as_often_as_is_said(objective):
    """Over 200 draws of two models that share half of their mistakes; 0.95 stays above 0.88 but for 1 in 10,000."""

    def both(rng, images):
        labels, good = draw(rng, images, 0.2, 1.5)
        blurred = 1 / (1 + np.exp(-(np.log(good[:, 1] / good[:, 0]) + rng.normal(0, 1.5, images))))
        return labels, good, np.stack([1 - blurred, blurred], axis=1)

    rng = np.random.default_rng(2)
    labels, good, worse = both(rng, 200_000)
    score = OBJECTIVES[objective].score
    truth, held = score(labels, good) - score(labels, worse), []
    for _ in range(200):
        _, (low, high), _ = rows(objective, *both(rng, 120)).difference(0, 1)
        held.append(low <= truth <= high)
    assert np.mean(held) >= 0.88


def test_four_images_leave_a_wide_interval():
    """One model finds all four of a class and the other none, in every sample; still the difference is not certain."""
    labels = np.repeat([0, 1], [40, 4])
    perfect, constant = np.eye(2)[labels], np.eye(2)[0 * labels]
    mean, (low, high), _ = rows("balanced_accuracy", labels, perfect, constant).difference(0, 1)
    assert mean == 0.5
    assert low < 0.3
    assert high > 0.55


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
def test_a_clear_difference_is_sure_and_none_is_not(objective):
    """In every objective; overlapping training sets make it less sure, and the same predictions differ by nothing."""
    rng = np.random.default_rng(5)
    labels, good = draw(rng, 200, 0.3, 2.5)
    bad = np.where(rng.random((200, 1)) < 0.5, good[:, ::-1], good)
    both = rows(objective, labels, good, bad)
    assert both.is_ahead(0, 1)
    assert not both.is_ahead(1, 0)
    assert both.difference(0, 1)[2] < 0.001
    assert not rows(objective, labels, good, bad, inflation=400.0).is_ahead(0, 1)
    same = rows(objective, labels, good, good)
    assert same.difference(0, 1) == (0.0, (0.0, 0.0), 1.0)
    assert not same.is_ahead(0, 1)


@pytest.mark.parametrize("objective", SHARES)
def test_partly_overlapping_predictions_are_compared_where_they_overlap(objective):
    """What either says of other images changes nothing, and no copy of the common images is kept."""
    labels, good = draw(np.random.default_rng(6), 60, 0.4, 2.0)
    other = np.where(np.arange(60)[:, None] % 4 == 0, good[:, ::-1], good)
    first, second = predicted(labels, good), predicted(labels, other)
    early, late = first.among(np.arange(50)), second.among(np.arange(10, 60))
    common = np.arange(10, 50)
    noise = ScoreNoise(OBJECTIVES[objective], 60)
    expected = noise.difference(first.among(common), second.among(common))
    gc.collect()
    before = sum(isinstance(one, Predicted) for one in gc.get_objects())
    assert noise.difference(early, late) == expected
    gc.collect()
    assert sum(isinstance(one, Predicted) for one in gc.get_objects()) == before
    assert expected[0] > 0
    assert expected[-1] == 40


def test_effective_images_are_found_once():
    """Each comparison asks for those of the leader."""
    asked = []

    def scores(*arguments):
        asked.append(arguments)
        return OBJECTIVES["auc"].scores(*arguments)

    row = predicted(*draw(np.random.default_rng(7), 40, 0.4, 1.0))
    noise = ScoreNoise(replace(OBJECTIVES["auc"], scores=scores), 40)
    found, times = noise.effective_images(row), len(asked)
    assert times > 0
    assert noise.effective_images(row) == found
    assert len(asked) == times

"""Disputed labels: flipped ones come first, and clean data has few."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports.analysis.label_disputes import label_disputes


def simulated(seed: int, images: int, classes: int, flips: int, skill: float = 3.0):
    """Return given labels, true labels and probabilities of a classifier that knows the truth by ``skill`` logits."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, images)
    logits = rng.normal(size=(images, classes))
    logits[np.arange(images), true] += skill
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given = true.copy()
    flipped = rng.choice(images, flips, replace=False)
    given[flipped] = (true[flipped] + rng.integers(1, classes, flips)) % classes
    return given, true, flipped, probabilities


def test_flipped_labels_are_found_and_hardly_any_other():
    """Of 5 % flipped labels two thirds are disputed, nearly nothing else, with the true class suggested."""
    given, true, flipped, probabilities = simulated(0, 1000, 10, 50, skill=5.0)
    found = label_disputes(given, probabilities)
    hits = [dispute for dispute in found if dispute.row in set(flipped.tolist())]
    assert len(hits) >= 33
    assert len(found) - len(hits) <= 3
    assert all(dispute.suggested == true[dispute.row] for dispute in hits)


def test_certain_predictions_dispute_nothing_of_their_own():
    """Where every given label is the likeliest class, nothing is disputed."""
    probabilities = np.full((6, 3), 0.1)
    labels = np.array([0, 1, 2, 0, 1, 2])
    probabilities[np.arange(6), labels] = 0.8
    assert label_disputes(labels, probabilities) == ()


def test_a_usual_confusion_is_no_dispute():
    """A label with a fair share of the probability stays, however sure of another the model is."""
    labels = np.array([0, 0, 0, 0])
    probabilities = np.array(
        [[0.09, 0.9, 0.01], [0.11, 0.8, 0.09], [0.001, 0.5, 0.499], [0.0, 0.0, 1.0]]
    )
    found = label_disputes(labels, probabilities)
    assert [(one.row, one.suggested) for one in found] == [(3, 2), (2, 1), (0, 1)]
    assert (found[1].belief, found[1].confidence) == (0.001, 0.5)
    assert len(label_disputes(labels[:1], np.array([[0.16, 0.84]]))) == 0


def test_nothing_disputes_nothing():
    """No predictions give no disputes; shapes that do not fit are an error."""
    assert label_disputes(np.empty(0, int), np.empty((0, 3))) == ()
    with pytest.raises(ValueError, match="must be"):
        label_disputes(np.arange(3), np.ones((2, 3)))

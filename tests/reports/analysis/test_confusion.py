"""Confusions and class scores."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from transfertune.reports.analysis.confusion import confusion


def test_class_scores_are_those_of_scikit_learn():
    """Precision, recall and F1 of every class with images are scikit-learn's, best F1 first."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 80)
    probabilities = rng.random((80, 5)) + 0.8 * np.eye(5)[labels]
    classes = confusion(labels, probabilities).classes()
    named = probabilities.argmax(axis=1)
    expected = precision_recall_fscore_support(labels, named, labels=range(4), zero_division=0)
    assert [one.f1 for one in classes] == sorted((one.f1 for one in classes), reverse=True)
    for one in classes:
        precision, recall, f1, images = (column[one.label] for column in expected)
        assert (one.recall, one.f1) == (pytest.approx(recall), pytest.approx(f1))
        assert (one.precision or 0) == pytest.approx(precision)
        assert one.images == images


def test_a_class_that_is_never_named_has_no_precision():
    """A share of nothing is None, not 0."""
    (one,) = confusion(np.zeros(3, int), np.tile([0.1, 0.9], (3, 1))).classes()
    assert (one.precision, one.recall, one.f1) == (None, 0, 0)


def test_pairs_are_ordered_by_their_mistakes():
    """The most frequent mistake comes first; right namings are none."""
    labels = np.array([0, 0, 0, 1, 1, 2])
    named = np.array([0, 1, 1, 2, 1, 2])
    assert confusion(labels, np.eye(3)[named]).confused_pairs(5) == [(0, 1, 2), (1, 2, 1)]

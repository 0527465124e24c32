"""Objectives: values by hand, directions, and predictions that cannot be scored."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transfertune.reports import OBJECTIVES, StudyError, criterion_of

LABELS = np.array([0, 0, 0, 1])
PROBABILITIES = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 0.75),
        ("auc", 1.0),
        ("balanced_accuracy", (2 / 3 + 1) / 2),
        ("log_loss", -np.log([0.9, 0.8, 0.4, 0.7]).mean()),
        ("macro_f1", (0.8 + 2 / 3) / 2),
    ],
)
def test_values_by_hand(name, expected):
    """Each objective gives the value worked out by hand."""
    assert OBJECTIVES[name].score(LABELS, PROBABILITIES) == pytest.approx(expected)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_certain_and_right_is_better_than_certain_and_wrong(name):
    """The direction of every objective is the right one, without warnings."""
    objective = OBJECTIVES[name]
    right, wrong = np.eye(2)[LABELS], np.eye(2)[1 - LABELS]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        good, bad = objective.score(LABELS, right), objective.score(LABELS, wrong)
    assert objective.better(good, bad)
    assert not objective.better(bad, good)
    assert not objective.better(good, good)
    assert objective.better(good, None)
    assert not objective.better(math.nan, bad)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_diverged_model_scores_nan(name):
    """Probabilities that are not finite give NaN, never the accuracy of a class 0 by accident."""
    assert math.isnan(OBJECTIVES[name].score(LABELS, np.full((4, 2), np.nan, np.float32)))


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_nothing_to_score_is_refused(name):
    """No images and shapes that do not fit are StudyErrors."""
    with pytest.raises(StudyError, match="no images"):
        OBJECTIVES[name].score(np.zeros(0, int), np.zeros((0, 2)))
    with pytest.raises(StudyError, match=r"\(N, C\)"):
        OBJECTIVES[name].score(LABELS, PROBABILITIES[:3])


@pytest.mark.parametrize(
    ("objective", "few", "many"),
    [
        ("accuracy", "log_loss", "error"),
        ("balanced_accuracy", "balanced_log_loss", "balanced_error"),
        ("macro_f1", "balanced_log_loss", "balanced_log_loss"),
        ("log_loss", "log_loss", "log_loss"),
    ],
)
def test_errors_decide_only_on_many_images(objective, few, many):
    """With few images recipes are chosen by a loss, whatever the objective."""
    assert criterion_of(objective, many_images=False) == few
    assert criterion_of(objective, many_images=True) == many


def test_auc_needs_two_classes():
    """With three classes the error says what to choose instead."""
    with pytest.raises(StudyError, match="there are 3: choose accuracy"):
        OBJECTIVES["auc"].score(LABELS, np.full((4, 3), 1 / 3))


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float32, (12, 3), elements=st.floats(0.015625, 1, width=32)),
    st.permutations(range(12)),
)
def test_order_of_images_does_not_matter(probabilities, order):
    """Scores depend on the set of images, not on their order, and shares lie between 0 and 1."""
    labels = np.arange(12) % 3
    for name in ("accuracy", "balanced_accuracy", "log_loss", "macro_f1"):
        score = OBJECTIVES[name].score(labels, probabilities)
        assert score == pytest.approx(OBJECTIVES[name].score(labels[order], probabilities[order]))
        assert 0 <= score <= 1 or name == "log_loss"

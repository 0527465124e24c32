"""What a model file says of itself."""

import json
from dataclasses import replace

import numpy as np
import pytest

from transfertune.tuner.models.labels import Labels, certainty, percentiles

GOOD = Labels(("a", "b"), 32, "crop", percentiles(np.linspace(0.5, 1, 101)))


def test_labels_are_read_back():
    """With and without confidences, and with any name."""
    for one in (GOOD, Labels(("ä b", "'|"), 8, "pad")):
        assert Labels.from_json(one.to_json()) == one
        assert Labels.from_json(one.to_json().encode()) == one


@pytest.mark.parametrize(
    "change",
    [
        {"classes": 3},
        {"classes": []},
        {"classes": [1, 2]},
        {"image_size": 0},
        {"image_size": 10**9},
        {"image_size": "8"},
        {"resize": "melt"},
        {"confidences": [0.5]},
        {"confidences": ["x"] * 101},
        {"confidences": 7},
        {"confidences": [float("nan")] * 101},
        {"confidences": [10**400] * 101},
        {"classes": "abc"},
        {"distances": [1.0]},
        {"distances": [-1.0] * 101},
        {"distances": [1.0] * 101},
        {"certainties": [2.0] * 101},
    ],
)
def test_impossible_values_are_refused(change):
    """Each is a ValueError, whatever it is."""
    text = json.dumps({**json.loads(GOOD.to_json()), **change})
    with pytest.raises(ValueError, match=r"."):
        Labels.from_json(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", b"\xff", "null"])
def test_what_is_no_object_is_refused(text):
    """Damaged text is a ValueError too."""
    with pytest.raises(ValueError, match=r"."):
        Labels.from_json(text)


def test_the_least_confidence_leaves_a_share_out():
    """Between percentiles it is interpolated; without them it is not known."""
    assert GOOD.least_confidence(0.0) == pytest.approx(0.5)
    assert GOOD.least_confidence(0.055) == pytest.approx(0.5275)
    with pytest.raises(ValueError, match="not known"):
        Labels(("a",), 8, "pad").least_confidence(0.05)


def test_certainty_counts_who_is_less_confident_and_who_is_farther():
    """The smaller share decides; an image beyond all others on one side is unsure, whatever the other side says."""
    confidences, distances = np.linspace(0.5, 1, 101), np.linspace(1, 3, 101)
    some = np.array([0.75, 0.75, 0.5, 1.0]), np.array([1.5, 2.8, 1.0, 9.0])
    found = certainty(*some, confidences, distances)
    np.testing.assert_allclose(found, [0.5, 2 * 0.1, 0, 0], atol=1e-9)
    labels = replace(
        GOOD,
        distances=tuple(distances),
        certainties=percentiles(certainty(confidences, distances, confidences, distances)),
    )
    assert Labels.from_json(labels.to_json()) == labels
    sure = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert labels.unsure(sure, np.array([1.0, 9.0]), 0.05).tolist() == [False, True]
    assert labels.unsure(sure, None, 0.05).tolist() == [False, False]
    assert labels.unsure(sure, np.array([1.0, 9.0]), 0).tolist() == [False, False]

"""What a model file says of itself."""

import json

import numpy as np
import pytest

from transfertune.tuner.models.labels import Labels, percentiles

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

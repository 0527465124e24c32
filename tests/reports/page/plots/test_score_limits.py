"""The range of scores that is drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.reports.page.plots.score_limits import clip, score_limits

MANY = [0.7, 0.71, 0.72, 0.72, 0.73, 0.74, 0.75, 0.76, 0.77]


@pytest.mark.parametrize(
    ("scores", "direction", "expected"),
    [
        ([*MANY, 0.1], "max", (0.7, 0.77)),
        ([*MANY, 0.1], "min", (0.1, 0.77)),
        ([*MANY, 3.0], "min", (0.7, 0.77)),
        ([0.1, 0.7, 0.8], "max", (0.1, 0.8)),
    ],
)
def test_far_worse_scores_are_left_out(scores, direction, expected):
    """Only what is far worse lies beyond the range, and of few scores nothing."""
    assert score_limits(scores, direction) == expected
    assert expected[0] <= clip(scores[-1], expected) <= expected[1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(["max", "min"]))
def test_the_better_half_is_always_held(scores, direction):
    """The range holds the best score and the middle one."""
    low, high = score_limits(scores, direction)
    better = sorted(scores, reverse=direction == "max")
    assert low <= better[0] <= high
    assert low <= better[len(scores) // 2] <= high

"""The front of score against cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.reports.analysis.pareto import pareto_front

POINTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


@given(POINTS, st.sampled_from(["max", "min"]))
def test_nothing_beats_the_front_and_something_beats_the_rest(points, direction):
    """No point of the front is beaten in both ways, and every other point is beaten or matched by one of it."""
    sign = 1 if direction == "max" else -1
    kept = pareto_front([score for score, _ in points], [cost for _, cost in points], direction)

    def beats(a, b):
        (score, cost), (other, price) = points[a], points[b]
        return sign * score >= sign * other and cost <= price and points[a] != points[b]

    assert not any(beats(other, one) for one in kept for other in range(len(points)))
    for rest in set(range(len(points))) - set(kept):
        assert any(beats(one, rest) or points[one] == points[rest] for one in kept)


@pytest.mark.parametrize(("direction", "expected"), [("max", [2, 1]), ("min", [2])])
def test_direction_is_heeded(direction, expected):
    """A high score is on the front when more is better, and not when less is."""
    assert pareto_front([0.5, 0.9, 0.4], [3, 2, 1], direction) == expected

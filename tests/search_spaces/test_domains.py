"""Choices and ranges: what they hold, what they refuse, how they read."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.search_spaces import Choice, Float, Int, SpaceError

FINITE = st.floats(-1e6, 1e6)


@given(st.lists(st.integers() | st.text(), min_size=1, unique=True))
def test_a_choice_holds_its_values_and_no_others(values):
    """Membership is that of the list, and one value alone is fixed."""
    choice = Choice(*values)
    assert all(value in choice for value in values)
    assert object() not in choice
    assert choice.fixed == (len(values) == 1)


@pytest.mark.parametrize("values", [(), (1, 1), ("a", "b", "a")])
def test_a_choice_refuses_nothing_and_doubles(values):
    """No value at all and a value twice are one-line errors."""
    with pytest.raises(SpaceError, match="each once"):
        Choice(*values)


@pytest.mark.parametrize(
    ("values", "ordered"),
    [
        ((1, 2), True),
        ((0.1, 1), True),
        (("a", "b"), False),
        ((True, False), False),
        ((1, "all"), False),
    ],
)
def test_only_numbers_are_ordered_by_themselves(values, ordered):
    """Numbers resemble their neighbours; words, yes and no, and mixtures do not."""
    assert Choice(*values).ordered is ordered


def test_an_order_can_be_denied_but_not_invented():
    """Numbers may be declared unordered; words cannot be ordered, since no strategy could use it."""
    assert not Choice(8, 16, ordered=False).ordered
    with pytest.raises(SpaceError, match="numbers"):
        Choice("64", "128", ordered=True)


@given(FINITE, FINITE)
def test_a_range_needs_low_below_high(low, high):
    """Either the bounds are kept, ends included, or they are refused with both values named."""
    if low < high:
        domain = Float(low, high)
        assert low in domain
        assert high in domain
        assert math.nextafter(high, math.inf) not in domain
    else:
        with pytest.raises(SpaceError, match=r"`low < high` must hold, but got \(low="):
            Float(low, high)


@pytest.mark.parametrize("kind", [Float, Int])
@pytest.mark.parametrize("bounds", [(0, math.nan), (math.inf, 1), (False, True), ("1", "2")])
def test_a_range_needs_finite_numbers(kind, bounds):
    """Infinities, NaN, truth values and texts are no bounds."""
    with pytest.raises(SpaceError, match="low < high"):
        kind(*bounds)


@pytest.mark.parametrize("kind", [Float, Int])
def test_a_log_range_starts_above_zero(kind):
    """A logarithm of 0 does not exist."""
    with pytest.raises(SpaceError, match="above 0"):
        kind(0, 10, log=True)


@given(st.integers(-50, 50), st.integers(1, 50), st.floats(-120, 120))
def test_a_whole_range_holds_whole_numbers_only(low, width, value):
    """A whole number within the bounds is in, a fraction never."""
    domain = Int(low, low + width)
    assert (value in domain) == (value == int(value) and low <= value <= low + width)
    assert "3" not in domain
    assert True not in domain


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (Choice("gap", "flatten"), "gap, flatten"),
        (Float(1e-4, 1e-2, log=True), "0.0001 to 0.01 (log)"),
        (Int(2, 8), "2 to 8"),
    ],
)
def test_a_domain_reads_as_words_and_is_json(domain, words):
    """`str` is what a person sees; `as_dict` survives JSON and says its kind."""
    assert str(domain) == words
    described = domain.as_dict()
    assert json.loads(json.dumps(described)) == described
    assert described["kind"] in {"choice", "float", "int"}

"""Threads that keep the order and hold a window only."""

from __future__ import annotations

import itertools
import os

import pytest

from transfertune.datasets.ordered_map import ordered_map


def test_results_come_in_the_order_of_the_items():
    """Many more items than the window come out as they went in."""
    assert list(ordered_map(lambda x: x * x, range(1000))) == [x * x for x in range(1000)]
    assert list(ordered_map(str, [])) == []


def test_items_are_taken_only_as_results_are_used():
    """An endless source is fine: only a window of it is read ahead."""
    taken = []
    results = ordered_map(lambda x: x, (taken.append(x) or x for x in itertools.count()))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    results.close()
    assert len(taken) <= 4 * min(32, os.cpu_count() or 1) + 3


def test_an_error_is_raised_at_its_place():
    """What came before an error is still yielded."""
    results = ordered_map(lambda x: 1 // (x - 5), range(100))
    assert len([next(results) for _ in range(5)]) == 5
    with pytest.raises(ZeroDivisionError):
        next(results)

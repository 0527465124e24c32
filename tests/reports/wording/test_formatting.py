"""Numbers as a person reads them."""

import pytest

from transfertune.reports.wording import formatting
from transfertune.reports.wording.formatting import DASH


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7800, "2 h 10 min"),
        (None, DASH),
        (float("nan"), DASH),
    ],
)
def test_durations(seconds, text):
    """Seconds become a duration that never shows 60 seconds or 60 minutes."""
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (950, "950"), (12_345, "12.3 k"), (2_260_000, "2.26 M"), (None, DASH)],
)
def test_counts(number, text):
    """Large counts have three digits that count and a unit."""
    assert formatting.count(number) == text


def test_scores_and_intervals():
    """Scores have three decimals, intervals two, and what is no number is a dash."""
    assert formatting.score(0.85349) == "0.853"
    assert formatting.score("high") == formatting.score(None) == formatting.DASH
    assert formatting.interval((0.1, 0.256)) == "0.10 to 0.26"
    assert formatting.interval(None) == ""

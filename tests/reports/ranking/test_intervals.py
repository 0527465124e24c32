"""Wilson's interval: published values, laws, and how often it holds the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.reports.ranking.intervals import wilson


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_values(right, count, low, high):
    """The examples of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert wilson(right / count, count) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_holds_the_share_and_stays_within_bounds(count, share):
    """0 <= low <= share <= high <= 1, whatever the share; the mirrored share has the mirrored interval."""
    low, high = wilson(share, count)
    assert 0 <= low <= share <= high <= 1
    assert wilson(1 - share, count) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_holds_the_truth_about_as_often_as_it_says():
    """Over 4,000 draws coverage at 0.8 on 60 images is 0.95; it misses 0.93 by chance less than once in a million."""
    rng = np.random.default_rng(0)
    shares = rng.binomial(60, 0.8, size=4_000) / 60
    held = np.mean([low <= 0.8 <= high for low, high in (wilson(share, 60) for share in shares)])
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize(("share", "count"), [(-0.1, 5), (1.1, 5), (float("nan"), 5), (0.5, 0)])
def test_impossible_input_is_refused(share, count):
    """A share outside 0 to 1 or no images at all is an error that states the rule."""
    with pytest.raises(ValueError, match="must hold"):
        wilson(share, count)

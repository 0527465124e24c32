"""Which recipe is taken: what counts as told apart, as beaten, and which kind is preferred."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from transfertune.reports.ranking.out_of_fold import OutOfFold
from transfertune.reports.ranking.selection import choose, paired

IMAGES = 200


@pytest.fixture
def found():
    """Return the maker of predictions: for each row its share of hits and its mean loss, paired up to some noise."""

    def make(*rows, images=IMAGES, seed=0):
        rng = np.random.default_rng(seed)
        luck, noise = rng.permutation(images) / images, rng.normal(0, 0.3, images)
        hits = np.array([luck < share for share, _ in rows], float)
        losses = np.array([loss + noise + rng.normal(0, 0.2, images) for _, loss in rows])
        numbers = tuple(range(1, len(rows) + 1))
        return OutOfFold(numbers, np.arange(images), np.zeros(images, int), losses, hits)

    return make


def rule(found, kinds=None, eligible=None, inflation=1.0, weights=None):
    """Apply the rule, by default to all images once and to rows of one kind."""
    rows = len(found.numbers)
    return choose(
        found,
        np.ones((1, len(found.indices))) if weights is None else weights,
        eligible=np.ones(rows, bool) if eligible is None else np.array(eligible),
        simplicity=np.array(kinds or [0] * rows),
        inflation=inflation,
    )


def test_the_lowest_loss_leads(found):
    """Loss decides, even against more hits; a row that may not win does not lead."""
    rows = found((0.80, 0.60), (0.85, 0.70), (0.9, 0.1))
    assert rule(rows, eligible=[True, True, False]).best.tolist() == [0]
    assert rule(rows).best.tolist() == [2]


def test_apart_needs_loss_and_hits(found):
    """A surely lower loss with the same hits leaves a tie, and so does a surely higher share of hits alone."""
    by_loss, by_accuracy, by_both = (
        rule(found((0.8, 0.5), other)).tied[1, 0]
        for other in ((0.8, 0.9), (0.5, 0.501), (0.5, 0.9))
    )
    assert (by_loss, by_accuracy, by_both) == (True, True, False)


@pytest.mark.parametrize(
    ("simple", "kind"),
    [((0.79, 0.51), 0), ((0.8, 0.9), 0), ((0.5, 0.9), 2), ((0.785, 0.9), 2)],
    ids=["close", "same hits", "far behind", "hits behind by more than their error"],
)
def test_the_simplest_kind_that_is_not_beaten_wins(found, simple, kind):
    """Beaten is what has a surely higher loss and fewer hits by more than one standard error."""
    choice = rule(found(simple, (0.8, 0.5)), kinds=[0, 2])
    assert choice.best[0] == 1
    assert [0, 2][choice.winner[0]] == kind


def test_within_a_kind_the_loss_decides(found):
    """Of several simple rows that are not beaten the one with the lowest loss is taken."""
    rows = found((0.80, 0.58), (0.80, 0.54), (0.80, 0.62), (0.80, 0.50))
    assert rule(rows, kinds=[0, 0, 0, 1]).winner[0] == 1


def test_overlapping_training_sets_tell_less(found):
    """The correction's factor on the variance makes of a clear order a tie."""
    rows = found((0.80, 0.5), (0.72, 0.6))
    assert not rule(rows).tied[1, 0]
    assert rule(rows, inflation=40.0).tied[1, 0]


def test_only_common_images_are_compared(found):
    """What one row never validated says nothing about the two."""
    rows = found((0.8, 0.5), (0.8, 0.52))
    rows.losses[1, :150], rows.correct[1, :150] = np.nan, np.nan
    rows.losses[0, :150] = 50.0
    choice = rule(rows, eligible=[True, False])
    assert choice.behind[1, 0] < 1
    assert choice.tied[1, 0]


def test_weights_are_repetitions(found):
    """A weighting gives what the images repeated so often would give."""
    rows = found((0.8, 0.5), (0.7, 0.55), (0.6, 0.9))
    counts = np.random.default_rng(1).integers(0, 3, IMAGES)
    again = OutOfFold(
        rows.numbers,
        np.arange(counts.sum()),
        np.zeros(counts.sum(), int),
        np.repeat(rows.losses, counts, axis=1),
        np.repeat(rows.correct, counts, axis=1),
    )
    weighted, repeated = rule(rows, weights=counts[None].astype(float)), rule(again)
    np.testing.assert_allclose(weighted.behind, repeated.behind)
    np.testing.assert_array_equal(weighted.tied, repeated.tied)
    np.testing.assert_array_equal(weighted.winner, repeated.winner)


def test_a_paired_interval_is_that_of_the_differences():
    """Student's interval of the mean difference; the correction lengthens it by the root of its factor."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(1, 1, 50), rng.normal(0.5, 1, 50)
    mean, half, p = paired(a, b, 1.0)
    assert p == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert mean == pytest.approx((a - b).mean())
    assert half == pytest.approx(2.0096 * (a - b).std(ddof=1) / 50**0.5, rel=1e-3)
    assert paired(a, b, 4.0)[1] == pytest.approx(2 * half)
    assert paired(a[:1], b[:1], 1.0) == (0.0, float("inf"), 1.0)

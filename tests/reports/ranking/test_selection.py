"""Which model is taken: the lowest loss after its noise, and of equals the one with fewer weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from transfertune.reports.ranking.cost_limits import TOLERANCE
from transfertune.reports.ranking.ensembles.pool import Pool
from transfertune.reports.ranking.out_of_fold import OutOfFold
from transfertune.reports.ranking.selection import (
    CAUTION,
    Fitted,
    Rule,
    may_still_win,
    paired,
    surely_worse,
)
from transfertune.reports.study.trial import Trial

IMAGES = 200


def predictions(losses, correct) -> OutOfFold:
    """Return predictions of as many rows as there are losses; every image is of class 0 and weighs 1."""
    images = losses.shape[1]
    numbers = tuple(range(1, len(losses) + 1))
    ones, zeros = np.ones(images), np.zeros(images, int)
    return OutOfFold(numbers, np.arange(images), zeros, losses, correct, ones, "log_loss")


@pytest.fixture
def found():
    """Return the maker of predictions: for each row its share of hits and its mean loss, paired up to some noise."""

    def make(*rows, images=IMAGES, seed=0, noise=0.2):
        rng = np.random.default_rng(seed)
        luck, common = rng.permutation(images) / images, rng.normal(0, 0.3, images)
        hits = np.array([luck < share for share, _ in rows], float)
        losses = np.array([loss + common + rng.normal(0, noise, images) for _, loss in rows])
        return predictions(losses, hits)

    return make


def choose(
    found, *, eligible=None, cost=None, inflation=1.0, weights=None, reference=0, optimism=None
):
    """Apply the rule, by default to all images once and to rows of one cost."""
    rows = len(found.numbers)
    rule = Rule(
        found,
        np.ones(rows, bool) if eligible is None else np.array(eligible),
        np.array(cost or range(rows), float),
        reference,
        inflation,
        np.zeros(rows) if optimism is None else np.array(optimism),
    )
    return rule.choose(np.ones((1, len(found.indices))) if weights is None else weights)


def test_the_lowest_loss_wins(found):
    """Loss decides, even against more hits; a row that may not win does not."""
    rows = found((0.80, 0.60), (0.85, 0.70), (0.9, 0.1))
    assert choose(rows, eligible=[True, True, False]).winner.tolist() == [0]
    assert choose(rows).winner.tolist() == [2]


def test_noise_counts_against_a_row(found):
    """Of two equally low losses the one whose difference to the reference is surer is taken."""
    rows = found((0.8, 0.60), (0.8, 0.50), (0.8, 0.50))
    rows.losses[1] = rows.losses[0] - 0.1
    rows.losses[2] = rows.losses[0] - 0.1 + np.where(np.arange(IMAGES) % 2, 1.0, -1.0)
    choice = choose(rows)
    assert choice.winner[0] == 1
    error = (rows.losses[2] - rows.losses[0]).std(ddof=1) / IMAGES**0.5
    assert choice.cautious[1, 0] == pytest.approx(-0.1)
    assert choice.cautious[2, 0] == pytest.approx(-0.1 + CAUTION * error)


def test_the_order_is_the_same_from_every_side(found):
    """Each row has one number, so that what is before another stays before it when a third one is left out."""
    rng = np.random.default_rng(7)
    for seed in range(20):
        rows = found(*((0.7, loss) for loss in rng.uniform(0.5, 0.6, 6)), seed=seed)
        order = choose(rows).cautious[:, 0]
        kept = [0, *sorted(rng.choice(np.arange(1, 6), 3, replace=False))]
        fewer = predictions(rows.losses[kept], rows.correct[kept])
        np.testing.assert_allclose(choose(fewer).cautious[:, 0], order[kept])


def test_optimism_counts_against_a_row(found):
    """What early stopping makes a loss too low is added, less what the reference has of it."""
    rows = found((0.8, 0.60), (0.8, 0.50), (0.8, 0.52))
    assert choose(rows).winner[0] == 1
    plain, with_optimism = choose(rows), choose(rows, optimism=[0.0, 0.2, 0.0])
    assert with_optimism.winner[0] == 2
    gained = with_optimism.cautious - plain.cautious
    np.testing.assert_allclose(gained[:, 0], [0.0, 0.2, 0.0], atol=1e-9)
    moved = choose(rows, optimism=[0.1, 0.1, 0.1]).cautious
    np.testing.assert_allclose(moved, plain.cautious)


def test_fewer_weights_win_between_equals(found):
    """Within the tolerance cost decides, beyond it the loss."""
    rows = found((0.8, 0.5), (0.8, 0.5))
    for gap, winner in ((0.5 * TOLERANCE, 0), (2 * TOLERANCE, 1)):
        rows.losses[1] = rows.losses[0] - gap
        assert choose(rows, cost=[10, 20]).winner[0] == winner


def test_apart_needs_loss_and_hits(found):
    """A surely lower loss with the same hits leaves a tie, and so does a surely higher share of hits alone."""
    apart = [
        bool(surely_worse(found((0.8, 0.5), other), 0, 1.0)[1])
        for other in ((0.8, 0.9), (0.5, 0.501), (0.5, 0.9))
    ]
    assert apart == [False, False, True]


def test_overlapping_training_sets_tell_less(found):
    """The correction's factor on the variance makes of a clear order a tie."""
    rows = found((0.80, 0.5), (0.72, 0.6))
    assert surely_worse(rows, 0, 1.0)[1]
    assert not surely_worse(rows, 0, 40.0)[1]
    assert may_still_win(rows, 0, 40.0)[1]
    assert not may_still_win(rows, 0, 1.0)[1]


def test_only_common_images_are_compared(found):
    """What one row never validated says nothing about the two."""
    rows = found((0.8, 0.5), (0.8, 0.52))
    rows.losses[1, :150], rows.correct[1, :150] = np.nan, np.nan
    rows.losses[0, :150] = 50.0
    assert abs(choose(rows, eligible=[True, False]).cautious[1, 0]) < 1
    assert not surely_worse(rows, 0, 1.0)[1]


def test_weights_are_repetitions(found):
    """A weighting gives what the images repeated so often would give."""
    rows = found((0.8, 0.5), (0.7, 0.55), (0.6, 0.9))
    counts = np.random.default_rng(1).integers(0, 3, IMAGES)
    again = predictions(
        np.repeat(rows.losses, counts, axis=1), np.repeat(rows.correct, counts, axis=1)
    )
    weighted = choose(rows, weights=counts[None].astype(float))
    np.testing.assert_allclose(weighted.cautious, choose(again).cautious)
    np.testing.assert_array_equal(weighted.winner, choose(again).winner)


def test_an_ensemble_is_weighted_anew_by_every_weighting():
    """Where only the images count that one member is right about, that member has the weight, and the row its hits."""
    half = IMAGES // 2
    right, wrong = [0.9, 0.1], [0.1, 0.9]
    first = np.array([right] * half + [wrong] * half, np.float32)
    probabilities = np.stack([first, first[::-1]])
    trials = tuple(Trial(n, "completed", {}, 0.5) for n in (1, 2))
    labels, slots = np.zeros(IMAGES, int), np.zeros((2, IMAGES), np.int16)
    pool = Pool(trials, np.arange(IMAGES), labels, slots, probabilities)
    members = -np.log(probabilities[:, :, 0])
    losses = np.vstack([members, -np.log(probabilities.mean(axis=0)[:, 0])])
    rows = predictions(losses.astype(float), (np.exp(-losses) > 0.5).astype(float))
    rule = Rule(rows, np.ones(3, bool), np.arange(3.0), 0, 1.0, np.zeros(3), Fitted(2, pool))
    weights = np.zeros((2, IMAGES))
    weights[0, :half], weights[1, half:] = 2, 2
    choice = rule.choose(weights)
    assert choice.weights.argmax(axis=1).tolist() == [0, 1]
    correct = rule.correct(2, choice.weights)
    assert correct[0, :half].all()
    assert correct[1, half:].all()
    assert not correct[0, half:].any()


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

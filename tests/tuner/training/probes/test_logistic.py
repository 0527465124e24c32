"""The logistic probe: scikit-learn's solution, in any shape, with classes and views that count as they should."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from transfertune.tuner.training.probes import logistic
from transfertune.tuner.training.probes.logistic import fit_logistic


def drawn(images: int, features: int, classes: int, *, shares=None, seed: int = 0):
    """Return features (n, F) of overlapping clouds around a centre for each class, not at 0, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, images, p=shares)
    labels[: 2 * classes] = np.tile(np.arange(classes), 2)
    centres = rng.normal(3.0, 1.0, (classes, features))
    rows = centres[labels] + rng.normal(0, 2.0, (images, features))
    return rows.astype(np.float32), labels.astype(np.int64)


def reference(rows, labels, l2: float, weights=None, **options) -> LogisticRegression:
    """Return scikit-learn's solution of the same problem, solved far beyond its default tolerance."""
    # Its two-class problem has one vector where softmax has two of half the length, and so half the penalty.
    strength = (2 if len(np.unique(labels)) == 2 else 1) / l2
    model = LogisticRegression(C=strength, tol=1e-6, max_iter=10_000, **options)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        return model.fit(rows.astype(np.float64), labels, sample_weight=weights)


@pytest.mark.parametrize(
    ("images", "features", "classes", "balanced"),
    [(120, 8, 3, False), (30, 60, 3, True), (60, 12, 2, True), (16, 16, 2, False)],
)
@pytest.mark.parametrize("share", [0.01, 0.3])
def test_the_solution_is_scikit_learns(images, features, classes, balanced, share):
    """More images than features or fewer, two classes or more: the same probabilities within 1e-3.

    A penalty of a hundredth of the features' variance leaves those of other images a little more room.
    """
    shares = np.arange(1.0, classes + 1) / np.arange(1.0, classes + 1).sum()
    rows, labels = drawn(images, features, classes, shares=shares)
    l2 = share * float(np.square(rows - rows.mean(axis=0)).sum() / len(rows))
    probe = fit_logistic(rows, labels, classes, l2=l2, balanced=balanced, seed=0)
    theirs = reference(rows, labels, l2, class_weight="balanced" if balanced else None)
    others, _ = drawn(50, features, classes, seed=1)
    for some, room in ((rows, 1e-3), (others, 1e-3 if share > 0.1 else 5e-3)):
        expected = theirs.predict_proba(some.astype(np.float64))
        np.testing.assert_allclose(probe.probabilities(some), expected, atol=room)
    assert probe.l2 == l2
    assert probe.kernel.shape == (features, classes)
    assert (probe.kernel.dtype, probe.bias.dtype) == (np.float32, np.float32)


def test_views_of_an_image_count_as_one():
    """Three equal views change nothing; different ones are images of a third of the weight."""
    rows, labels = drawn(60, 10, 3)
    one = fit_logistic(rows, labels, 3, l2=1.0, balanced=False, seed=0)
    same = fit_logistic(
        np.tile(rows, (3, 1)), np.tile(labels, 3), 3, l2=1.0, balanced=False, seed=0, views=3
    )
    np.testing.assert_allclose(same.probabilities(rows), one.probabilities(rows), atol=1e-3)
    views = np.concatenate([rows, rows + 0.5, rows * 0.9])
    probe = fit_logistic(views, np.tile(labels, 3), 3, l2=1.0, balanced=False, seed=0, views=3)
    theirs = reference(views, np.tile(labels, 3), 1.0, weights=np.full(180, 1 / 3))
    np.testing.assert_allclose(probe.probabilities(rows), theirs.predict_proba(rows), atol=1e-3)


@pytest.mark.parametrize(("images", "features"), [(80, 10), (40, 120)])
def test_cross_validation_picks_the_best_penalty(images, features):
    """Of all strengths the chosen one has the lowest held-out loss, as far as two solvers can agree."""
    rows, labels = drawn(images, features, 3)
    chosen = fit_logistic(rows, labels, 3, l2="cv", balanced=False, seed=5).l2
    centred = rows - rows.mean(axis=0)
    penalties = logistic._STRENGTHS * float(np.square(centred).sum() / len(rows))
    parts = list(StratifiedKFold(5, shuffle=True, random_state=5).split(rows, labels))

    def loss(l2: float) -> float:
        total = 0.0
        for train, held_out in parts:
            probe = fit_logistic(rows[train], labels[train], 3, l2=l2, balanced=False, seed=0)
            chances = probe.probabilities(rows[held_out])
            total -= np.log(chances[np.arange(len(held_out)), labels[held_out]]).sum()
        return total / len(rows)

    losses = [loss(l2) for l2 in penalties]
    place = int(np.abs(penalties / chosen - 1).argmin())
    assert penalties[place] == pytest.approx(chosen, rel=1e-4)
    assert losses[place] <= min(losses) + 1e-3


def test_the_same_seed_chooses_the_same():
    """Twice the same bits; views of an image never part into fold and rest."""
    rows, labels = drawn(60, 30, 3)
    one, same = (fit_logistic(rows, labels, 3, l2="cv", balanced=True, seed=2) for _ in range(2))
    np.testing.assert_array_equal(one.kernel, same.kernel)
    single = fit_logistic(rows, labels, 3, l2="cv", balanced=False, seed=2)
    tripled = fit_logistic(
        np.tile(rows, (3, 1)), np.tile(labels, 3), 3, l2="cv", balanced=False, seed=2, views=3
    )
    assert tripled.l2 == pytest.approx(single.l2, rel=1e-5)


def test_features_that_say_nothing_give_the_classes_shares():
    """Constant features leave the bias alone, and so the shares of the classes."""
    labels = np.array([0] * 6 + [1] * 3 + [2] * 3)
    probe = fit_logistic(np.ones((12, 5), np.float32), labels, 3, l2=1.0, balanced=False, seed=0)
    expected = np.tile([0.5, 0.25, 0.25], (2, 1))
    np.testing.assert_allclose(
        probe.probabilities(np.ones((2, 5), np.float32)), expected, atol=1e-3
    )


def test_a_class_with_one_image_is_fitted():
    """No fold can hold such a class out, so a middling penalty is taken."""
    rows, labels = drawn(20, 6, 2)
    labels[:] = 0
    labels[3] = 1
    probe = fit_logistic(rows, labels, 2, l2="cv", balanced=False, seed=0)
    assert probe.l2 == pytest.approx(
        float(np.square(rows - rows.mean(axis=0)).sum() / 20), rel=1e-4
    )
    assert np.isfinite(probe.probabilities(rows)).all()

"""Classifiers fitted at once: what they learn from, and that the model handed over says what the features said."""

from __future__ import annotations

import numpy as np
import pytest

RECIPES = {
    "most frequent": {"classifier": "most_frequent"},
    "neighbours": {"classifier": "neighbours", "neighbours": 3},
    "scaled neighbours": {"classifier": "neighbours", "feature_scaling": "standard"},
    "probe": {"classifier": "logistic"},
    "scaled probe": {"classifier": "logistic", "feature_scaling": "standard", "probe_l2": 10.0},
    "flattened probe": {"classifier": "logistic", "pooling": "flatten"},
    "views": {"classifier": "logistic", "augment": "light", "views": 2, "class_weight": "balanced"},
}


@pytest.fixture(scope="module")
def fitted(keras_ready, new_estimator, split):
    """Fit a recipe; return what learned it and its validation probabilities."""
    from transfertune.tuner.training.epoch_loop import FoldFit

    def run(values):
        estimator = new_estimator(**values)
        return estimator, estimator.fit(FoldFit(split.train, split.validation))

    return run


@pytest.fixture
def rows(new_estimator):
    """Return the features of a recipe's images, (n, F)."""
    from transfertune.tuner.training.probes.probe import FrozenFeatures

    def of(indices, **values):
        estimator = new_estimator(**values)
        return FrozenFeatures(estimator.recipe, estimator.base, estimator.source).for_inference(
            indices
        )

    return of


@pytest.mark.parametrize("name", RECIPES)
def test_the_whole_model_says_what_the_features_said(fitted, task, split, name):
    """From pixels through one Keras model, scaling included, come the same probabilities as from stored features."""
    from transfertune.datasets import decode_all
    from transfertune.tuner.models.assemble import assemble
    from transfertune.tuner.models.exports.keras_file import predictor_of
    from transfertune.tuner.models.labels import Labels
    from transfertune.tuner.models.predict import predict_images

    estimator, found = fitted(RECIPES[name])
    assert found.history == []
    assert found.best_epoch == 0
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    paths = [task.paths[i] for i in split.validation]
    labels = Labels(task.classes, 32, "crop")
    whole = predict_images(predictor_of(assemble(estimator)), decode_all(paths, 32), labels)
    np.testing.assert_allclose(whole, found.probabilities, atol=1e-4)


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_seed_learns_the_same(fitted, name):
    """Nothing is left to chance but the folds that choose a penalty."""
    one, same = (fitted(RECIPES[name])[1].probabilities for _ in range(2))
    np.testing.assert_array_equal(one, same)


def test_the_most_frequent_class_ignores_the_images(fitted, task, split):
    """Every image gets the shares of the training images' classes."""
    found = fitted(RECIPES["most frequent"])[1].probabilities
    shares = np.bincount(task.labels[split.train], minlength=3) / len(split.train)
    np.testing.assert_allclose(found, np.tile(shares, (len(found), 1)), atol=1e-6)


def test_scaling_is_that_of_the_training_images(fitted, rows, task, split):
    """A scaled probe is a probe on features of mean 0 and deviation 1, as the training images have them."""
    from transfertune.tuner.features.scaling import scale
    from transfertune.tuner.training.probes.logistic import fit_logistic

    values = RECIPES["scaled probe"]
    train, held_out = rows(split.train, **values), rows(split.validation, **values)
    mean, variance = train.mean(axis=0), train.var(axis=0)
    options = {"l2": 10.0, "balanced": False, "seed": 1}
    labels = task.labels[split.train]
    probe = fit_logistic(scale(train, mean, variance), labels, 3, **options)
    expected = probe.probabilities(scale(held_out, mean, variance))
    np.testing.assert_allclose(fitted(values)[1].probabilities, expected, atol=1e-5)
    unscaled = fitted({**values, "feature_scaling": "none"})[1].probabilities
    assert not np.allclose(unscaled, expected, atol=1e-3)


def test_the_probe_knows_the_colours(fitted, task, split):
    """On frozen features the images here are easy."""
    found = fitted(RECIPES["probe"])[1].probabilities
    assert (found.argmax(axis=1) == task.labels[split.validation]).mean() > 0.7


def test_refitting_takes_all_images(fitted, new_estimator, split):
    """Retraining is the same fit on more images; a fit on them gives the same."""
    from transfertune.tuner.training.epoch_loop import FoldFit

    both = np.sort(np.concatenate([split.train, split.validation]))
    one = new_estimator(**RECIPES["probe"])
    one.refit(both, [], lambda row: None)
    again = new_estimator(**RECIPES["probe"]).fit(FoldFit(both, split.test))
    np.testing.assert_array_equal(one.predict(split.test), again.probabilities)


def test_weights_are_counted(fitted, new_estimator):
    """A probe has a kernel and a bias, neighbours keep their images, and the backbone counts in the total."""
    probe = fitted(RECIPES["probe"])[0].parameters()
    assert probe["trainable"] == 128 * 3 + 3
    neighbours = fitted(RECIPES["neighbours"])[0].parameters()
    assert neighbours["trainable"] > 36 * 128
    backbone = new_estimator().base.network.count_params()
    assert probe["total"] - probe["trainable"] == backbone


def test_training_rows_are_the_images_and_their_views(new_estimator, split):
    """First the images as they are, which also choose the penalty, then one row for each augmented view."""
    from transfertune.tuner.training.probes.probe import FrozenFeatures

    estimator = new_estimator(classifier="logistic", augment="light+crop", views=2)
    features = FrozenFeatures(estimator.recipe, estimator.base, estimator.source)
    plain, found = features.for_inference(split.train), features.for_training(split.train)
    assert features.rows_per_image == 3
    assert len(found) == 3 * len(plain)
    first, *views = np.split(found, 3)
    np.testing.assert_array_equal(first, plain)
    assert all(not np.allclose(view, plain) for view in views)

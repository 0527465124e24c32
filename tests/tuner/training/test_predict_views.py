"""Predictions from an image and its mirror image: the same through the cache, from pixels and in the model."""

from __future__ import annotations

import numpy as np
import pytest

MIRRORED = {
    "probe": {"classifier": "logistic"},
    "flattened head": {"pooling": "flatten", "dense": "8", "learning_rate": 0.02},
    "tail": {"unfreeze": 3, "head_epochs": 1, "learning_rate": 0.01, "fine_tune_rate": 0.003},
    "all": {"unfreeze": "all", "learning_rate": 0.002, "augment": "light"},
    "from scratch": {"backbone": "plain_cnn", "depth": 1, "width": 4, "learning_rate": 0.01},
}


@pytest.fixture(scope="module")
def fitted(keras_ready, new_estimator, split):
    """Fit a recipe with mirror images; return the estimator and its validation probabilities."""
    from transfertune.tuner.training.epoch_loop import FoldFit

    def run(values):
        estimator = new_estimator(predict_views="mirror", **values)
        found = estimator.fit(FoldFit(split.train, split.validation), epochs=2)
        return estimator, found.probabilities

    return run


@pytest.mark.parametrize("name", MIRRORED)
def test_left_and_right_make_no_difference(fitted, task, split, name):
    """The model gives what training gave, and the same for an image and its mirror image."""
    from transfertune.datasets import decode_all
    from transfertune.tuner.models.assemble import assemble

    estimator, expected = fitted(MIRRORED[name])
    pixels = np.stack(list(decode_all([task.paths[i] for i in split.validation], 32, "crop")))
    pixels = pixels.astype(np.float32)
    model = assemble(estimator)
    found = np.asarray(model(pixels))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(np.asarray(model(pixels[:, :, ::-1])), found, atol=1e-5)


@pytest.mark.slow
def test_a_saved_model_loads_with_keras_alone(fitted, tmp_path):
    """The mirroring is made of what Keras itself can load."""
    import keras

    from transfertune.tuner.models.assemble import assemble

    pixels = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    for number, name in enumerate(("probe", "tail")):
        model = assemble(fitted(MIRRORED[name])[0])
        model.save(tmp_path / f"{number}.keras")
        loaded = keras.models.load_model(tmp_path / f"{number}.keras", safe_mode=True)
        np.testing.assert_allclose(np.asarray(loaded(pixels)), np.asarray(model(pixels)), atol=1e-6)


def test_frozen_features_are_the_mean_of_both(new_estimator, task, split):
    """Averaged features are those of the image and of its mirror image, and are cached apart from plain ones."""
    from transfertune.datasets import decode_all
    from transfertune.tuner.training.probes.probe import FrozenFeatures

    def rows(**values):
        estimator = new_estimator(classifier="logistic", **values)
        features = FrozenFeatures(estimator.recipe, estimator.base, estimator.source)
        return estimator.base, features.for_inference(split.test)

    base, plain = rows()
    _, averaged = rows(predict_views="mirror")
    pixels = np.stack(list(decode_all([task.paths[i] for i in split.test], 32, "crop")))
    turned = np.asarray(base.network(pixels[:, :, ::-1] / np.float32(127.5) - 1)).mean(axis=(1, 2))
    np.testing.assert_allclose(averaged, (plain + turned) / 2, atol=1e-4)
    assert np.abs(averaged - plain).max() > 1e-3


def test_a_size_may_be_large():
    """Large is 10/7 of the native size, in steps of 32 pixels."""
    from transfertune.search_spaces import BACKBONES, Recipe

    recipe = Recipe.from_values({"backbone": "mobilenet_v2", "image_size": "large"}, epochs=1)
    assert recipe.image_size == 320
    assert BACKBONES["drawn_net"].pixels("large") == 96
    assert BACKBONES["mobilenet_v2"].pixels("native") == 224

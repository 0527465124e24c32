"""One model of several classifiers: their weighted mean, from images of one size, in stock Keras layers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from transfertune.reports import Trial, ensemble_cost

MEMBERS = {
    "probe": {"classifier": "logistic"},
    "mirrored": {"classifier": "logistic", "predict_views": "mirror", "image_size": 48},
    "head": {"dense": "8", "dropout": 0.2, "learning_rate": 0.02},
    "other head": {"dense": "8", "dropout": 0.2, "learning_rate": 0.001},
    "tail": {
        "unfreeze": 3,
        "head_start": "probe",
        "fine_tune_rate": 0.003,
        "predict_views": "mirror",
    },
}
WEIGHTS = (0.4, 0.25, 0.15, 0.1, 0.1)


@pytest.fixture(scope="module")
def built(keras_ready, new_estimator, split):
    """Return an ensemble of every kind of member, and each member as a model of its own."""
    from transfertune.tuner.models.assemble import assemble
    from transfertune.tuner.models.ensemble import EnsembleBuilder

    builder, alone, trials = EnsembleBuilder(48), [], []
    for values, weight in zip(MEMBERS.values(), WEIGHTS, strict=True):
        estimator = new_estimator(**values)
        stage = {"stage": "fine-tune" if "unfreeze" in values else "head"}
        rate = values.get("learning_rate", values.get("fine_tune_rate"))
        history = [{**stage, "epoch": n, "learning_rate": rate} for n in (1, 2)]
        estimator.refit(split.train, history, lambda row: None)
        builder.add(estimator, weight)
        alone.append(assemble(estimator))
        recipe, parameters = estimator.recipe.as_dict(), estimator.parameters()
        trials.append(Trial(len(trials) + 1, "completed", recipe, parameters=parameters))
    return builder.model(), alone, trials


@pytest.fixture(scope="module")
def pixels():
    """Return a few images of the ensemble's size, float32 (4, 48, 48, 3)."""
    return np.random.default_rng(0).uniform(0, 255, (4, 48, 48, 3)).astype(np.float32)


def resized(images, size):
    """Return float32 images as Pillow's bilinear filter makes them, channel by channel, without rounding."""
    out = [
        [
            np.asarray(Image.fromarray(image[:, :, c], "F").resize((size, size), Image.BILINEAR))
            for c in range(3)
        ]
        for image in images
    ]
    return np.moveaxis(np.array(out), 1, -1)


def test_it_is_the_weighted_mean_of_its_members(built, pixels):
    """Each member sees the images at its own size; the whole is equal to their mean to 1e-6."""
    whole, alone, _ = built
    small = resized(pixels, 32)
    parts = [
        weight * np.asarray(model(pixels if model.input_shape[1] == 48 else small))
        for model, weight in zip(alone, WEIGHTS, strict=True)
    ]
    np.testing.assert_allclose(np.asarray(whole(pixels)), np.sum(parts, axis=0), atol=1e-6)
    assert np.abs(np.asarray(alone[2](small)) - np.asarray(alone[3](small))).max() > 1e-3


def test_it_loads_with_keras_alone(built, pixels, tmp_path):
    """Without any code of this project, and with the same probabilities."""
    import keras

    whole, _, _ = built
    whole.save(tmp_path / "ensemble.keras")
    loaded = keras.models.load_model(tmp_path / "ensemble.keras", safe_mode=True)
    np.testing.assert_allclose(np.asarray(loaded(pixels)), np.asarray(whole(pixels)), atol=1e-7)
    np.testing.assert_allclose(np.asarray(loaded(pixels)).sum(axis=1), 1, atol=1e-5)


def test_a_frozen_backbone_is_there_once_for_each_size(built):
    """The probe and both heads share one pass, the mirrored probe has its own, and so has the trained backbone."""
    whole, _, _ = built
    names = [layer.name for layer in whole.layers]
    assert sum(name.startswith("features_") for name in names) == 2
    assert sum(name.startswith("resize_") for name in names) == 2


def test_its_cost_is_that_of_the_model(built):
    """Shared backbones once, and the matrices that resize: what limits are compared with is what is exported."""
    whole, _, trials = built
    assert ensemble_cost(trials).total == whole.count_params()


@pytest.mark.parametrize(("length", "smaller"), [(320, 224), (48, 32), (7, 3), (64, 64)])
def test_images_are_resized_as_pillow_does(length, smaller):
    """The kernel's columns add up to 1, and give what Pillow's filter gives."""
    from transfertune.tuner.models.ensemble import bilinear_kernel

    kernel = bilinear_kernel(length, smaller)
    np.testing.assert_allclose(kernel.sum(axis=0), 1, rtol=1e-6)
    image = np.random.default_rng(1).uniform(0, 255, (length, length)).astype(np.float32)
    expected = np.asarray(Image.fromarray(image, "F").resize((smaller, smaller), Image.BILINEAR))
    np.testing.assert_allclose(kernel.T @ image @ kernel, expected, rtol=1e-4, atol=1e-3)

"""Builds whole classifiers from stock Keras layers: pixels 0..255 in, class probabilities out."""

import keras

from ...reports import LEAST_PROBABILITY
from ...search_spaces import Recipe
from ..backbones.backbone import build_base, feature_map, mirror, preprocess
from ..backbones.freeze_boundary import unfreeze
from ..training.estimators import NetworkEstimator, ProbeEstimator
from ..training.head import apply_layers, head_layers, pool
from ..training.stages import Training
from .familiarity import features_layer

Estimator = NetworkEstimator | ProbeEstimator


def assemble(estimator: Estimator, name: str = "classifier") -> keras.Model:
    """Return a fitted classifier as one model: float32 (N, size, size, 3) pixels 0..255 to (N, C) probabilities.

    It loads without this project. Layers that the recipe froze stay frozen.
    """
    if isinstance(estimator, NetworkEstimator):
        return assemble_network(estimator.training, estimator.weights, name)
    recipe = estimator.recipe
    pixels = _input(recipe)
    features = feature_map(estimator.base, pixels, mirrored=recipe.mirrored)
    return keras.Model(pixels, classify(estimator, named_features(features, 1)), name=name)


def assemble_network(training: Training, weights: str, name: str = "classifier") -> keras.Model:
    """Return a trained network as one model, as `assemble` does; `weights` are those that its backbone started from."""
    recipe = training.recipe
    pixels = _input(recipe)
    if recipe.unfrozen == 0:
        features = feature_map(training.base, pixels, mirrored=recipe.mirrored)
        return keras.Model(pixels, _classify(training, named_features(features, 1)), name=name)
    # Trained layers are written into a backbone of the model's own: later fits start from the other one.
    base = build_base(recipe.backbone, recipe.image_size, weights, recipe.architecture)
    suffix, tail, scaling = base.cut(recipe.unfrozen).suffix, training.network.tail, None
    if suffix is not None and tail is not None:
        suffix.set_weights(tail.get_weights())
        unfreeze(base.network, suffix)
        scaling = training.network.scaling
    scaled = preprocess(base.row, pixels) if scaling is None else scaling.finished()(pixels)
    probabilities = _classify(training, base.network(scaled))
    if not recipe.mirrored:
        return keras.Model(pixels, probabilities, name=name)
    view = keras.Model(pixels, probabilities, name="view")
    mean = keras.layers.Average(name="views")([view(pixels), view(mirror(pixels))])
    return keras.Model(pixels, mean, name=name)


def named_features(features: keras.KerasTensor, number: int) -> keras.KerasTensor:
    """Return the features of a frozen backbone, which are found again in the model by `features_layer`."""
    return keras.layers.Identity(name=features_layer(number))(features)


def calibrated(model: keras.Model, temperature: float) -> keras.Model:
    """Return a model whose probabilities are scaled with a temperature, as `reports.scaled` does."""
    if temperature == 1:
        return model
    least = keras.ops.maximum(model.output, LEAST_PROBABILITY)
    logits = keras.layers.Rescaling(1 / temperature, name="temperature")(keras.ops.log(least))
    return keras.Model(
        model.input, keras.layers.Softmax(name="calibrated")(logits), name=model.name
    )


def classify(estimator: Estimator, features: keras.KerasTensor) -> keras.KerasTensor:
    """Return the class probabilities (N, C) of a frozen backbone's feature maps (N, h, w, c) or vectors (N, F)."""
    if isinstance(estimator, NetworkEstimator):
        return _classify(estimator.training, features)
    return estimator.probe.layers(pool(estimator.recipe, features))


def _classify(training: Training, features: keras.KerasTensor) -> keras.KerasTensor:
    """Apply the trained head as stock layers, which take its weights once they are built."""
    stack = head_layers(training.recipe, training.classes, seed=0)
    probabilities = apply_layers(stack, pool(training.recipe, features))
    for layer, trained in zip(stack, training.network.stack, strict=True):
        layer.set_weights(trained.get_weights())
    return probabilities


def _input(recipe: Recipe) -> keras.KerasTensor:
    return keras.Input((recipe.image_size, recipe.image_size, 3), name="pixels")

"""Builds whole classifiers from stock Keras layers: pixels 0..255 in, class probabilities out."""

from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from ...datasets import decode_all
from ...search_spaces import Recipe
from ..backbones.backbone import build_base, preprocess
from ..backbones.freeze_boundary import unfreeze
from ..backbones.inference import predict_batch
from ..features.features import stack_batches
from ..training.estimators import NetworkEstimator, ProbeEstimator
from ..training.head import apply_layers, head_layers, pool
from ..training.network import jit_compile_option
from ..training.probes.probe import Probe
from ..training.stages import Training

# Every batch is padded to this size, so that an image's probabilities do not depend on the others; hence small.
BATCH = 8


def assemble(estimator: NetworkEstimator | ProbeEstimator) -> keras.Model:
    """Return a fitted classifier as one model: float32 (N, size, size, 3) pixels 0..255 to (N, C) probabilities.

    It loads without this project. Layers that the recipe froze stay frozen.
    """
    if isinstance(estimator, ProbeEstimator):
        return assemble_probe(estimator.probe, estimator.recipe, estimator.weights)
    return assemble_network(estimator.training, estimator.recipe, estimator.weights)


def assemble_network(training: Training, recipe: Recipe, weights: str) -> keras.Model:
    """Return a trained network as one model, from pixels to probabilities."""
    base = build_base(recipe.backbone, recipe.image_size, weights, recipe.architecture)
    network, tail = base.network, training.network.tail
    suffix = None if tail is None else base.cut(recipe.unfrozen).suffix
    if tail is not None and suffix is not None:
        suffix.set_weights(tail.get_weights())
        unfreeze(network, suffix)
    pixels = keras.Input((recipe.image_size, recipe.image_size, 3), name="pixels")
    scaling = training.network.scaling
    scaled = preprocess(base.row, pixels) if scaling is None else scaling.finished()(pixels)
    features = pool(recipe, network(scaled))
    stack = head_layers(recipe, training.classes, seed=0)
    model = keras.Model(pixels, apply_layers(stack, features), name="classifier")
    for layer, trained in zip(stack, training.network.stack, strict=True):
        layer.set_weights(trained.get_weights())
    return model


def assemble_probe(probe: Probe, recipe: Recipe, weights: str) -> keras.Model:
    """Return a fitted probe as one model, from pixels to probabilities."""
    base = build_base(recipe.backbone, recipe.image_size, weights, recipe.architecture)
    pixels = keras.Input((recipe.image_size, recipe.image_size, 3), name="pixels")
    features = pool(recipe, base.network(preprocess(base.row, pixels)))
    return keras.Model(pixels, probe.layers(features), name="classifier")


def predict_images(model: keras.Model, paths: Iterable[Path], size: int, resize: str) -> np.ndarray:
    """Return the class probabilities of image files, float32 (N, C).

    Raises:
        DataError: An image cannot be read.
    """
    model.jit_compile = jit_compile_option()
    parts = [
        predict_batch(model, [batch], BATCH)[0]
        for batch in stack_batches(decode_all(paths, size, resize), BATCH)
    ]
    return np.concatenate(parts) if parts else np.empty((0, model.output_shape[-1]), np.float32)

"""Classifiers that are fitted at once on frozen features: the plain baselines, and the start of a fine-tuned head.

Each is fitted on arrays, predicts arrays, and gives stock Keras layers for the model that is handed over.
"""

from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np

from ....search_spaces import Recipe
from ...backbones.backbone import Base
from ...features.features import Features, FeatureSource
from ..network import SCALING_EPSILON, scaling_layer
from .knn import fit_neighbours
from .logistic import LogisticProbe, fit_logistic


class AtOnce(Protocol):
    """What a classifier fitted at once can do."""

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F)."""


@dataclass(frozen=True)
class Softmax:
    """One dense layer with a softmax: `kernel` float32 (F, C), `bias` float32 (C,)."""

    kernel: np.ndarray
    bias: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""
        return LogisticProbe(self.kernel, self.bias, 0.0).probabilities(features)

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F)."""
        logits = keras.layers.Dense(len(self.bias), name="logits")
        result = keras.layers.Softmax(name="probabilities")(logits(features))
        logits.set_weights([self.kernel, self.bias])
        return result


@dataclass(frozen=True)
class Scaled:
    """A classifier of features that are brought to mean 0 and deviation 1; `mean` and `variance` are float32 (F,)."""

    inner: AtOnce
    mean: np.ndarray
    variance: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""
        return self.inner.probabilities(_scale(features, self.mean, self.variance))

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F)."""
        layer = scaling_layer()
        scaled = layer(features)
        layer.set_weights([self.mean, self.variance])
        return self.inner.layers(scaled)


class FrozenFeatures:
    """The features of a recipe's frozen backbone as rows, (n, F): averaged or flattened."""

    def __init__(self, recipe: Recipe, base: Base, source: FeatureSource):
        self._features: Features = source.features(recipe, base, 0)
        self._views = recipe.views or 0

    def of(self, indices: np.ndarray) -> np.ndarray:
        """Return the rows of images as they are."""
        return _flat(self._features.of(indices)[0])

    @property
    def rows_per_image(self) -> int:
        """Return how many rows of an image are trained on."""
        return 1 + self._views

    def for_training(self, indices: np.ndarray) -> np.ndarray:
        """Return the rows of images as they are, then those of each augmented view."""
        views = [self._features.for_training(indices, view)[0] for view in range(self._views)]
        return np.concatenate([self.of(indices), *map(_flat, views)])


def fit_at_once(
    recipe: Recipe,
    features: FrozenFeatures,
    labels: np.ndarray,
    train: np.ndarray,
    classes: int,
    seed: int,
) -> AtOnce:
    """Fit a recipe's classifier on the images `train` (indices); `labels` int64 (N,) are those of all images."""
    views = features.rows_per_image
    rows, labels = features.for_training(train), np.tile(labels[train], views)
    if recipe.feature_scaling != "standard":
        return _fit(recipe, rows, labels, classes, seed, views)
    mean, variance = rows.mean(axis=0), rows.var(axis=0)
    scaled = _scale(rows, mean, variance)
    return Scaled(_fit(recipe, scaled, labels, classes, seed, views), mean, variance)


def _fit(recipe: Recipe, rows, labels, classes: int, seed: int, views: int) -> AtOnce:
    if recipe.classifier == "most_frequent":
        shares = np.bincount(labels, minlength=classes) / len(labels)
        kernel = np.zeros((rows.shape[1], classes), np.float32)
        return Softmax(kernel, np.log(np.maximum(shares, 1e-6)).astype(np.float32))
    if recipe.classifier == "neighbours":
        return fit_neighbours(rows, labels, classes, k=recipe.neighbours)
    balanced = recipe.class_weight == "balanced"
    probe = fit_logistic(
        rows, labels, classes, l2=recipe.probe_l2, balanced=balanced, seed=seed, views=views
    )
    return Softmax(probe.kernel, probe.bias)


def _scale(rows: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return (rows - mean) / np.sqrt(variance + SCALING_EPSILON)


def _flat(rows: np.ndarray) -> np.ndarray:
    return rows.reshape(len(rows), -1)

"""Probes: classifiers that are fitted on frozen features without epochs.

They are the plain baselines, and the start of a fine-tuned head. Each is fitted on arrays, predicts arrays, and gives
stock Keras layers for the model that is handed over.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import keras
import numpy as np

from ....search_spaces import Recipe, required
from ...backbones.backbone import Base
from ...features.features import Features, FeatureSource, token_slice
from ...features.scaling import scale, scaling_layer
from .knn import fit_knn
from .logistic import LogisticProbe, fit_logistic


class Probe(Protocol):
    """A classifier that is fitted on frozen features."""

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F)."""


@dataclass(frozen=True)
class SoftmaxProbe:
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
class ConstantProbe:
    """The same class probabilities whatever the features are; `shares` is float32 (C,)."""

    shares: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""
        return np.tile(self.shares, (len(features), 1))

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F)."""
        kernel = np.zeros((features.shape[-1], len(self.shares)), np.float32)
        return SoftmaxProbe(kernel, np.log(self.shares)).layers(features)


@dataclass(frozen=True)
class ScaledProbe:
    """A classifier of features that are brought to mean 0 and deviation 1; `mean` and `variance` are float32 (F,)."""

    inner: Probe
    mean: np.ndarray
    variance: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""
        return self.inner.probabilities(scale(features, self.mean, self.variance))

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F)."""
        layer = scaling_layer()
        scaled = layer(features)
        layer.set_weights([self.mean, self.variance])
        return self.inner.layers(scaled)


class FrozenFeatures:
    """The features of a recipe's frozen backbone as rows, (n, F): averaged, flattened, or some of its tokens.

    They are asked for when they are first used; the most frequent class uses none, and its rows are empty.
    """

    def __init__(self, recipe: Recipe, base: Base, source: FeatureSource):
        self._recipe, self._base, self._source = recipe, base, source
        self._views = recipe.views or 0
        self._tokens = token_slice(recipe) if recipe.token_pooling else None

    @cached_property
    def _features(self) -> Features:
        return self._source.features(self._recipe, self._base, 0)

    def for_inference(self, indices: np.ndarray) -> np.ndarray:
        """Return the rows of images as they are, float32 (n, F); `indices` is int64 (n,)."""
        if self._recipe.classifier == "most_frequent":
            return np.empty((len(indices), 0), np.float32)
        return self._rows(self._features.for_inference(indices)[0])

    @property
    def rows_per_image(self) -> int:
        """Return how many rows of an image are trained on."""
        return 1 + self._views

    def for_training(self, indices: np.ndarray) -> np.ndarray:
        """Return the rows of images as they are, then those of each augmented view, float32 (n * rows_per_image, F)."""
        views = [self._features.for_training(indices, view)[0] for view in range(self._views)]
        return np.concatenate([self.for_inference(indices), *map(self._rows, views)])

    def in_epoch(self, indices: np.ndarray, epoch: int) -> np.ndarray:
        """Return the rows of images as epoch `epoch` (from 0) sees them, float32 (n, F)."""
        return self._rows(self._features.for_training(indices, epoch)[0])

    def _rows(self, outputs: np.ndarray) -> np.ndarray:
        used = outputs if self._tokens is None else outputs[:, self._tokens]
        return used.reshape(len(used), -1)


def fit_probe(
    recipe: Recipe,
    features: FrozenFeatures,
    labels: np.ndarray,
    train: np.ndarray,
    classes: int,
    seed: int,
) -> Probe:
    """Fit a recipe's probe.

    Args:
        recipe: names the classifier and its values.
        features: the rows of all images.
        labels: int64 (N,), the class of every image.
        train: int64 (n,), indices of the images to fit on.
        classes: the number of classes.
        seed: decides the folds that choose a penalty.
    """
    views = features.rows_per_image
    rows, labels = features.for_training(train), np.tile(labels[train], views)
    if recipe.feature_scaling != "standard":
        return _fit(recipe, rows, labels, classes, seed, views)
    mean, variance = rows.mean(axis=0), rows.var(axis=0)
    scaled = scale(rows, mean, variance)
    return ScaledProbe(_fit(recipe, scaled, labels, classes, seed, views), mean, variance)


def _fit(recipe: Recipe, rows, labels, classes: int, seed: int, views: int) -> Probe:
    if recipe.classifier == "most_frequent":
        shares = np.maximum(np.bincount(labels, minlength=classes) / len(labels), 1e-6)
        return ConstantProbe((shares / shares.sum()).astype(np.float32))
    if recipe.classifier == "neighbours":
        return fit_knn(rows, labels, classes, k=required(recipe.neighbours))
    balanced = recipe.class_weight == "balanced"
    l2 = recipe.probe_l2 or "cv"
    probe = fit_logistic(rows, labels, classes, l2=l2, balanced=balanced, seed=seed, views=views)
    return SoftmaxProbe(probe.kernel, probe.bias)

"""The nearest neighbours' vote on features, by cosine similarity."""

from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True)
class KNNProbe:
    """The `k` most similar of n training images vote; the classes' shares of them count as one more vote.

    `directions` float32 (n, F) are the images' features at length 1, `votes` float32 (n, C) their classes, and
    `prior` float32 (C,) the classes' shares.
    """

    directions: np.ndarray
    votes: np.ndarray
    prior: np.ndarray
    k: int

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return class probabilities, float32 (n, C), of features (n, F)."""
        similarity = _unit_length(features) @ self.directions.T
        nearest = np.argpartition(-similarity, self.k - 1, axis=1)[:, : self.k]
        return (self.votes[nearest].sum(axis=1) + self.prior) / np.float32(self.k + 1)

    def layers(self, features):
        """Return the class probabilities of a Keras tensor of features (N, F), from stock layers and operations."""
        directions = keras.layers.UnitNormalization(name="direction")(features)
        similarity = _dense(directions, self.directions.T, None, "similarity")
        least = keras.ops.top_k(similarity, self.k)[0][:, -1:]
        nearest = keras.ops.cast(keras.ops.greater_equal(similarity, least), "float32")
        total = keras.ops.sum(nearest, axis=1, keepdims=True) + 1.0
        return _dense(nearest, self.votes, self.prior, "votes") / total


def fit_knn(features: np.ndarray, labels: np.ndarray, classes: int, *, k: int) -> KNNProbe:
    """Keep the training images: `features` (n, F), `labels` int64 (n,); `k` is at most n."""
    votes = np.eye(classes, dtype=np.float32)[labels]
    return KNNProbe(_unit_length(features), votes, votes.mean(axis=0), min(k, len(labels)))


def _unit_length(features: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.maximum(length, 1e-12)).astype(np.float32)


def _dense(x, kernel: np.ndarray, bias: np.ndarray | None, name: str):
    layer = keras.layers.Dense(kernel.shape[1], use_bias=bias is not None, name=name)
    result = layer(x)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return result

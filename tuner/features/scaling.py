"""Standard scaling of features: each to mean 0 and deviation 1 over the training images."""

import numpy as np
from keras import layers

_EPSILON = 1e-6


def scaling_layer() -> layers.Layer:
    """Return a layer that subtracts a mean and divides by a deviation; both are its weights and never trained."""
    # Frozen batch normalisation is the stock layer whose statistics are weights, so that they are saved and set.
    return layers.BatchNormalization(
        center=False, scale=False, epsilon=_EPSILON, trainable=False, name="scaling"
    )


def scale(rows: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Scale features (n, F) by a mean and a variance, (F,) each, as the layer does."""
    return (rows - mean) / np.sqrt(variance + _EPSILON)

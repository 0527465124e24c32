"""The layers that networks from scratch are made of, and how their weights are drawn."""

import keras
from keras import layers

from ..seeds import derive_seed

WIDEST = 512
"""The most filters that doubling gives."""
# Keras's default of 0.99 needs hundreds of steps to forget its start; small data gives dozens.
_BATCH_NORM_MOMENTUM = 0.9


def convolution(filters: int, kernel: int, *, name: str, **options) -> layers.Conv2D:
    """Return a convolution that keeps height and width, but for its strides."""
    return layers.Conv2D(filters, kernel, padding="same", name=name, **options)


def normalisation(name: str) -> layers.BatchNormalization:
    """Return a batch normalisation that soon follows the data."""
    return layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=name)


def activation(kind: str, name: str) -> layers.Activation:
    """Return an activation by Keras's name for it."""
    return layers.Activation(kind, name=name)


def dropout(rate: float) -> layers.Layer:
    """Return the dropout after the last convolution; its name decides its random numbers."""
    return layers.Dropout(rate, name="conv_dropout")


def draw_weights(network: keras.Model, seed: int) -> None:
    """Draw every convolution's kernel from `seed` (He et al., ICCV 2015), each on its own."""
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            start = keras.initializers.HeNormal(derive_seed(seed, "kernel", layer.name))
            layer.kernel.assign(start(layer.kernel.shape, layer.kernel.dtype))


def penalise(network: keras.Model, penalty: keras.regularizers.Regularizer) -> None:
    """Add a penalty on every convolution's kernel to the network's losses."""
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.regularizer = penalty

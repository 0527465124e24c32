"""A small backbone of the project's own: 64-pixel drawings to 128 features, about 0.1 million weights.

Its weights ship with the project; `pretrain_drawn_net` made them from drawings of other shapes than those of
the `drawn` data set.
"""

import keras
from keras import layers

_STAGES = ((32,), (48,), (64, 64))
"""Filters of plain convolutions, which two cores run faster than separable ones; each stage ends in a pooling."""


def DrawnNet(*, include_top: bool, weights: None, input_shape: tuple[int, int, int]) -> keras.Model:  # noqa: N802
    """Return the network without weights, in the manner of `keras.applications`; it has no top.

    It maps pixels in -1..1, (N, size, size, 3), to features (N, size // 16, size // 16, 128).
    """
    del include_top, weights
    inputs = keras.Input(input_shape)
    x = _convolution(layers.Conv2D(16, 5, strides=2, padding="same", use_bias=False), inputs)
    for stage in _STAGES:
        for filters in stage:
            x = _convolution(layers.Conv2D(filters, 3, padding="same", use_bias=False), x)
        x = layers.MaxPooling2D()(x)
    for filters in (96, 128):
        x = _convolution(layers.SeparableConv2D(filters, 3, padding="same", use_bias=False), x)
    return keras.Model(inputs, x, name="drawn_net")


def _convolution(layer: layers.Layer, x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(layer(x)))

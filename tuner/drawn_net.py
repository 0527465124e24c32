"""A small backbone of the project's own: 64-pixel drawings to 128 features, about 0.1 million weights.

Its weights ship with the project; `pretrain_drawn_net` made them from drawings of other shapes than those of
the `drawn` data set.
"""

import keras
from keras import layers

_STAGES = ((32, 1), (64, 2), (96, 2), (128, 2))


def DrawnNet(*, include_top: bool, weights: None, input_shape: tuple[int, int, int]) -> keras.Model:  # noqa: N802
    """Return the network without weights, in the manner of `keras.applications`; it has no top."""
    del include_top, weights
    inputs = keras.Input(input_shape)
    x = _convolution(layers.Conv2D(24, 3, strides=2, padding="same", use_bias=False), inputs)
    for filters, strides in _STAGES:
        for stride in (strides, 1):
            shortcut = x
            separable = layers.SeparableConv2D(
                filters, 3, strides=stride, padding="same", use_bias=False
            )
            x = _convolution(separable, x)
            if shortcut.shape == x.shape:
                x = layers.Add()([shortcut, x])
    return keras.Model(inputs, x, name="drawn_net")


def _convolution(layer: layers.Layer, x):
    x = layers.BatchNormalization(momentum=0.9)(layer(x))
    return layers.ReLU()(x)

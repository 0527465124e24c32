"""A residual network to train from scratch on a few thousand images.

He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, CVPR 2016, in the small form that a few thousand
images can train: a 7x7 stem with max pooling, then blocks of three 3x3 convolutions, each with batch normalisation,
around a 1x1 convolution.
"""

import keras
from keras import layers

from .scratch_layers import WIDEST, activation, convolution, dropout, normalisation

_CONVOLUTIONS = 3


def ResidualNet(  # noqa: N802
    *,
    include_top: bool,
    weights: None,
    input_shape: tuple[int, int, int],
    depth: int = 4,
    width: int = 32,
    conv_activation: str = "relu",
    conv_dropout: float = 0.0,
) -> keras.Model:
    """Return the network with `depth` blocks, in the manner of `keras.applications`; it has no top.

    It maps scaled pixels (N, size, size, 3) to features (N, h, w, c). Every block but the first halves height and
    width, and doubles the filters, of which the first has `width`, up to 512.
    """
    del include_top, weights
    inputs = keras.Input(input_shape)
    x = convolution(width, 7, name="stem", strides=2, use_bias=False)(inputs)
    x = activation(conv_activation, "stem_activation")(normalisation("stem_norm")(x))
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pooling")(x)
    for block in range(depth):
        filters = min(width * 2**block, max(width, WIDEST))
        x = _block(x, filters, 1 if block == 0 else 2, conv_activation, f"block_{block + 1}")
    return keras.Model(inputs, dropout(conv_dropout)(x), name="residual_net")


def _block(x, filters: int, strides: int, conv_activation: str, name: str):
    shortcut = convolution(filters, 1, name=f"{name}_shortcut", strides=strides)(x)
    for i in range(1, _CONVOLUTIONS + 1):
        step = strides if i == 1 else 1
        x = convolution(filters, 3, name=f"{name}_conv_{i}", strides=step, use_bias=False)(x)
        x = normalisation(f"{name}_norm_{i}")(x)
        if i < _CONVOLUTIONS:
            x = activation(conv_activation, f"{name}_activation_{i}")(x)
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return activation(conv_activation, f"{name}_activation_{_CONVOLUTIONS}")(x)

"""Convolutions and pooling, one after another: the first network that anyone trains from scratch."""

import keras
from keras import layers

from .scratch_layers import WIDEST, activation, convolution, dropout


def PlainCNN(  # noqa: N802
    *,
    include_top: bool,
    weights: None,
    input_shape: tuple[int, int, int],
    depth: int = 4,
    width: int = 32,
    conv_activation: str = "relu",
    conv_dropout: float = 0.0,
) -> keras.Model:
    """Return the network with `depth` 3x3 convolutions, in the manner of `keras.applications`; it has no top.

    It maps scaled pixels (N, size, size, 3) to features (N, h, w, c). A pooling, which halves height and width, follows
    every second convolution and the last one; the filters start at `width` and double after each, up to 512.
    """
    del include_top, weights
    inputs = x = keras.Input(input_shape)
    for i in range(depth):
        stage = i // 2
        filters = min(width * 2**stage, max(width, WIDEST))
        x = convolution(filters, 3, name=f"conv_{i + 1}")(x)
        x = activation(conv_activation, f"activation_{i + 1}")(x)
        if i % 2 or i == depth - 1:
            x = layers.MaxPooling2D(name=f"pooling_{stage + 1}")(x)
    return keras.Model(inputs, dropout(conv_dropout)(x), name="plain_cnn")

"""Vision transformers of keras-hub, which is imported when one of them is built."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from .packages import import_package


def VisionTransformer(  # noqa: N802
    *,
    include_top: bool,
    weights: str | Path | None,
    input_shape: tuple[int, int, int],
    kind: str,
    preset: str,
    native_size: int,
    **config: Any,
) -> keras.Model:
    """Return a transformer that gives two tokens an image, in the manner of `keras.applications`; it has no top.

    It maps scaled pixels (N, size, size, 3) to (N, 2, width): the class token and the mean of the patches' tokens. What
    does not fill a whole patch is cut off, on all sides alike.

    Args:
        include_top: not used.
        weights: None for random weights, `"imagenet"` for those of the preset, or a file of the class's weights.
        input_shape: the images' height, width and channels.
        kind: a class of `keras_hub.models`.
        preset: keras-hub's name of the weights.
        native_size: the pixels a side that the positions in the weights stand for.
        config: the arguments of the class.

    Raises:
        SearchError: keras-hub is not installed.
    """
    del include_top
    models = import_package("keras_hub").models
    patch = config["patch_size"]
    rest = input_shape[0] % patch
    pixels = x = keras.Input(input_shape)
    if rest:
        x = layers.Cropping2D(((rest // 2, rest - rest // 2),) * 2, name="whole_patches")(x)
    transformer = _transformer(
        getattr(models, kind), input_shape[0] - rest, weights, preset, native_size, config
    )
    tokens = transformer(keras.tree.map_structure(lambda _: x, transformer.input))
    class_token = layers.Cropping1D((0, tokens.shape[1] - 1), name="class_token")(tokens)
    registers = config.get("num_register_tokens", 0)
    patches = layers.Cropping1D((1 + registers, 0), name="patches")(tokens)
    mean = layers.GlobalAveragePooling1D(keepdims=True, name="mean_of_patches")(patches)
    both = layers.Concatenate(axis=1, name="tokens")([class_token, mean])
    return keras.Model(pixels, both, name=preset)


def _transformer(
    kind: Any, size: int, weights: str | Path | None, preset: str, native_size: int, config: dict
) -> keras.Model:
    """Return the network of tokens for images of `size`, with positions that were resized to it."""
    # These resize the positions in their weights by themselves.
    stored = size if weights is None or "position_embedding_shape" in config else native_size
    options = {"image_shape": (stored, stored, 3), "name": "transformer"}
    if weights == "imagenet":
        return _resized(kind.from_preset(preset, **options), size)
    transformer = kind(**options, **config)
    if weights is not None:
        transformer.load_weights(weights)
    return _resized(transformer, size)


def _resized(transformer: keras.Model, size: int) -> keras.Model:
    """Return a transformer for images of another size with the same weights, its positions resized bicubically."""
    config = transformer.get_config()
    if config["image_shape"][0] == size:
        return transformer
    resized = type(transformer).from_config({**config, "image_shape": (size, size, 3)})
    for variable, value in zip(resized.weights, transformer.get_weights(), strict=True):
        variable.assign(
            value if variable.shape == value.shape else _positions(value, variable.shape)
        )
    return resized


def _positions(table: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Resize embeddings of positions, float32 (1 + n * n, width), of which the first is the class token's."""
    before, after = (round((count - 1) ** 0.5) for count in (len(table), shape[0]))
    grid = table[1:].reshape(1, before, before, -1)
    resized = keras.ops.image.resize(grid, (after, after), interpolation="bicubic")
    resized = keras.ops.convert_to_numpy(resized).reshape(after * after, -1)
    return np.concatenate([table[:1], resized])

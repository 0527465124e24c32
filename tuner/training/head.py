"""The head of a classifier: pooling, hidden layers, dropout and the softmax over classes."""

import keras
from keras import layers

from ...search_spaces import Recipe
from ..features.features import token_slice
from ..features.scaling import scaling_layer
from ..seeds import derive_seed
from .variable_regularization import RegularizationStrengths, VariableDropout, VariableL2

# Keras's default of 0.99 needs hundreds of steps to forget its start; small data gives dozens.
_BATCH_NORM_MOMENTUM = 0.9


def head_layers(
    recipe: Recipe, classes: int, seed: int, strengths: RegularizationStrengths | None = None
) -> list[layers.Layer]:
    """Return the head's layers after pooling: hidden layers, dropout and the softmax over classes.

    They are stock Keras layers, unless `strengths` shall set their dropout rate and L2 penalty later.
    """
    stack: list[layers.Layer] = []
    if recipe.feature_scaling == "standard":
        stack.append(scaling_layer())
    for i, width in enumerate(recipe.widths):
        stack.append(_dense(recipe, width, seed, i, strengths, name=f"dense_{i + 1}"))
        if recipe.batch_norm:
            norm = layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"norm_{i + 1}")
            stack.append(norm)
        stack.append(layers.Activation(recipe.activation, name=f"activation_{i + 1}"))
        stack.append(_dropout(recipe, seed, i, strengths))
    if not recipe.widths:
        stack.append(_dropout(recipe, seed, 0, strengths))
    stack.append(_dense(recipe, classes, seed, len(recipe.widths), strengths, name="logits"))
    stack.append(layers.Softmax(name="probabilities"))
    return [layer for layer in stack if layer is not None]


def pool(recipe: Recipe, feature_map):
    """Return the backbone's output as the recipe's features (N, F); a vector is one already."""
    if recipe.token_pooling is not None:
        used = token_slice(recipe)
        tokens = layers.Cropping1D((used.start, 2 - used.stop), name="tokens")(feature_map)
        return layers.Flatten(name="pooling")(tokens)
    if recipe.pooling is None:
        return feature_map
    if recipe.pooling == "gap":
        return layers.GlobalAveragePooling2D(name="pooling")(feature_map)
    return layers.Flatten(name="pooling")(feature_map)


def apply_layers(stack: list[layers.Layer], x):
    """Apply layers one after another."""
    for layer in stack:
        x = layer(x)
    return x


def kernel_initializer(seed: int, position: int) -> keras.initializers.Initializer:
    """Return how the kernel of the dense layer at `position`, counted from 0, is drawn."""
    return keras.initializers.GlorotUniform(derive_seed(seed, "kernel", position))


def l2_penalty(
    recipe: Recipe, strengths: RegularizationStrengths | None
) -> keras.regularizers.Regularizer:
    """Return the recipe's L2 penalty, with a variable strength where `strengths` are given."""
    return keras.regularizers.L2(recipe.l2) if strengths is None else VariableL2(strengths)


def _dense(
    recipe: Recipe,
    width: int,
    seed: int,
    position: int,
    strengths: RegularizationStrengths | None,
    name: str,
) -> layers.Dense:
    return layers.Dense(
        width,
        kernel_initializer=kernel_initializer(seed, position),
        kernel_regularizer=l2_penalty(recipe, strengths) if recipe.l2 else None,
        name=name,
    )


def _dropout(
    recipe: Recipe, seed: int, position: int, strengths: RegularizationStrengths | None
) -> layers.Layer | None:
    if not recipe.dropout:
        return None
    seed, name = derive_seed(seed, "dropout", position), f"dropout_{position + 1}"
    if strengths is None:
        return layers.Dropout(recipe.dropout, seed=seed, name=name)
    return VariableDropout(strengths, seed, name=name)

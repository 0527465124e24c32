"""The trainable part of a recipe: the head, and the unfrozen tail before it."""

from dataclasses import dataclass

import keras
from keras import layers

from ..search_spaces import Recipe
from .backbone import Base, preprocess
from .boundary import InferenceMode, cut, trainable_copy
from .features import is_pooled
from .seeds import derive_seed

# Keras's default of 0.99 needs hundreds of steps to forget its start; small data gives dozens.
_BATCH_NORM_MOMENTUM = 0.9
_SGD_MOMENTUM = 0.9


@dataclass(frozen=True)
class Network:
    """The models of one fit; they share the head's layers.

    `head` maps the features of the frozen backbone (averaged, or the last feature map) to class probabilities (N, C).
    `whole` maps the tensors at the recipe's freeze boundary to them; it is `head` itself where nothing is unfrozen.
    `tail` is the trainable copy of the backbone's suffix within `whole`; `stack` are the head's layers after pooling.
    """

    head: keras.Model
    whole: keras.Model
    tail: keras.Model | None
    stack: list[layers.Layer]


def build_network(recipe: Recipe, base: Base, classes: int, seed: int) -> Network:
    """Build a recipe's trainable part with weights drawn from `seed`, the tail's taken from the backbone."""
    stack = head_layers(recipe, classes, seed)
    shape = base.network.output_shape[1:]
    inputs = keras.Input(shape[-1:] if is_pooled(recipe, 0) else shape, name="features")
    head = keras.Model(inputs, through(stack, _flat(recipe, inputs)), name="head")
    if recipe.unfreeze == 0:
        return Network(head, head, None, stack)
    parts = cut(base.network, recipe.unfreeze)
    tail = trainable_copy(parts.suffix)
    if parts.prefix is None:
        pixels = keras.Input((base.size, base.size, 3), name="pixels")
        inputs, boundary = [pixels], [preprocess(base.row, pixels)]
    else:
        inputs = [keras.Input(x.shape[1:]) for x in parts.prefix.outputs]
        boundary = inputs
    features = InferenceMode(tail, name="tail")(boundary)
    probabilities = through(stack, pool(recipe, features))
    return Network(head, keras.Model(inputs, probabilities, name="whole"), tail, stack)


def head_layers(recipe: Recipe, classes: int, seed: int) -> list[layers.Layer]:
    """Return the head's layers after pooling: hidden layers, dropout and the softmax over classes."""
    stack: list[layers.Layer] = []
    for i, width in enumerate(recipe.widths):
        stack.append(_dense(recipe, width, seed, i, name=f"dense_{i + 1}"))
        if recipe.batch_norm:
            norm = layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"norm_{i + 1}")
            stack.append(norm)
        stack.append(layers.Activation(recipe.activation, name=f"activation_{i + 1}"))
        stack.append(_dropout(recipe, seed, i))
    if not recipe.widths:
        stack.append(_dropout(recipe, seed, 0))
    stack.append(_dense(recipe, classes, seed, len(recipe.widths), name="logits"))
    stack.append(layers.Softmax(name="probabilities"))
    return [layer for layer in stack if layer is not None]


def pool(recipe: Recipe, feature_map):
    """Return the feature map (N, h, w, c) as the recipe's features (N, F)."""
    if recipe.pooling == "gap":
        return layers.GlobalAveragePooling2D(name="pooling")(feature_map)
    return layers.Flatten(name="pooling")(feature_map)


def compile_model(model: keras.Model, recipe: Recipe, learning_rate: float) -> None:
    """Compile for sparse integer labels with the recipe's optimizer."""
    model.compile(
        optimizer=_optimizer(recipe.optimizer, learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=compiles_ahead(),
    )


def compiles_ahead() -> bool | str:
    """Return Keras's `jit_compile` setting: off on TensorFlow, whose XLA is slow to compile and slower on CPUs."""
    return False if keras.backend.backend() == "tensorflow" else "auto"


def _optimizer(name: str, learning_rate: float) -> keras.optimizers.Optimizer:
    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=_SGD_MOMENTUM, nesterov=True)
    kinds = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
    }
    return kinds[name](learning_rate)


def _flat(recipe: Recipe, inputs):
    return inputs if len(inputs.shape) == 2 else pool(recipe, inputs)


def through(stack: list[layers.Layer], x):
    """Apply layers one after another."""
    for layer in stack:
        x = layer(x)
    return x


def _dense(recipe: Recipe, width: int, seed: int, position: int, name: str) -> layers.Dense:
    return layers.Dense(
        width,
        kernel_initializer=keras.initializers.GlorotUniform(derive_seed(seed, "kernel", position)),
        kernel_regularizer=keras.regularizers.L2(recipe.l2) if recipe.l2 else None,
        name=name,
    )


def _dropout(recipe: Recipe, seed: int, position: int) -> layers.Dropout | None:
    if not recipe.dropout:
        return None
    seed = derive_seed(seed, "dropout", position)
    return layers.Dropout(recipe.dropout, seed=seed, name=f"dropout_{position + 1}")

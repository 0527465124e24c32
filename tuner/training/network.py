"""The trainable part of a recipe: the head, and the unfrozen tail before it.

Building and compiling cost far more than training a head on a few hundred images, so on TensorFlow a network is kept
and used again by every trial of the same shape: its weights, dropout rate and L2 penalty are set anew. Elsewhere each
trial builds its own from stock layers.
"""

from collections import OrderedDict
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from ...search_spaces import Recipe
from ..backbones.backbone import Base, preprocess
from ..backbones.freeze_boundary import InferenceMode, trainable_copy
from ..backbones.pixel_scaling import PixelScaling
from ..backbones.scratch_layers import draw_weights, penalise
from ..features.features import is_pooled
from ..seeds import derive_seed
from .train_step import Runner, make_runner
from .tunable_layers import Tunable, TunableDropout, TunableL2

# Keras's default of 0.99 needs hundreds of steps to forget its start; small data gives dozens.
_BATCH_NORM_MOMENTUM = 0.9
_SGD_MOMENTUM = 0.9
SCALING_EPSILON = 1e-6
# What networks that wait for another trial may hold, in numbers of weights.
_KEPT_WEIGHTS = 50_000_000


@dataclass
class Network:
    """The models of one fit; they share the head's layers.

    `head` maps the features of the frozen backbone (averaged, or the last feature map) to class probabilities
    (N, C). `whole` maps the tensors at the recipe's freeze boundary to them; it is `head` itself where nothing is
    unfrozen. `tail` is the trainable copy of the backbone's suffix within `whole`; `stack` are the head's layers
    after pooling. `scaling`, where there is any, takes the training images' mean and deviation. `runners` train the
    two models.
    """

    head: keras.Model
    whole: keras.Model
    tail: keras.Model | None
    stack: list[layers.Layer]
    tunable: Tunable | None
    scaling: PixelScaling | None
    runners: dict[str, Runner]
    initial: list[np.ndarray]

    def reset(self, recipe: Recipe, seed: int) -> None:
        """Make the network what a newly built one with these values and this seed would be."""
        self.whole.set_weights(self.initial)
        for position, layer in enumerate(_dense_layers(self.stack)):
            start = _kernel_initializer(seed, position)
            layer.kernel.assign(start(layer.kernel.shape, layer.kernel.dtype))
        if recipe.from_scratch and self.tail is not None:
            draw_weights(self.tail, seed)
        if self.tunable is not None:
            self.tunable.set(dropout=recipe.dropout, l2=recipe.l2)


def build_network(recipe: Recipe, base: Base, classes: int, seed: int) -> Network:
    """Return a recipe's trainable part with weights drawn from `seed`, the tail's taken from the backbone."""
    if keras.backend.backend() != "tensorflow":
        return _build(recipe, base, classes, seed, None)
    key = _shape_of(recipe, base, classes)
    network = _kept.pop(key, None) or _build(recipe, base, classes, seed, Tunable())
    network.reset(recipe, seed)
    _kept[key] = network
    while len(_kept) > 1 and sum(n.whole.count_params() for n in _kept.values()) > _KEPT_WEIGHTS:
        _kept.popitem(last=False)
    return network


_kept: OrderedDict[tuple, Network] = OrderedDict()


def _shape_of(recipe: Recipe, base: Base, classes: int) -> tuple:
    """Return everything that a compiled network depends on."""
    return (
        base.digest,
        recipe.image_size,
        recipe.unfrozen,
        recipe.pixel_scaling,
        recipe.pooling,
        recipe.mix == "cutmix",
        recipe.feature_scaling,
        recipe.dense,
        recipe.activation,
        recipe.batch_norm,
        recipe.dropout > 0,
        recipe.l2 > 0,
        recipe.optimizer,
        classes,
    )


def _build(recipe: Recipe, base: Base, classes: int, seed: int, tunable: Tunable | None) -> Network:
    stack = head_layers(recipe, classes, seed, tunable)
    shape = base.network.output_shape[1:]
    features = keras.Input(shape[-1:] if is_pooled(recipe, 0) else shape, name="features")
    pooled = features if len(features.shape) == 2 else pool(recipe, features)
    head = keras.Model(features, through(stack, pooled), name="head")
    whole, tail, scaling = head, None, None
    if recipe.unfrozen != 0:
        scaling = PixelScaling() if recipe.pixel_scaling == "standard" else None
        whole, tail = _with_tail(recipe, base, stack, scaling)
    if recipe.from_scratch and tail is not None:
        draw_weights(tail, seed)
        if recipe.l2:
            penalise(tail, _penalty(recipe, tunable))
    models = {"head": head, "whole": whole}
    runners = {name: make_runner(model) for name, model in models.items()}
    for model in models.values():
        compile_model(model, recipe, recipe.learning_rate or recipe.fine_tune_rate)
    return Network(head, whole, tail, stack, tunable, scaling, runners, whole.get_weights())


def _with_tail(recipe: Recipe, base: Base, stack: list[layers.Layer], scaling: PixelScaling | None):
    parts = base.cut(recipe.unfrozen)
    tail = trainable_copy(parts.suffix)
    if parts.prefix is None:
        pixels = keras.Input((base.size, base.size, 3), name="pixels")
        inputs = [pixels]
        boundary = [scaling(pixels) if scaling else preprocess(base.row, pixels)]
    else:
        inputs = [keras.Input(x.shape[1:]) for x in parts.prefix.outputs]
        boundary = inputs
    features = tail(boundary) if recipe.from_scratch else InferenceMode(tail, name="tail")(boundary)
    probabilities = through(stack, pool(recipe, features))
    return keras.Model(inputs, probabilities, name="whole"), tail


def head_layers(
    recipe: Recipe, classes: int, seed: int, tunable: Tunable | None = None
) -> list[layers.Layer]:
    """Return the head's layers after pooling: hidden layers, dropout and the softmax over classes.

    They are stock Keras layers, unless `tunable` shall set their dropout rate and L2 penalty later.
    """
    stack: list[layers.Layer] = []
    if recipe.feature_scaling == "standard":
        stack.append(scaling_layer())
    for i, width in enumerate(recipe.widths):
        stack.append(_dense(recipe, width, seed, i, tunable, name=f"dense_{i + 1}"))
        if recipe.batch_norm:
            norm = layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"norm_{i + 1}")
            stack.append(norm)
        stack.append(layers.Activation(recipe.activation, name=f"activation_{i + 1}"))
        stack.append(_dropout(recipe, seed, i, tunable))
    if not recipe.widths:
        stack.append(_dropout(recipe, seed, 0, tunable))
    stack.append(_dense(recipe, classes, seed, len(recipe.widths), tunable, name="logits"))
    stack.append(layers.Softmax(name="probabilities"))
    return [layer for layer in stack if layer is not None]


def scaling_layer() -> layers.Layer:
    """Return a layer that subtracts a mean and divides by a deviation; both are its weights and never trained."""
    # Frozen batch normalisation is the stock layer whose statistics are weights, so that they are saved and set.
    return layers.BatchNormalization(
        center=False, scale=False, epsilon=SCALING_EPSILON, trainable=False, name="scaling"
    )


def pool(recipe: Recipe, feature_map):
    """Return the feature map (N, h, w, c) as the recipe's features (N, F); a vector is one already."""
    if recipe.pooling is None:
        return feature_map
    if recipe.pooling == "gap":
        return layers.GlobalAveragePooling2D(name="pooling")(feature_map)
    return layers.Flatten(name="pooling")(feature_map)


def through(stack: list[layers.Layer], x):
    """Apply layers one after another."""
    for layer in stack:
        x = layer(x)
    return x


def compile_model(
    model: keras.Model,
    recipe: Recipe,
    learning_rate: float,
    loss: str = "categorical_crossentropy",
) -> None:
    """Compile with the recipe's optimizer, by default for one-hot targets (N, C)."""
    model.compile(
        optimizer=_optimizer(recipe.optimizer, learning_rate),
        loss=loss,
        metrics=["accuracy"],
        jit_compile=compiles_ahead(),
    )


def compiles_ahead() -> bool | str:
    """Return Keras's `jit_compile`: off on TensorFlow, whose XLA is slow to compile and slower on CPUs."""
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


def _dense_layers(stack: list[layers.Layer]) -> list[layers.Dense]:
    return [layer for layer in stack if isinstance(layer, layers.Dense)]


def _kernel_initializer(seed: int, position: int) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(derive_seed(seed, "kernel", position))


def _dense(
    recipe: Recipe, width: int, seed: int, position: int, tunable: Tunable | None, name: str
) -> layers.Dense:
    return layers.Dense(
        width,
        kernel_initializer=_kernel_initializer(seed, position),
        kernel_regularizer=_penalty(recipe, tunable) if recipe.l2 else None,
        name=name,
    )


def _penalty(recipe: Recipe, tunable: Tunable | None) -> keras.regularizers.Regularizer:
    return keras.regularizers.L2(recipe.l2) if tunable is None else TunableL2(tunable)


def _dropout(
    recipe: Recipe, seed: int, position: int, tunable: Tunable | None
) -> layers.Layer | None:
    if not recipe.dropout:
        return None
    seed, name = derive_seed(seed, "dropout", position), f"dropout_{position + 1}"
    if tunable is None:
        return layers.Dropout(recipe.dropout, seed=seed, name=name)
    return TunableDropout(tunable, seed, name=name)

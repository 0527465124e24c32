"""The trainable part of a recipe: the head, and the unfrozen tail before it.

Building and compiling cost far more than training a head on a few hundred images, so on TensorFlow a network is kept
and used again by every trial of the same shape: its weights, dropout rate and L2 penalty are set anew. Elsewhere each
trial builds its own from stock layers.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import layers

from ...search_spaces import Recipe, required
from ..backbones.backbone import Base, preprocess
from ..backbones.freeze_boundary import InferenceMode, trainable_copy
from ..backbones.pixel_scaling import PixelScaling
from ..backbones.scratch_layers import draw_weights, penalise
from ..features.features import is_pooled
from .head import apply_layers, head_layers, kernel_initializer, l2_penalty, pool
from .train_step import TrainStep, make_train_step
from .variable_regularization import RegularizationStrengths

if TYPE_CHECKING:
    from .stacked_head import StackedHead

_SGD_MOMENTUM = 0.9
# The most weights, in numbers, of the networks that wait for another trial.
_MOST_COMPILED_WEIGHTS = 20_000_000


@dataclass
class Network:
    """The models of one fit; they share the head's layers.

    `head` maps the features of the frozen backbone (averaged, or the last feature map) to class probabilities
    (N, C). `whole` maps the tensors at the recipe's freeze boundary to them; it is `head` itself where nothing is
    unfrozen. `tail` is the trainable copy of the backbone's suffix within `whole`; `stack` are the head's layers
    after pooling. `scaling`, where there is any, takes the training images' mean and deviation. `train_steps` train the
    two models, `stacks` several heads side by side, by their number.
    """

    head: keras.Model
    whole: keras.Model
    tail: keras.Model | None
    stack: list[layers.Layer]
    strengths: RegularizationStrengths | None
    scaling: PixelScaling | None
    train_steps: dict[str, TrainStep]
    initial: list[np.ndarray]
    stacks: dict[int, StackedHead] = field(default_factory=dict)

    def stack_of(self, recipe: Recipe, members: int) -> StackedHead:
        """Return so many heads of this shape, to be trained side by side; only on TensorFlow."""
        if members not in self.stacks:
            # It needs TensorFlow, which other backends do without.
            from .stacked_head import StackedHead

            optimizer = make_optimizer(required(recipe.optimizer), required(recipe.learning_rate))
            self.stacks[members] = StackedHead(
                self.stack, required(self.strengths), required(recipe.l2) > 0, optimizer, members
            )
        return self.stacks[members]

    @property
    def weights_kept(self) -> int:
        """Return how many weights the network and its stacks keep in memory, in numbers."""
        return self.whole.count_params() * (1 + sum(self.stacks))

    def reset(self, recipe: Recipe, seed: int) -> None:
        """Make the network what a newly built one with these values and this seed would be."""
        self.whole.set_weights(self.initial)
        for position, layer in enumerate(_dense_layers(self.stack)):
            start = kernel_initializer(seed, position)
            layer.kernel.assign(start(layer.kernel.shape, layer.kernel.dtype))
        if recipe.from_scratch and self.tail is not None:
            draw_weights(self.tail, seed)
        if self.strengths is not None:
            self.strengths.set(dropout=required(recipe.dropout), l2=required(recipe.l2))


def build_network(recipe: Recipe, base: Base, classes: int, seed: int) -> Network:
    """Return a recipe's trainable part with weights drawn from `seed`, the tail's taken from the backbone."""
    if keras.backend.backend() != "tensorflow":
        return build_stock_network(recipe, base, classes, seed)
    key = _shape_of(recipe, base, classes)
    network = _compiled.pop(key, None) or _build(
        recipe, base, classes, seed, RegularizationStrengths()
    )
    network.reset(recipe, seed)
    _compiled[key] = network
    while len(_compiled) > 1 and _compiled_weights() > _MOST_COMPILED_WEIGHTS:
        _compiled.popitem(last=False)
    return network


def build_stock_network(recipe: Recipe, base: Base, classes: int, seed: int) -> Network:
    """Return a new trainable part whose head has stock Keras layers alone; it is not used again."""
    return _build(recipe, base, classes, seed, None)


_compiled: OrderedDict[tuple, Network] = OrderedDict()


def compiled_network_count() -> int:
    """Return how many compiled networks wait for another trial."""
    return len(_compiled)


def clear_compiled_networks() -> None:
    """Drop the compiled networks that wait for another trial."""
    _compiled.clear()


def _compiled_weights() -> int:
    return sum(network.weights_kept for network in _compiled.values())


def _shape_of(recipe: Recipe, base: Base, classes: int) -> tuple:
    """Return everything that a compiled network depends on."""
    return (
        base.digest,
        recipe.image_size,
        recipe.unfrozen,
        recipe.pixel_scaling,
        recipe.pooling,
        recipe.token_pooling,
        recipe.mix == "cutmix",
        recipe.feature_scaling,
        recipe.dense,
        recipe.activation,
        recipe.batch_norm,
        required(recipe.dropout) > 0,
        required(recipe.l2) > 0,
        recipe.optimizer,
        classes,
    )


def _build(
    recipe: Recipe, base: Base, classes: int, seed: int, strengths: RegularizationStrengths | None
) -> Network:
    stack = head_layers(recipe, classes, seed, strengths)
    shape = base.network.output_shape[1:]
    features = keras.Input(shape[-1:] if is_pooled(recipe, 0) else shape, name="features")
    pooled = features if len(features.shape) == 2 else pool(recipe, features)
    head = keras.Model(features, apply_layers(stack, pooled), name="head")
    whole, tail, scaling = head, None, None
    if recipe.unfrozen != 0:
        scaling = PixelScaling() if recipe.pixel_scaling == "standard" else None
        whole, tail = _with_tail(recipe, base, stack, scaling)
    if recipe.from_scratch and tail is not None:
        draw_weights(tail, seed)
        if recipe.l2:
            penalise(tail, l2_penalty(recipe, strengths))
    models = {"head": head, "whole": whole}
    train_steps = {name: make_train_step(model) for name, model in models.items()}
    for model in models.values():
        compile_model(model, recipe, required(recipe.learning_rate or recipe.fine_tune_rate))
    return Network(head, whole, tail, stack, strengths, scaling, train_steps, whole.get_weights())


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
    probabilities = apply_layers(stack, pool(recipe, features))
    return keras.Model(inputs, probabilities, name="whole"), tail


def compile_model(
    model: keras.Model,
    recipe: Recipe,
    learning_rate: float,
    loss: str = "categorical_crossentropy",
) -> None:
    """Compile with the recipe's optimizer, by default for one-hot targets (N, C)."""
    model.compile(
        optimizer=make_optimizer(required(recipe.optimizer), learning_rate),
        loss=loss,
        metrics=["accuracy"],
        jit_compile=jit_compile_option(),
    )


def jit_compile_option() -> bool | str:
    """Return Keras's `jit_compile`: off on TensorFlow, whose XLA is slow to compile and slower on CPUs."""
    return False if keras.backend.backend() == "tensorflow" else "auto"


def make_optimizer(name: str, learning_rate: float) -> keras.optimizers.Optimizer:
    """Return a new optimizer by a recipe's word."""
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

"""Where in an image a model sees a class.

The map of a class is the product of the last feature map and the gradient of the class's logit with respect to it,
summed over channels, where the sum is positive: HiResCAM (Draelos and Carin, Use HiResCAM Instead of Grad-CAM for
Faithful Explanations, 2020). On a linear head these sums add up to the logit; where features are averaged, they are the
class activation map (Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016). The mean logit of
all classes is taken off, since it changes no probability.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from ..errors import SearchError

# A map is divided by its highest value, unless nothing in the image speaks for the class.
_LEAST = 1e-12


@dataclass
class _Calls:
    """What went into a layer and what came out, once for each call."""

    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)


def class_maps(model: keras.Model, pixels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return where a model sees a class in each image, float32 (N, size, size), 0 to 1.

    It works on every classifier of this project that has feature maps and logits, also on one that plain Keras loaded
    from its `.keras` file. The members of an ensemble count by their weights. Maps of mirror images are turned back.

    Args:
        model: Maps pixels to probabilities (N, C).
        pixels: Float32 (N, size, size, 3), 0..255.
        classes: int64 (N,), the class of each image's map.

    Raises:
        SearchError: The backend is not TensorFlow, or the model has no feature maps or no logits, as with nearest
            neighbours.
    """
    if keras.backend.backend() != "tensorflow":
        raise SearchError("Explanations need the TensorFlow backend; set KERAS_BACKEND=tensorflow.")
    import tensorflow as tf

    with tf.GradientTape() as tape, ExitStack() as stack:
        passes = [stack.enter_context(_watched(layer, tape)) for layer in _backbones(model)]
        heads = [
            (weight, stack.enter_context(_watched(layer, tape))) for weight, layer in _logits(model)
        ]
        model(tf.constant(pixels))
        evidence = sum(
            weight * _of_classes(logits, classes) / len(calls.outputs)
            for weight, calls in heads
            for logits in calls.outputs
        )
    outputs = [output for one in passes for output in one.outputs]
    gradients = tape.gradient(evidence, outputs) if outputs and heads else []
    if all(gradient is None for gradient in gradients):
        raise SearchError(
            "This model cannot be explained: it has no feature map, or no logits that follow from it, as nearest "
            "neighbours have none."
        )
    total = np.zeros(pixels.shape[:3], np.float32)
    turned = [is_turned for one in passes for is_turned in _turned(one)]
    for output, gradient, is_turned in zip(outputs, gradients, turned, strict=True):
        if gradient is not None:  # that of a member without logits is None
            places = tf.nn.relu(tf.reduce_sum(output * gradient, axis=-1, keepdims=True))
            # What a place counts is spread over the pixels that it covers.
            density = places * (places.shape[1] * places.shape[2])
            large = tf.image.resize(density, pixels.shape[1:3])[..., 0].numpy()
            total += large[:, :, ::-1] if is_turned else large
    return total / np.maximum(total.max(axis=(1, 2), keepdims=True), _LEAST)


def _backbones(model: keras.Model) -> Iterator[keras.Model]:
    """Yield the outermost models inside a model whose output is a feature map (N, h, w, c)."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            if len(layer.output.shape) == 4:
                yield layer
            else:
                yield from _backbones(layer)


def _logits(model: keras.Model) -> Iterator[tuple[float, keras.Layer]]:
    """Yield the layers that give logits, each with the weight of its member."""
    layers = {layer.name: layer for layer in model.layers}
    members = [name for name in layers if name.startswith("member_")]
    parts = [(layers[name.replace("member", "weight")].scale, layers[name]) for name in members]
    for weight, part in parts or [(1.0, model)]:
        for layer in part._flatten_layers():
            if layer.name == "logits":
                yield weight, layer


def _of_classes(logits: Any, classes: np.ndarray) -> Any:
    """Return the sum of the logits of the images' classes, each less the mean of its row."""
    import tensorflow as tf

    chosen = tf.gather(logits, classes, batch_dims=1) - tf.reduce_mean(logits, axis=1)
    return tf.reduce_sum(chosen)


@contextmanager
def _watched(layer: keras.Layer, tape: Any) -> Iterator[_Calls]:
    """Keep what goes into a layer and what comes out, and let the tape watch the latter."""
    seen, call = _Calls(), layer.call

    def watch(inputs: Any, *arguments: Any, **named: Any) -> Any:
        output = call(inputs, *arguments, **named)
        tape.watch(output)
        seen.inputs.append(inputs)
        seen.outputs.append(output)
        return output

    layer.call = watch
    try:
        yield seen
    finally:
        layer.call = call


def _turned(one: _Calls) -> list[bool]:
    """Return which calls of a backbone saw the mirror images of the first call's."""
    if not one.inputs:
        return []
    first = np.asarray(one.inputs[0])
    mirrored = first[:, :, ::-1]
    return [
        not np.array_equal(x, first) and np.array_equal(x, mirrored)
        for x in map(np.asarray, one.inputs)
    ]

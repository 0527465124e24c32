"""Runs a model on a batch in inference mode, the same for every row whatever rows come with it."""

from collections.abc import Callable

import keras
import numpy as np

PREDICT_BATCH = 32
# From so many rows on it pays to compile a network whose weights are constants; larger networks than these take
# seconds and gigabytes to compile, and gain a tenth.
_LEAST_ROWS, _MOST_WEIGHTS = 500, 16_000_000


def predict_batch(model: keras.Model, inputs: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Run a model on up to `size` rows, in compiled inference mode; return its outputs.

    The batch is filled up to `size`, so that a row's result never depends on how many rows came with it.
    """
    outputs = model.predict_on_batch(one_or_list([_filled(x, size) for x in inputs]))
    return [np.asarray(output)[: len(inputs[0])] for output in keras.tree.flatten(outputs)]


def compiled_pass(
    model: keras.Model, size: int, rows: int
) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """Return what runs a model on batches of up to `size` rows as `predict_batch` does, for a pass over `rows` rows.

    On TensorFlow the weights of a small network become constants where the pass is long enough: batch normalisation is
    then folded into the convolutions. The results agree with those of `predict_batch` within rounding.
    """
    is_small = model.count_params() <= _MOST_WEIGHTS
    if keras.backend.backend() != "tensorflow" or rows < _LEAST_ROWS or not is_small:
        return lambda inputs: predict_batch(model, inputs, size)
    run = _with_constants(model, size)

    def predict(inputs: list[np.ndarray]) -> list[np.ndarray]:
        outputs = run(*(_filled(x, size) for x in inputs))
        return [output.numpy()[: len(inputs[0])] for output in outputs]

    return predict


def _with_constants(model: keras.Model, size: int):
    """Return a TensorFlow function of a model's inputs, float32 each, in batches of a size."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    @tf.function
    def forward(*inputs):
        return keras.tree.flatten(model(one_or_list(list(inputs)), training=False))

    shapes = [tf.TensorSpec((size, *x.shape[1:]), tf.float32) for x in model.inputs]
    constant = convert_variables_to_constants_v2(forward.get_concrete_function(*shapes))
    return lambda *inputs: constant(*(tf.convert_to_tensor(x, tf.float32) for x in inputs))


def _filled(rows: np.ndarray, size: int) -> np.ndarray:
    """Return rows (n, ...) filled up to a size by repeating the last one."""
    missing = size - len(rows)
    return np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing else rows


def one_or_list(values: list):
    """Return the only value, or the list of several, as Keras takes the inputs of a model."""
    return values[0] if len(values) == 1 else values

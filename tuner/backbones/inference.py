"""Runs a model on a batch in inference mode, the same for every row whatever rows come with it."""

import keras
import numpy as np

PREDICT_BATCH = 32


def predict_batch(model: keras.Model, inputs: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Run a model on up to `size` rows, in compiled inference mode; return its outputs.

    The batch is filled up to `size`, so that a row's result never depends on how many rows came with it.
    """
    rows = len(inputs[0])
    if rows < size:
        inputs = [np.concatenate([x, np.repeat(x[-1:], size - rows, axis=0)]) for x in inputs]
    outputs = model.predict_on_batch(one_or_list(list(inputs)))
    return [np.asarray(output)[:rows] for output in keras.tree.flatten(outputs)]


def one_or_list(values: list):
    """Return the only value, or the list of several, as Keras takes the inputs of a model."""
    return values[0] if len(values) == 1 else values

"""Every private member of Keras and Keras Tuner that the project uses: an upgrade that changes one fails here first.

`pyproject.toml` caps both versions; before a cap is raised, this has to pass.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
KERAS = {"_operations", "_nodes_by_depth", "_keras_history", "_flatten_layers"}
KERAS_TUNER = {"_conditions"}


@pytest.fixture(scope="module")
def keras_tuner(task):
    """Keras Tuner, after Keras was set up."""
    import keras_tuner

    return keras_tuner


def test_keras_models_tell_their_operations(task):
    """A model lists its operations and nodes, and a tensor knows the operation that made it."""
    import keras

    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, name="hidden")
    outputs = keras.ops.relu(hidden(inputs))
    model = keras.Model(inputs, outputs)
    assert hidden in model._operations
    assert len(model._operations) == 3
    nodes = [node for row in model._nodes_by_depth.values() for node in row]
    assert {id(node.operation) for node in nodes} == {id(op) for op in model._operations}
    (node,) = (node for node in nodes if node.operation is hidden)
    assert node.input_tensors[0] is inputs
    assert inputs._keras_history.operation is model._operations[0]
    assert hidden in list(model._flatten_layers())


def test_layers_keep_their_seed_generator(task):
    """A dropout layer's random state is a variable of two numbers that can be set."""
    import keras

    generator = keras.layers.Dropout(0.5).seed_generator
    generator.state.assign(np.array([3, 0], keras.backend.standardize_dtype(generator.state.dtype)))
    assert keras.ops.convert_to_numpy(generator.state).tolist() == [3, 0]


def test_keras_tuner_conditions_are_a_list(keras_tuner):
    """Conditions that are put on the list hold for what is declared while they stand there."""
    from keras_tuner.src.engine import conditions

    hp = keras_tuner.HyperParameters()
    hp.Choice("kind", ["a", "b"])
    hp._conditions.append(conditions.Parent("kind", ["b"]))
    hp.Int("number", 1, 3)
    del hp._conditions[:]
    assert hp.is_active("kind")
    assert not hp.is_active("number")


def test_no_other_private_member_is_used():
    """Attributes with a leading underscore, of anything but `self`, are those named above."""
    used = {
        node.attr
        for file in (ROOT / "tuner").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "os"))
    }
    assert used <= KERAS | KERAS_TUNER
    assert used >= KERAS | KERAS_TUNER

"""The freeze boundary on a small network: what trains, what stays, and inference mode."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def network(keras_ready):
    """A small network with a shortcut around its middle, batch norm and dropout."""
    import keras
    from keras import layers

    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    y = layers.Conv2D(4, 3, padding="same", name="second")(x)
    y = layers.BatchNormalization(name="norm")(y)
    x = layers.Add(name="add")([x, y * 2.0])
    x = layers.Dropout(0.5, name="drop")(x)
    return keras.Model(inputs, layers.Conv2D(5, 1, name="last")(x))


@pytest.fixture
def x():
    """Three inputs."""
    return np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype(np.float32)


@pytest.mark.parametrize("unfreeze", [*range(8), 99, "all"])
def test_prefix_and_suffix_are_the_network(network, x, unfreeze):
    """Wherever it is cut, the two parts in a row give the same numbers."""
    import keras

    from transfertune.tuner.backbones.freeze_boundary import cut

    parts = cut(network, unfreeze)
    middle = [x] if parts.prefix is None else keras.tree.flatten(parts.prefix(x))
    output = middle[0] if parts.suffix is None else parts.suffix(middle)
    np.testing.assert_array_equal(output, network(x))
    assert (parts.suffix is None) == (unfreeze == 0)
    assert (parts.prefix is None) == (unfreeze in (6, 7, 99, "all"))


def test_a_shortcut_crosses_beside_the_main_path(network):
    """Cut within the block, both tensors that the rest needs cross."""
    from transfertune.tuner.backbones.freeze_boundary import cut

    assert len(cut(network, 4).prefix.outputs) == 2
    assert len(cut(network, 1).prefix.outputs) == 1


@pytest.mark.parametrize(
    ("unfreeze", "layers"),
    [
        (0, 0),
        (7, 7),
        ("all", "all"),
        ("1 block", 3),
        ("2 blocks", 5),
        ("3 blocks", "all"),
        ("9 blocks", "all"),
        ("50%", 3),
        ("34%", 2),
        ("1%", 1),
        ("99.5%", 6),
    ],
)
def test_blocks_and_shares_are_numbers_of_layers(network, unfreeze, layers):
    """A block ends with the last layer of its name; what follows the last one goes with it; a share is rounded."""
    from transfertune.tuner.backbones.freeze_boundary import count_layers

    assert count_layers(network, unfreeze, "(first|norm|add)") == layers


def test_a_copy_trains_on_its_own(network):
    """The copy starts with the same weights, all trainable, and shares none."""
    from transfertune.tuner.backbones.freeze_boundary import cut, trainable_copy

    network.trainable = False
    suffix = cut(network, 4).suffix
    copy = trainable_copy(suffix)
    for ours, theirs in zip(copy.get_weights(), suffix.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert len(copy.trainable_weights) == 4
    copy.set_weights([w + 1 for w in copy.get_weights()])
    assert not np.array_equal(copy.get_weights()[0], suffix.get_weights()[0])
    assert network.trainable_weights == []


def test_unfreezing_names_exactly_the_last_layers(network):
    """Layers in the suffix train, those before it do not."""
    from transfertune.tuner.backbones.freeze_boundary import cut, unfreeze

    unfreeze(network, cut(network, 4).suffix)
    trained = {layer.name for layer in network.layers if layer.weights and layer.trainable}
    assert trained == {"norm", "last"}


def test_inference_mode_holds_inside_a_training_model(network, x):
    """Dropout is off and batch statistics stand still, though the weights train."""
    import keras

    from transfertune.tuner.backbones.freeze_boundary import InferenceMode

    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, InferenceMode(network)(inputs))
    before = [np.array(w) for w in network.get_layer("norm").non_trainable_weights]
    np.testing.assert_array_equal(model(x, training=True), network(x, training=False))
    model.compile(loss="mse", optimizer="sgd")
    kernel = np.array(network.get_layer("first").kernel)
    model.train_on_batch(x, np.zeros((3, 8, 8, 5)))
    for value, weight in zip(before, network.get_layer("norm").non_trainable_weights, strict=True):
        np.testing.assert_array_equal(value, weight)
    assert not np.array_equal(kernel, network.get_layer("first").kernel)

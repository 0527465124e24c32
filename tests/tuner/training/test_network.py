"""The trainable part of a recipe: its layers, its weights, its parameter counts."""

from __future__ import annotations

import numpy as np
import pytest

CLASSES, FEATURES, SIDE = 3, 128, 2  # the small backbone's last map at 32 pixels is 2 x 2 x 128


@pytest.mark.parametrize(
    ("values", "head"),
    [
        ({}, FEATURES * CLASSES + CLASSES),
        ({"pooling": "flatten"}, SIDE * SIDE * FEATURES * CLASSES + CLASSES),
        ({"dense": "8"}, FEATURES * 8 + 8 + 8 * CLASSES + CLASSES),
        ({"dense": "8-4"}, FEATURES * 8 + 8 + 8 * 4 + 4 + 4 * CLASSES + CLASSES),
    ],
)
def test_the_head_has_the_weights_one_counts_by_hand(new_estimator, values, head):
    """Frozen, only the head trains; the total adds the backbone."""
    estimator = new_estimator(**values)
    assert estimator.parameters() == {
        "total": estimator.training.base.network.count_params() + head,
        "trainable": head,
    }


def test_batch_norm_adds_two_trained_and_two_counted_weights_a_unit(new_estimator):
    """Scale and shift train; mean and deviation are counted but follow the data."""
    plain, normed = (new_estimator(dense="8", batch_norm=b).parameters() for b in (False, True))
    assert normed["total"] - plain["total"] == 4 * 8
    assert normed["trainable"] - plain["trainable"] == 2 * 8


@pytest.mark.parametrize("unfreeze", [1, 3, "all"])
def test_unfrozen_layers_train_too(new_estimator, unfreeze):
    """What trains is the head and the last layers' trainable weights; the total stays."""
    estimator = new_estimator(unfreeze=unfreeze)
    network = estimator.training.base.network
    layers = [layer for layer in network.layers if layer.name != "input_layer"]
    last = layers if unfreeze == "all" else layers[-unfreeze:]
    moving = ("moving_mean", "moving_variance")
    tail = sum(
        int(np.prod(w.shape)) for layer in last for w in layer.weights if w.name not in moving
    )
    head = FEATURES * CLASSES + CLASSES
    counted = estimator.parameters()
    assert counted["trainable"] == head + tail
    assert counted["total"] == network.count_params() + head


def test_initial_weights_follow_the_seed(new_training):
    """The same seed starts with the same head, another one elsewhere; each layer has its own draw."""
    one, same, other = (
        new_training(dense="8-8", seed=s).network.head.get_weights() for s in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_layers_stand_in_the_order_of_the_recipe(new_training):
    """Dense, norm, activation, dropout for each width, then the logits and the softmax."""
    values = {"dense": "8-4", "batch_norm": True, "dropout": 0.2, "l2": 0.1, "activation": "gelu"}
    network = new_training(**values).network
    stack = network.stack
    block = ["dense_{}", "norm_{}", "activation_{}", "dropout_{}"]
    names = [name.format(i) for i in (1, 2) for name in block]
    assert [layer.name for layer in stack] == [*names, "logits", "probabilities"]


def test_without_a_hidden_layer_dropout_stands_before_the_output(new_training):
    """A linear head keeps its dropout."""
    stack = new_training(dropout=0.2).network.stack
    assert [layer.name for layer in stack] == ["dropout_1", "logits", "probabilities"]


@pytest.mark.parametrize("l2", [0.1, 0.4])
def test_the_penalty_is_on_every_kernel_of_the_head(new_training, l2):
    """What is added to the loss is L2 times the sum of the squares of all kernels, no biases."""
    network = new_training(dense="8-4", l2=l2).network
    squares = sum(float((layer.kernel.numpy() ** 2).sum()) for layer in network.stack[:5:2])
    assert float(sum(network.head.losses)) == pytest.approx(l2 * squares, rel=1e-5)


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [("adam", "Adam"), ("adamw", "AdamW"), ("rmsprop", "RMSprop"), ("sgd", "SGD")],
)
def test_every_optimizer_trains_at_the_rate(new_training, split, optimizer, name):
    """The recipe's word becomes Keras's optimizer, and an epoch uses the rate it is given."""
    training = new_training(optimizer=optimizer)
    (stage,) = training.stages
    training.begin(stage, split.train)
    training.epoch(stage, 1, 0.02, split.train)
    made = training.network.head.optimizer
    assert type(made).__name__ == name
    assert float(made.learning_rate) == pytest.approx(0.02)


@pytest.mark.parametrize(
    "values",
    [
        {"dense": "8", "dropout": 0.4, "l2": 0.01},
        {"dense": "8", "batch_norm": True, "optimizer": "sgd"},
        {"unfreeze": 3, "dropout": 0.2, "optimizer": "rmsprop"},
    ],
)
def test_a_kept_network_is_a_new_one(new_training, split, values):
    """After trials of other strengths and seeds, the same network trains as a newly built one does."""
    from transfertune.tuner.training import network

    def losses(**changes):
        training = new_training(**{**values, **changes})
        stage = training.stages[-1]
        training.begin(stage, split.train)
        return [training.epoch(stage, e, 0.01, split.train) for e in (1, 2)]

    network.clear_compiled_networks()
    new = losses()
    others = {k: 0.9 if k == "dropout" else 0.5 for k in values if k in ("dropout", "l2")}
    assert losses(seed=9, **others) != new
    assert network.compiled_network_count() == 1
    assert losses() == new


@pytest.mark.slow
@pytest.mark.parametrize("values", [{"dense": "8", "dropout": 0.4, "l2": 0.01}, {"unfreeze": 3}])
def test_many_steps_in_one_call_are_keras_own_steps(new_training, split, values):
    """The compiled loop ends with the weights that Keras's own loop with stock layers gives."""
    from transfertune.tuner.training.network import build_stock_network, clear_compiled_networks
    from transfertune.tuner.training.train_step import KerasTrainStep

    clear_compiled_networks()  # a kept one has another trial's learning rate until an epoch sets it
    training = new_training(**values)
    stage = training.stages[-1]
    stock = build_stock_network(training.recipe, training.base, training.classes, 1).whole
    steps = KerasTrainStep(stock)
    inputs = stage.features.for_inference(split.train)
    targets = np.eye(CLASSES, dtype=np.float32)[training.labels[split.train]]
    bounds = np.array([0, 8, 16, len(targets)])
    training.begin(stage, split.train)
    steps.reset_optimizer()
    sums = stage.train_step.train(inputs, targets, bounds)
    assert sums == pytest.approx(steps.train(inputs, targets, bounds), rel=1e-5)
    for ours, theirs in zip(stage.model.get_weights(), stock.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(stage.train_step.predict(inputs), steps.predict(inputs), atol=1e-5)

"""One epoch: its batches, its seeds, and what its numbers mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.search_spaces import Recipe
from transfertune.tuner.errors import TrialFailure


@pytest.fixture(scope="module")
def batches(keras_ready):
    """The function under test, imported once Keras is set up."""
    from transfertune.tuner.training.stages import batches

    def draw(train, *, seed=0, **values):
        recipe = Recipe.from_values(values, epochs=1)
        return list(batches(np.asarray(train), recipe, np.random.default_rng(seed)))

    return draw


TRAIN = st.lists(st.integers(0, 999), min_size=1, max_size=60, unique=True)


@given(TRAIN, st.integers(1, 70))
def test_a_full_epoch_is_one_pass(batches, train, size):
    """Every image once, in full batches but for the last."""
    parts = batches(train, batch_size=size)
    assert sorted(np.concatenate(parts)) == sorted(train)
    assert {len(part) for part in parts[:-1]} <= {size}
    assert 1 <= len(parts[-1]) <= size


@given(TRAIN, st.integers(1, 70), st.integers(1, 20))
def test_a_number_of_steps_is_that_many_full_batches(batches, train, size, steps):
    """No batch is short, and no image is shown more than once more than another."""
    parts = batches(train, batch_size=size, steps_per_epoch=steps)
    assert [len(part) for part in parts] == [min(size, len(train))] * steps
    shown = np.bincount(np.concatenate(parts), minlength=1000)[train]
    assert shown.max() - shown.min() <= 1


def test_the_order_follows_the_seed(batches):
    """The same seed draws the same batches, another one others."""
    one, same, other = (np.concatenate(batches(range(30), seed=s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_an_epoch_depends_on_its_number_alone(new_training, split):
    """Epoch 4 is the same whatever ran before it, given the same weights and optimizer; dropout included."""
    results = []
    for before in ((), (1, 2)):
        training = new_training(dropout=0.5, dense="8")
        (stage,) = training.stages
        start = training.network.whole.get_weights()
        training.begin(stage, split.train)
        for epoch in before:
            training.epoch(stage, epoch, 0.01, split.train)
        training.network.whole.set_weights(start)
        training.begin(stage, split.train)
        results.append(training.epoch(stage, 4, 0.01, split.train))
    assert results[0] == results[1]
    assert new_training(dropout=0.5, dense="8").stages[0].rate == 1e-3


def test_a_loss_that_is_no_number_fails_with_its_epoch(new_training, split):
    """A rate far too high with a heavy penalty ends in the epoch's name, not in NaN scores."""
    training = new_training(optimizer="sgd", learning_rate=10.0, l2=100.0, dense="8")
    (stage,) = training.stages
    training.begin(stage, split.train)
    with pytest.raises(TrialFailure, match=r"the training loss became (nan|inf) in epoch \d"):
        for epoch in range(1, 10):
            training.epoch(stage, epoch, 10.0, split.train)


@pytest.mark.parametrize(
    ("values", "stages"),
    [
        ({}, [("head", 1e-3)]),
        ({"unfreeze": 2}, [("fine-tune", 1e-3)]),
        ({"unfreeze": 2, "head_epochs": 3}, [("head", 1e-3), ("fine-tune", 1e-4)]),
        ({"unfreeze": "all", "head_epochs": 1}, [("head", 1e-3), ("fine-tune", 1e-4)]),
        ({"unfreeze": 2, "head_start": "probe"}, [("fine-tune", 1e-4)]),
    ],
)
def test_stages_and_their_rates(new_training, values, stages):
    """A head stage where there is a head to train first, fine-tuning where layers are unfrozen."""
    assert [(s.name, s.rate) for s in new_training(**values).stages] == stages


@pytest.mark.parametrize("weight", ["none", "balanced"])
def test_balanced_classes_count_the_same(new_training, split, weight):
    """The loss is the weighted mean of the images' losses, each by its class's share of the training images."""
    training = new_training(class_weight=weight, steps_per_epoch=1, batch_size=99)
    labels = training.labels[split.train]
    train = np.concatenate([split.train[labels == 0][:6], split.train[labels == 1][:2]])
    (stage,) = training.stages
    training.begin(stage, train)
    before = training.predict(stage, train)
    loss, _ = training.epoch(stage, 1, 1e-9, train)
    losses = -np.log(before[np.arange(8), training.labels[train]])
    # Three classes, of which one is absent: 8 images are worth 8 / 3 a class.
    weights = np.repeat([8 / (3 * 6), 8 / (3 * 2)], [6, 2]) if weight == "balanced" else np.ones(8)
    assert loss == pytest.approx(float((weights * losses).mean()), rel=1e-4)


@pytest.mark.parametrize("weight", ["none", "balanced"])
def test_a_step_follows_the_gradient_of_the_weighted_loss(new_training, split, weight):
    """The first step of SGD is the rate, with Nesterov's momentum, times the gradient computed by hand."""
    values = {"class_weight": weight, "optimizer": "sgd", "steps_per_epoch": 1, "batch_size": 99}
    training = new_training(**values)
    labels = training.labels[split.train]
    train = np.concatenate([split.train[labels == c][:n] for c, n in enumerate((6, 2, 1))])
    (stage,) = training.stages
    training.begin(stage, train)
    known = training.labels[train]
    wrong = training.predict(stage, train) - np.eye(3)[known]
    if weight == "balanced":
        wrong *= (9 / (3 * np.bincount(known)))[known][:, None]
    rows = stage.features.for_inference(train)[0].reshape(len(train), -1)
    before = training.network.head.get_weights()[0]
    training.epoch(stage, 1, 1e-3, train)
    moved = training.network.head.get_weights()[0] - before
    np.testing.assert_allclose(moved, -1.9e-3 * rows.T @ wrong / 9, rtol=1e-3, atol=1e-7)


def test_features_are_scaled_as_the_training_images_have_them(new_training, split):
    """The first layer of a scaled head takes their mean and deviation, whatever trained the network before."""
    from transfertune.tuner.training.probes.probe import FrozenFeatures

    training = new_training(feature_scaling="standard", dense="8")
    (stage,) = training.stages
    for train in (split.train[:9], split.train):
        training.begin(stage, train)
        rows = FrozenFeatures(training.recipe, training.base, training.source).for_inference(train)
        scaled = np.asarray(training.network.stack[0](rows))
        np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-4)
        alive = rows.std(axis=0) > 1e-2
        np.testing.assert_allclose(scaled.std(axis=0)[alive], 1, atol=1e-2)
    kept = training.network.stack[0].get_weights()
    training.epoch(stage, 1, 0.01, split.train)
    for one, two in zip(kept, training.network.stack[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("rate", "least", "after"),
    [(0.1, 0.0, 0.02), (0.1, 0.05, 0.05), (0.1, 0.1, 0.1), (0.01, 0.05, 0.01)],
)
def test_a_plateau_leaves_the_least_rate(new_recipe, rate, least, after):
    """The rate falls to the recipe's least one, and is never raised to it."""
    from transfertune.tuner.training.epoch_loop import reduced

    recipe = new_recipe(plateau_patience=1, plateau_factor=0.2, min_learning_rate=least)
    assert reduced(rate, recipe) == pytest.approx(after)

"""Fits side by side: each is what it would be alone."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.tuner.errors import TrialFailure
from transfertune.tuner.training.checkpoint import FitState

EPOCHS = 6
RECIPES = {
    "linear": {"learning_rate": 0.02},
    "dense": {"dense": "8", "dropout": 0.4, "l2": 0.01, "learning_rate": 0.02, "batch_size": 8},
    "two": {"dense": "8-4", "dropout": 0.2, "activation": "gelu", "optimizer": "rmsprop"},
    "scaled": {"feature_scaling": "standard", "dense": "8", "learning_rate": 0.01},
    "decayed": {"optimizer": "adamw", "dense": "8", "learning_rate": 0.05},
    "sgd": {
        "optimizer": "sgd",
        "learning_rate": 0.5,
        "dropout": 0.3,
        "plateau_patience": 1,
        "plateau_factor": 0.5,
    },
    "views": {"augment": "light", "views": 2, "dense": "8", "learning_rate": 0.02},
    "balanced": {"class_weight": "balanced", "steps_per_epoch": 3, "batch_size": 5},
    "flat": {
        "pooling": "flatten",
        "dense": "8",
        "dropout": 0.5,
        "patience": 2,
        "learning_rate": 0.02,
    },
}


@pytest.fixture(scope="module")
def folds(split):
    """Four folds of unequal sizes, as (train, validation)."""
    pool = np.sort(np.concatenate([split.train, split.validation]))
    where = np.arange(len(pool)) * 7 % 4
    where[:2] = 0
    return [(pool[where != fold], pool[where == fold]) for fold in range(4)]


@pytest.fixture(scope="module")
def alone(keras_ready, new_training, folds):
    """Return the fits of a recipe one after another."""
    from transfertune.tuner.training.epoch_loop import FoldFit, fit

    def run(values, epochs=EPOCHS):
        return [
            fit(new_training(seed=seed, **values), FoldFit(*fold), epochs)
            for seed, fold in enumerate(folds)
        ]

    return run


@pytest.fixture(scope="module")
def together(keras_ready, new_training, folds):
    """Return the fits of a recipe side by side."""
    from transfertune.tuner.training.epoch_loop import FoldFit
    from transfertune.tuner.training.stacked_fits import can_be_stacked, fit_stacked

    def run(values, epochs=EPOCHS, states=None, **options):
        states = states or [FitState() for _ in folds]
        trainings = [new_training(seed=seed, **values) for seed in range(len(folds))]
        asked = [
            FoldFit(*fold, state, **options) for fold, state in zip(folds, states, strict=True)
        ]
        assert can_be_stacked(trainings[0], len(trainings))
        return fit_stacked(trainings, asked, epochs)

    return run


def history(result) -> list[tuple]:
    """Return what an epoch's row says, less its seconds."""
    names = ("epoch", "learning_rate", "loss", "accuracy", "val_loss", "val_accuracy")
    return [tuple(row[name] for name in names) for row in result.state.history]


@pytest.mark.parametrize("name", RECIPES)
def test_fits_side_by_side_are_those_one_after_another(alone, together, name):
    """Histories, best epochs, weights and probabilities agree within 1e-5, though members stop at different times."""
    values = RECIPES[name]
    for one, other in zip(alone(values), together(values), strict=True):
        np.testing.assert_allclose(history(other), history(one), atol=1e-5, rtol=1e-5)
        assert other.state.best_epoch == one.state.best_epoch
        assert other.state.stopped == one.state.stopped
        np.testing.assert_allclose(other.probabilities, one.probabilities, atol=1e-5)
        for name in ("best", "weights", "optimizer"):
            for a, b in zip(getattr(one.state, name), getattr(other.state, name), strict=True):
                # Scalars: the steps taken, and a rate that every epoch sets.
                if np.ndim(a):
                    np.testing.assert_allclose(b, a, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["dense", "sgd", "views"])
def test_interrupted_fits_go_on_to_the_bit(together, name):
    """Also when they were saved at different epochs, as a kill between two files leaves them."""
    values = RECIPES[name]
    whole, early, late = (together(values, epochs=n) for n in (EPOCHS, 2, 3))
    states = [early[0].state, late[1].state, early[2].state, late[3].state]
    for one, other in zip(whole, together(values, states=states), strict=True):
        assert history(one) == history(other)
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
        for a, b in zip(one.state.weights, other.state.weights, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_stop_saves_every_fit(together, monkeypatch):
    """A stop after an epoch raises, and what was saved goes on to the same end."""
    from transfertune.tuner.errors import Stopped
    from transfertune.tuner.training import stacked_fits

    whole, saved = together(RECIPES["dense"]), []
    monkeypatch.setattr(stacked_fits, "stop_requested", lambda: True)
    with pytest.raises(Stopped):
        together(RECIPES["dense"], save=saved.append)
    monkeypatch.undo()
    assert [state.epoch for state in saved] == [1] * 4
    for one, other in zip(whole, together(RECIPES["dense"], states=saved), strict=True):
        assert history(one) == history(other)


def test_a_loss_that_is_no_number_fails(together):
    """As in a fit alone."""
    values = {"optimizer": "sgd", "learning_rate": 10.0, "l2": 100.0, "dense": "8"}
    with pytest.raises(TrialFailure, match=r"the (training|validation) loss became (nan|inf)"):
        together(values, epochs=20)


@pytest.mark.parametrize(
    "values",
    [
        {"unfreeze": 2},
        {"batch_norm": True, "dense": "8"},
        {"mix": "mixup", "mix_alpha": 0.2},
        {"dense": "2048-2048"},
    ],
)
def test_what_is_not_small_or_plain_trains_alone(new_training, keras_ready, values):
    """Tails, batch normalisation, mixed images and large heads."""
    from transfertune.tuner.training.stacked_fits import can_be_stacked

    assert not can_be_stacked(new_training(**values), 4)
    assert not can_be_stacked(new_training(), 1)

"""A fit: repeatable, resumable to the bit, with its best weights restored and the frozen ones untouched."""

from __future__ import annotations

import time

import numpy as np
import pytest

from transfertune.reports import HISTORY_COLUMNS
from transfertune.tuner.errors import TrialFailure
from transfertune.tuner.training.checkpoint import FitState

RECIPES = {
    "head": {"dense": "8", "dropout": 0.4, "batch_norm": True, "learning_rate": 0.02},
    "plateau": {
        "learning_rate": 8.0,
        "optimizer": "sgd",
        **{"plateau_patience": 1, "plateau_factor": 0.5},
        "dropout": 0.3,
    },
    "tail": {
        "unfreeze": 3,
        "head_epochs": 2,
        "fine_tune_rate": 0.003,
        "learning_rate": 0.01,
        "dropout": 0.3,
        "augment": "light",
        "views": 2,
    },
    "all": {"unfreeze": "all", "augment": "light", "learning_rate": 0.002, "steps_per_epoch": 2},
}
EPOCHS = 5


@pytest.fixture(scope="module")
def fit(keras_ready, new_training, split):
    """Fit a fresh training of a recipe; return the result, the training and the events."""
    from transfertune.tuner.training.epoch_loop import FoldFit, fit

    def run(values, *, epochs=EPOCHS, seed=1, deadline=None, **options):
        training, rows = new_training(seed=seed, **values), []
        asked = FoldFit(split.train, split.validation, on_epoch=rows.append, **options)
        return fit(training, asked, epochs, deadline), training, rows

    return run


@pytest.fixture(scope="module")
def whole(fit):
    """Uninterrupted fits by the recipe's name, each run once, and the weights that each left in its network."""
    fits = {}
    for name, values in RECIPES.items():
        result, training, rows = fit(values)
        fits[name] = result, training, rows, training.network.whole.get_weights()
    return fits


def without_seconds(history):
    """Return the history less what the clock decides."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def same(one, two) -> bool:
    """Say whether two results agree to the bit, the state for going on included."""
    arrays = [
        (a, b)
        for name in ("best", "weights", "optimizer")
        for a, b in zip(getattr(one.state, name), getattr(two.state, name), strict=True)
    ]
    return (
        without_seconds(one.state.history) == without_seconds(two.state.history)
        and all(np.array_equal(a, b) for a, b in arrays)
        and np.array_equal(one.probabilities, two.probabilities)
    )


def test_a_fit_repeats_with_its_seed(fit, whole):
    """Dropout, order and initial weights come from the seed alone."""
    assert same(fit(RECIPES["head"])[0], whole["head"][0])
    assert not same(fit(RECIPES["head"], seed=2)[0], whole["head"][0])


@pytest.mark.parametrize(
    ("name", "stops"),
    [("head", [2]), ("plateau", [3]), ("tail", [1]), ("tail", [2]), ("tail", [3, 4]), ("all", [2])],
)
def test_going_on_equals_an_uninterrupted_fit(fit, whole, tmp_path, name, stops):
    """Stopped after any epoch, also right at the switch of stages, a fit goes on from its file to the same bits."""
    state = FitState()
    for stop in stops:
        fit(RECIPES[name], epochs=stop, state=state)[0].state.save(tmp_path / "state.npz")
        state = FitState.load(tmp_path / "state.npz")
        assert state.epoch == stop
    assert same(fit(RECIPES[name], state=state)[0], whole[name][0])


@pytest.mark.parametrize("name", RECIPES)
def test_the_best_weights_are_restored_and_scored(whole, split, name):
    """The probabilities are those of the epoch with the lowest validation loss."""
    from transfertune.reports import log_loss

    result, training, rows, left = whole[name]
    losses = [row["val_loss"] for row in rows]
    assert result.state.best_epoch == 1 + int(np.argmin(losses))
    labels = training.labels[split.validation]
    assert log_loss(labels, result.probabilities) == pytest.approx(min(losses), abs=1e-6)
    for kept, weight in zip(result.state.best, left, strict=True):
        np.testing.assert_array_equal(kept, weight)


@pytest.mark.parametrize("name", RECIPES)
def test_every_epoch_is_told_in_order(whole, name):
    """The events are the history: all columns, epochs from 1."""
    result, _, rows, _ = whole[name]
    assert rows == result.state.history
    assert [row["epoch"] for row in rows] == list(range(1, EPOCHS + 1))
    assert all(tuple(row) == HISTORY_COLUMNS for row in rows)


def test_the_rate_is_reduced_on_a_plateau(whole):
    """After each epoch without a lower loss the rate halves, and only then."""
    rows = whole["plateau"][2]
    best, expected = np.inf, [rows[0]["learning_rate"]]
    for row in rows:
        expected.append(expected[-1] * (1 if row["val_loss"] < best else 0.5))
        best = min(best, row["val_loss"])
    assert [row["learning_rate"] for row in rows] == expected[:-1]
    assert rows[-1]["learning_rate"] < rows[0]["learning_rate"]


def test_the_head_comes_first_and_then_the_tail(whole):
    """Two epochs of the head at its rate, the rest at the fine-tuning rate."""
    rows = whole["tail"][2]
    assert [(row["stage"], row["learning_rate"]) for row in rows] == [
        *[("head", 0.01)] * 2,
        *[("fine-tune", 0.003)] * 3,
    ]


def test_training_learns(whole):
    """The images' colours are found, far above one in three."""
    assert whole["all"][2][-1]["accuracy"] > 0.6


def test_patience_counts_epochs_without_a_lower_loss(fit):
    """The fit ends `patience` epochs after its best one."""
    recipe = {"learning_rate": 8.0, "optimizer": "sgd", "patience": 2}
    state = fit(recipe, epochs=40)[0].state
    assert state.stopped
    assert state.epoch == state.best_epoch + 2
    assert min(row["val_loss"] for row in state.history) == state.best_loss


def test_patience_ends_a_head_stage_but_not_the_fit(fit):
    """A head that no longer improves hands over early, with its best weights."""
    recipe = {
        "learning_rate": 8.0,
        "optimizer": "sgd",
        "patience": 1,
        "unfreeze": 2,
        "head_epochs": 30,
        "fine_tune_rate": 1e-5,
    }
    stages = [row["stage"] for row in fit(recipe, epochs=40)[0].state.history]
    assert 1 < stages.count("head") < 30
    assert stages[-1] == "fine-tune"


def test_a_stopped_fit_does_not_go_on(fit):
    """More epochs for a fit that ran out of patience change nothing."""
    recipe = {"learning_rate": 8.0, "optimizer": "sgd", "patience": 1}
    stopped = fit(recipe, epochs=40)[0]
    epoch = stopped.state.epoch
    assert stopped.state.stopped
    again = fit(recipe, epochs=80, state=stopped.state)[0]
    assert again.state.epoch == epoch
    np.testing.assert_array_equal(again.probabilities, stopped.probabilities)


def test_no_epoch_but_the_first_starts_after_the_deadline(fit):
    """A fit out of time still gives a score, of one epoch."""
    assert fit(RECIPES["head"], deadline=time.time() - 1)[0].state.epoch == 1


def test_frozen_weights_stay_and_unfrozen_ones_change(whole, task):
    """Of the backbone only the copy's kernels move; every batch statistic of it stays."""
    from transfertune.tuner.backbones.backbone import build_base
    from transfertune.tuner.backbones.freeze_boundary import cut

    _, training, _, left = whole["tail"]
    training.network.whole.set_weights(left)  # later fits use the same network
    fresh = build_base("drawn_net", 32, task.weights).network
    for before, after in zip(fresh.get_weights(), training.base.network.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    before = cut(fresh, 3).suffix.weights
    after = training.network.tail.weights
    assert {w.name for w in before} >= {"moving_mean", "gamma"}
    for old, new in zip(before, after, strict=True):
        unchanged = np.array_equal(old, new)
        assert unchanged == old.name.startswith("moving_"), old.name


def test_the_heads_own_batch_norm_follows_the_data(whole):
    """Statistics of the head are learned, unlike those of the backbone."""
    _, training, _, left = whole["head"]
    names = [weight.path for weight in training.network.whole.weights]
    (mean,) = (v for name, v in zip(names, left, strict=True) if name.endswith("moving_mean"))
    assert np.abs(mean).min() > 0


def test_a_fit_that_diverges_fails_with_the_epoch(fit):
    """Infinite losses end the fit, and the message says when."""
    recipe = {"optimizer": "sgd", "learning_rate": 10.0, "l2": 100.0, "dense": "8"}
    with pytest.raises(TrialFailure, match=r"loss became (nan|inf) in epoch [1-9]"):
        fit(recipe, epochs=20)


@pytest.mark.parametrize("name", ["head", "tail"])
def test_refitting_repeats_the_epochs(whole, new_training, split, name):
    """The same epochs on the same images give the same losses, without a look at validation."""
    from transfertune.tuner.training.epoch_loop import refit

    history, rows = whole[name][0].state.history, []
    if name == "tail":
        history = history[:2]  # at the switch a fit goes back to its best weights, a refit cannot
    refit(new_training(**RECIPES[name]), split.train, history, rows.append)
    assert [row["loss"] for row in rows] == [row["loss"] for row in history]
    assert {row["val_loss"] for row in rows} == {None}


PROBED = {"unfreeze": 3, "head_start": "probe", "optimizer": "sgd", "l2": 10.0, "patience": 2}


@pytest.fixture(scope="module")
def probe(new_estimator, split):
    """Validation probabilities of the logistic probe that the fits of `PROBED` start with."""
    estimator = new_estimator(classifier="logistic")
    estimator.refit(split.train, [], lambda row: None)
    return estimator.predict(split.validation)


def test_a_fine_tuning_that_harms_is_undone(fit, probe):
    """With a penalty far too high no epoch is better than the probe it starts with, and the probe is what is left."""
    result, _, rows = fit({**PROBED, "fine_tune_rate": 0.02}, epochs=9)
    assert result.state.best_epoch == 0
    assert [row["epoch"] for row in rows] == [1, 2]
    np.testing.assert_allclose(result.probabilities, probe, atol=1e-3)


@pytest.mark.parametrize("rate", [1e-6, 1e-3])
def test_fine_tuning_is_never_worse_than_its_probe(fit, probe, task, split, rate):
    """The validation loss is at most the probe's, and is that of the best epoch, the start included."""
    from transfertune.reports import log_loss

    result, _, rows = fit({**PROBED, "fine_tune_rate": rate})
    labels = task.labels[split.validation]
    start = log_loss(labels, probe)
    best = min([start, *(row["val_loss"] for row in rows)])
    assert log_loss(labels, result.probabilities) == pytest.approx(best, abs=1e-3)
    assert {row["stage"] for row in rows} == {"fine-tune"}


def test_a_fit_from_a_probe_goes_on_to_the_same_bits(fit, tmp_path):
    """The probe is kept with the state: going on starts no other one."""
    recipe = {**PROBED, "fine_tune_rate": 0.02}
    stopped = fit(recipe, epochs=1)[0].state
    assert stopped.best_epoch == 0
    stopped.save(tmp_path / "state.npz")
    again = fit(recipe, epochs=3, state=FitState.load(tmp_path / "state.npz"))[0]
    assert same(again, fit(recipe, epochs=3)[0])


def test_refitting_no_epochs_is_the_probe(new_training, new_estimator, split):
    """A fit whose best epoch is its start is retrained as the probe on all images."""
    from transfertune.tuner.training.epoch_loop import refit

    training = new_training(**PROBED, fine_tune_rate=0.02)
    refit(training, split.train, [], lambda row: pytest.fail("an epoch"))
    found = training.predict(training.stages[-1], split.test)
    probe = new_estimator(classifier="logistic")
    probe.refit(split.train, [], lambda row: None)
    np.testing.assert_allclose(found, probe.predict(split.test), atol=1e-3)


@pytest.mark.parametrize("name", RECIPES)
def test_the_assembled_model_gives_the_same_probabilities(whole, task, split, new_recipe, name):
    """From pixels to probabilities in one model, as the parts gave them."""
    from transfertune.datasets import decode_all
    from transfertune.tuner.models.assemble import assemble_network
    from transfertune.tuner.models.exports.keras_file import predictor_of
    from transfertune.tuner.models.labels import Labels
    from transfertune.tuner.models.predict import predict_images

    result, training, _, left = whole[name]
    training.network.whole.set_weights(left)  # later fits use the same network
    predictor = predictor_of(assemble_network(training, task.weights))
    images = decode_all([task.paths[i] for i in split.validation], 32)
    found = predict_images(predictor, images, Labels(task.classes, 32, "crop"))
    np.testing.assert_allclose(found, result.probabilities, atol=1e-5)

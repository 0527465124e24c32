"""A space in plain Keras Tuner: the same recipes, trained from pixels, with the same results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transfertune.search_spaces import HYPERPARAMETERS, Choice, Recipe
from transfertune.tuner import HyperModel, SearchError
from transfertune.tuner.hyper_model import APPLIED, PLAIN, refuse_what_model_fit_cannot

from .conftest import SPACE


@pytest.fixture(scope="module")
def pixels(dataset, keras_ready):
    """The images as arrays of pixels 0..255, and their labels."""
    from transfertune.datasets import decode_all

    paths = [image.path for image in dataset.images]
    return np.stack(list(decode_all(paths, 32, "crop"))).astype(np.float32), dataset.labels


def _hp(**values):
    import keras_tuner

    hp = keras_tuner.HyperParameters()
    hp.values.update(values)
    return hp


@pytest.mark.slow
def test_keras_tuner_searches_the_space(pixels, weights, tmp_path):
    """Keras Tuner's own random search builds, fits and scores recipes of a space, conditions included."""
    import keras_tuner

    x, y = pixels
    domains = {"unfreeze": Choice(0, 5), "head_epochs": 1, "augment": Choice("none", "light")}
    space = replace(SPACE, domains={**SPACE.domains, **domains})
    tuner = keras_tuner.RandomSearch(
        HyperModel(space, classes=3, weights=str(weights)),
        "val_accuracy",
        max_trials=3,
        directory=tmp_path,
        seed=2,
    )
    tuner.search(x[::2], y[::2], epochs=3, validation_data=(x[1::2], y[1::2]), verbose=0)
    trials = tuner.oracle.trials.values()
    assert [trial.status for trial in trials] == ["COMPLETED"] * 3
    assert all(0 <= trial.score <= 1 for trial in trials)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"dropout": [0.4], "dense": ["8"], "l2": [1e-3]}, marks=pytest.mark.slow),
        {"dropout": [0.4], "unfreeze": [5], "head_epochs": [2], "fine_tune_rate": [1e-3]},
        pytest.param(
            {"dropout": [0.4], "unfreeze": ["all"], "steps_per_epoch": [2]}, marks=pytest.mark.slow
        ),
        pytest.param(
            {"dropout": [0.4], "unfreeze": ["all"], "mix": ["mixup"], "mix_alpha": [0.4]},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {
                "dropout": [0.4],
                "unfreeze": ["all"],
                "mix": ["cutmix"],
                "mix_alpha": [1.0],
                "steps_per_epoch": [2],
            },
            marks=pytest.mark.slow,
        ),
    ],
    ids=["head", "tail", "all", "mixup", "cutmix"],
)
def test_pixels_and_features_train_alike(pixels, run_search, weights, tmp_path, settings):
    """Model.fit from pixels and the cached, compiled training agree in every epoch within 1e-4, dropout on."""
    fixed = {"learning_rate": [3e-3], "batch_size": [8], "patience": [50], "pooling": ["gap"]}
    space = SPACE.narrow({"dense": ["none"], **fixed, **settings})
    study = run_search(tmp_path / "study", space, trials=1, epochs=5)
    train, validation = (study.images().indices(name) for name in ("train", "validation"))
    x, y = pixels
    model = HyperModel(replace(space, epochs=5), classes=3, weights=str(weights))
    histories = []
    keras_model = model.build(_hp())

    class Keep:
        """Collects what every call of Model.fit returns."""

        def __init__(self, fit):
            self.fit = fit

        def __call__(self, *arguments, **options):
            history = self.fit(*arguments, **options)
            histories.append(history.history)
            return history

    keras_model.fit = Keep(keras_model.fit)
    model.fit(
        _hp(),
        keras_model,
        x[train],
        y[train],
        epochs=5,
        validation_data=(x[validation], y[validation]),
        verbose=0,
    )
    frame = study.epochs_frame()
    (searched,) = [trial.number for trial in study.trials if trial.role == "search"]
    ours = frame[frame["trial"] == searched]
    theirs = [loss for history in histories for loss in history["val_accuracy"]]
    assert ours["val_accuracy"].tolist() == pytest.approx(theirs, abs=1e-6)
    if not settings.get(
        "l2"
    ):  # Keras adds the penalty to its validation loss, this project does not
        theirs = [loss for history in histories for loss in history["val_loss"]]
        assert ours["val_loss"].tolist() == pytest.approx(theirs, rel=1e-4, abs=1e-6)
    theirs = [loss for history in histories for loss in history["loss"]]
    assert ours["loss"].tolist() == pytest.approx(theirs, rel=1e-4, abs=1e-6)


# They come only with a classifier that is refused.
OF_PROBES = {"neighbours", "probe_l2"}


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_every_hyperparameter_is_applied_or_refused(name):
    """A new row of the table is no silent one: it stands in one of the two lists."""
    assert (name in APPLIED) + (name in PLAIN) + (name in OF_PROBES) == 1


@pytest.mark.parametrize("classifier", ["logistic", "neighbours"])
def test_probes_are_refused_with_what_they_bring(new_recipe, classifier):
    """The hyperparameters of probes never reach the model."""
    recipe = new_recipe(classifier=classifier)
    assert set(recipe.as_dict()) & OF_PROBES
    with pytest.raises(SearchError, match=f"knows no classifier '{classifier}'"):
        refuse_what_model_fit_cannot(recipe)


def test_an_unknown_hyperparameter_is_refused_in_one_line(new_recipe):
    """A recipe with a value that nothing here follows is not trained without it."""

    class Later(Recipe):
        """A recipe of a later version."""

        def as_dict(self):
            """Return one value more."""
            return {**super().as_dict(), "focal": 2.0}

    refuse_what_model_fit_cannot(new_recipe())
    later = Later(**vars(new_recipe()))
    with pytest.raises(SearchError, match=r"does not know focal; search with `tune search`\.$"):
        refuse_what_model_fit_cannot(later)


@pytest.mark.parametrize("unfreeze", [0, 3])
def test_mixed_features_are_refused(unfreeze, weights):
    """Where only features are mixed, plain Keras Tuner would train something else: it says so in one line."""
    space = SPACE.narrow({"unfreeze": [unfreeze], "mix": ["mixup"]})
    with pytest.raises(SearchError, match=r"mix 'mixup'.*`tune search`.*unfreeze to 'all'"):
        HyperModel(space, classes=3, weights=str(weights)).build(_hp())


def test_several_image_sizes_are_refused(weights):
    """The tuner hands the same pixels to every recipe, so they fit one size alone."""
    space = SPACE.narrow({"image_size": ["native", "large"]})
    with pytest.raises(SearchError, match="one size, but the space searches image_size"):
        HyperModel(space, classes=3, weights=str(weights))

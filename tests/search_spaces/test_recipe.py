"""Recipes: complete, checked, JSON, and without values that mean nothing."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfertune.search_spaces import BACKBONES, HYPERPARAMETERS, Recipe, SpaceError


@given(st.data(), st.integers(1, 1000))
def test_a_recipe_survives_json(any_values, data, epochs):
    """Any recipe comes back equal from its JSON, with the same key and the same fields."""
    recipe = Recipe.from_values(data.draw(any_values), epochs=epochs)
    again = Recipe.from_dict(json.loads(json.dumps(recipe.as_dict())))
    assert again == recipe
    assert again.key == recipe.key
    assert hash(again) == hash(recipe)


@given(st.data())
def test_what_does_not_apply_is_absent(any_values, data):
    """A value is in the recipe exactly when none of its conditions makes it meaningless."""
    recipe = Recipe.from_values(data.draw(any_values), epochs=5).as_dict()
    for name, row in HYPERPARAMETERS.items():
        assert (name in recipe) == row.applies(recipe)
    assert recipe.keys() <= {*HYPERPARAMETERS, "epochs"}
    assert None not in recipe.values()


def test_defaults_alone_make_a_recipe():
    """With nothing said, the recipe is a frozen MobileNetV2 with one layer at its own size."""
    recipe = Recipe.from_values({}, epochs=7)
    assert recipe.backbone == "mobilenet_v2"
    assert (recipe.image_size, recipe.unfreeze, recipe.epochs) == (224, 0, 7)
    absent = {
        "activation",
        "batch_norm",
        "head_epochs",
        "fine_tune_rate",
        "views",
        "plateau_factor",
    }
    assert absent.isdisjoint(recipe.as_dict())


TRAINED = {
    "mix",
    "batch_size",
    "dense",
    "dropout",
    "l2",
    "learning_rate",
    "optimizer",
    "patience",
    "plateau_patience",
    "steps_per_epoch",
    "unfreeze",
}


@pytest.mark.parametrize(
    ("values", "added", "gone"),
    [
        ({"dense": "64"}, {"activation", "batch_norm"}, set()),
        ({"unfreeze": 3}, {"head_start", "head_epochs"}, set()),
        (
            {"unfreeze": 3, "head_epochs": 2},
            {"head_start", "head_epochs", "fine_tune_rate"},
            set(),
        ),
        (
            {"unfreeze": 3, "head_start": "probe"},
            {"head_start", "fine_tune_rate"},
            {"learning_rate"},
        ),
        ({"unfreeze": 0, "head_epochs": 2}, set(), set()),
        ({"augment": "light"}, {"views"}, set()),
        (
            {"augment": "light", "unfreeze": "all"},
            {"head_start", "head_epochs"},
            {"feature_dtype"},
        ),
        ({"plateau_patience": 4}, {"plateau_factor", "min_learning_rate"}, set()),
        (
            {"backbone": "residual_net", "unfreeze": 5, "head_epochs": 3, "augment": "light"},
            {"depth", "width", "conv_activation", "conv_dropout", "pixel_scaling"},
            {"unfreeze", "feature_scaling", "feature_dtype"},
        ),
        ({"backbone": "mobilenet_v3_small_1000", "pooling": "flatten"}, set(), {"pooling"}),
        ({"pooling": "flatten"}, set(), {"feature_scaling"}),
        ({"classifier": "logistic"}, {"probe_l2"}, TRAINED),
        (
            {"classifier": "neighbours", "unfreeze": 5},
            {"neighbours"},
            {*TRAINED, "augment", "class_weight"},
        ),
        (
            {"classifier": "most_frequent"},
            set(),
            {
                *TRAINED,
                "augment",
                "class_weight",
                "feature_scaling",
                "feature_dtype",
                "predict_views",
            },
        ),
    ],
)
def test_conditional_values_come_with_their_parents(values, added, gone):
    """Each conditional value is there exactly beside what gives it a meaning."""
    default, recipe = (set(Recipe.from_values(v, epochs=9).as_dict()) for v in ({}, values))
    assert (recipe - default, default - recipe) == (added, gone)


@pytest.mark.parametrize("name", sorted(BACKBONES))
def test_the_native_size_is_the_rows(name):
    """`native` becomes the number that the backbone was trained at."""
    assert Recipe.from_values({"backbone": name}, epochs=1).image_size == BACKBONES[name].image_size


def test_an_image_below_the_smallest_is_refused():
    """The error names the smallest size and the native one."""
    values = {"backbone": "inception_resnet_v2", "image_size": 64}
    with pytest.raises(SpaceError, match=r"at least 75 for inception_resnet_v2, but got 64.*299"):
        Recipe.from_values(values, epochs=1)


def test_an_unknown_name_is_refused_with_the_near_miss():
    """A misspelt key is no silent default."""
    with pytest.raises(SpaceError, match=r"Unknown hyperparameter 'learning_rat'.*'learning_rate'"):
        Recipe.from_values({"learning_rat": 0.1}, epochs=1)


@pytest.mark.parametrize("epochs", [0, -3])
def test_epochs_start_at_one(epochs):
    """No epoch is no training."""
    with pytest.raises(SpaceError, match="epochs is a whole number from 1"):
        Recipe.from_values({}, epochs=epochs)


@given(st.data())
def test_the_key_follows_every_value(any_values, data):
    """Two recipes have one key exactly when they are equal."""
    one, two = (Recipe.from_values(data.draw(any_values), epochs=5) for _ in range(2))
    assert (one.key == two.key) == (one == two)
    assert dataclasses.replace(one, epochs=6).key != one.key


@pytest.mark.parametrize(
    ("dense", "widths"), [("none", ()), ("64", (64,)), ("256-128-64", (256, 128, 64))]
)
def test_widths_are_numbers(dense, widths):
    """The text of `dense` as the builder wants it."""
    assert Recipe.from_values({"dense": dense}, epochs=1).widths == widths

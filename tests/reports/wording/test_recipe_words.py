"""Recipes in a few words."""

import pytest

from transfertune.reports import Member, Trial, recipe_names, recipe_words, trial_name, trial_words
from transfertune.reports.wording.recipe_words import model_name, short, varied_names


def test_usual_words():
    """The words that matter most come first, and what speaks for itself has no name beside it."""
    recipe = {"dropout": 0.5, "learning_rate": 0.000321, "dense": "256-64", "pooling": "gap"}
    recipe |= {"backbone": "mobilenet_v2", "unfreeze": 0, "seed": 3}
    assert recipe_words(recipe) == "mobilenet_v2, gap, dense 256-64, rate 0.00032, unfreeze 0"
    assert recipe_words({}) == ""


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ({"backbone": "resnet50", "unfreeze": 0}, "a head on frozen resnet50"),
        ({"backbone": "resnet50", "unfreeze": "2 blocks"}, "resnet50 fine-tuned"),
        ({"backbone": "plain_cnn", "depth": 4}, "plain_cnn from scratch"),
        ({"backbone": "resnet50", "classifier": "logistic"}, "a logistic probe on resnet50"),
        (
            {"backbone": "resnet50", "classifier": "logistic", "image_size": 320},
            "a logistic probe on resnet50 at 320 px",
        ),
        (
            {"backbone": "plain_cnn", "classifier": "most_frequent"},
            "always the most frequent class",
        ),
    ],
)
def test_a_model_has_a_name(recipe, name):
    """What is frozen, what is fine-tuned and what is trained from scratch are told apart."""
    assert model_name(recipe) == name


def test_names_of_the_user_and_braces_are_plain_text():
    """A user's own hyperparameters are named, and braces in names and values mean nothing."""
    assert recipe_words({"mix_up": 0.2, "{x}": "{0}"}, ["mix_up", "{x}"]) == "mix up 0.2, {x} {0}"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.001, "0.001"),
        (0.00012345, "0.00012"),
        (3e-5, "3e-5"),
        (1234.5, "1234"),
        (0.5, "0.5"),
        (0.0, "0"),
        ([256, 64], "256-64"),
        ([], "none"),
        (None, "none"),
        (True, "True"),
        (20, "20"),
    ],
)
def test_values_are_short(value, words):
    """Values are written as a person writes them."""
    assert short(value) == words


def test_varied_names_have_several_values():
    """A name varies when it has different values where it is present; 1 and True differ."""
    assert varied_names([{"a": 1, "b": 2, "c": 1}, {"a": 1, "c": True}, {"b": 2}]) == ["c"]
    assert varied_names([]) == []


def test_baselines_do_not_lengthen_the_words(new_trial):
    """Only what differs among searched trials is told, and what kind of model a baseline is."""
    usual = {"backbone": "resnet50", "classifier": "head", "patience": 8, "epochs": 30}
    trials = [
        new_trial(1, role="baseline", recipe={"backbone": "resnet50", "classifier": "logistic"}),
        new_trial(2, role="baseline", recipe={**usual, "patience": 5, "epochs": 20}),
        new_trial(3, recipe={**usual, "dropout": 0.1}),
        new_trial(4, recipe={**usual, "dropout": 0.2}),
    ]
    assert recipe_names(trials) == ["classifier", "dropout"]
    assert recipe_names(trials[:1])[:2] == ["backbone", "classifier"]


def test_an_ensemble_names_its_members():
    """The mean of the probes gives their numbers, a weighted mean the shares too."""
    members = (Member(3, 0.5), Member(4, 0.25), Member(9, 0.25))
    recipe = {"classifier": "ensemble"}
    weighted = Trial(10, "completed", recipe, 0.9, members=members)
    assert trial_words(weighted) == "weighted mean of trials 3 (50 %), 4 (25 %) and 9 (25 %)"
    assert trial_name(weighted) == "a weighted mean of 3 models"
    probes = Trial(
        11, "completed", recipe, 0.9, members=members[:2], strategy={"name": "mean of probes"}
    )
    assert trial_words(probes) == "mean of the probes 3 and 4"
    assert trial_name(probes) == "the mean of 2 logistic probes"
